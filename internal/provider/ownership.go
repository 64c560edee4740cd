// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// successorKey is the private state's key of what the plan of a creation leaves to
// the destruction of an object that it replaces. The CLI hands it to Delete where
// the object is destroyed first, and nobody else.
const successorKey = "successor"

// abandonedKeys are those that states may have from before.
var abandonedKeys = []string{"release", "deposed", "leftover", "shared"}

// successor is what becomes of an object that is replaced.
type successor struct {
	Gateway string   `json:"gateway"`
	Names   []string `json:"names"`
	// Open: not all that it names is known, or not its gateway.
	Open bool `json:"open,omitempty"`
	// Tainted: the object is tainted, or there is none. No plan has shown what it
	// would let go of.
	Tainted bool `json:"tainted,omitempty"`
}

func successorIn(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) *successor {
	return tfkit.GetPrivate[*successor](ctx, private, successorKey, diags)
}

// namedOn are what the successor is left, of what an object has on a gateway.
func (s *successor) namedOn(gateway apig.Gateway) []string {
	if s == nil || s.Gateway != gatewayKey(gateway) {
		return nil
	}
	return s.Names
}

// leavesAll tells whether the object lets go of nothing.
func (s *successor) leavesAll() bool { return s != nil && (s.Open || s.Tainted) }

// strip takes out of private state what only a plan needs.
func strip(ctx context.Context, private tfkit.PrivateWriter, diags *diag.Diagnostics) {
	tfkit.DropPrivate(ctx, private, diags, successorKey)
	tfkit.DropPrivate(ctx, private, diags, abandonedKeys...)
}

// keepToken gives private state the token of an object that is new there.
func keepToken(ctx context.Context, private tfkit.PrivateWriter, diags *diag.Diagnostics) {
	tfkit.SetPrivate(ctx, private, ownership.TokenKey, ownership.NewToken(), diags)
}

// ownerIn returns the token of an object in a request that applies it.
func ownerIn(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) string {
	return tfkit.GetPrivate[string](ctx, private, ownership.TokenKey, diags)
}

// tokenIn returns the token of an object that is in the state, and has its next
// update keep one where there is none yet.
func tokenIn(ctx context.Context, private tfkit.PrivateReader, planned tfkit.PrivateWriter, gateway apig.Gateway, ids []string, diags *diag.Diagnostics) string {
	token := tfkit.GetPrivate[string](ctx, private, ownership.TokenKey, diags)
	if token == "" {
		token = ownership.TokenOf(gatewayKey(gateway), ids)
		tfkit.SetPrivate(ctx, planned, ownership.TokenKey, token, diags)
	}
	return token
}

// gatewayKey is how a gateway is named in a ledger and in private state.
func gatewayKey(g apig.Gateway) string { return g.Region + "/" + g.ProjectID + "/" + g.InstanceID }

// keysOf names things of a gateway as a ledger does.
func keysOf(gateway apig.Gateway, ids []string) []ownership.Key {
	keys := make([]ownership.Key, len(ids))
	for i, id := range ids {
		keys[i] = ownership.Key{Gateway: gatewayKey(gateway), ID: id}
	}
	return keys
}
