// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package ownership

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// successorKey is the private state's key of what the plan of a creation leaves to
// the destruction of an object that it replaces. The CLI hands it to Delete where
// the object is destroyed first, and nobody else.
const successorKey = "successor"

// abandonedKeys are those that states may have from before.
var abandonedKeys = []string{"release", "deposed", "leftover", "shared"}

// Successor is what replaces an object, as the plan of its creation has noted it for
// the object's destruction.
type Successor struct {
	Gateway string   `json:"gateway"`
	Names   []string `json:"names"`
	// Open: not all that it names is known, or not its gateway.
	Open bool `json:"open,omitempty"`
	// Tainted: the object is tainted, or there is none. No plan has shown what it
	// would let go of.
	Tainted bool `json:"tainted,omitempty"`
}

// SuccessorIn reads the successor of an object that is destroyed; nil where there is
// none.
func SuccessorIn(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) *Successor {
	return tfkit.GetPrivate[*Successor](ctx, private, successorKey, diags)
}

// NamedOn returns what the successor names on a gateway.
func (s *Successor) NamedOn(gateway apig.Gateway) []string {
	if s == nil || s.Gateway != GatewayKey(gateway) {
		return nil
	}
	return s.Names
}

// LeavesAll reports whether the object lets go of nothing.
func (s *Successor) LeavesAll() bool { return s != nil && (s.Open || s.Tainted) }

// Strip takes out of private state what only a plan needs.
func Strip(ctx context.Context, private tfkit.PrivateWriter, diags *diag.Diagnostics) {
	tfkit.DropPrivate(ctx, private, diags, successorKey)
	tfkit.DropPrivate(ctx, private, diags, abandonedKeys...)
}

// KeepToken gives a token to an object that is new in the state.
func KeepToken(ctx context.Context, private tfkit.PrivateWriter, diags *diag.Diagnostics) {
	tfkit.SetPrivate(ctx, private, TokenKey, NewToken(), diags)
}

// OwnerIn returns the token of an object that is applied.
func OwnerIn(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) string {
	return tfkit.GetPrivate[string](ctx, private, TokenKey, diags)
}

// TokenIn returns the token of an object that is planned. Where the state has none yet,
// the next update keeps the one that it returns.
func TokenIn(ctx context.Context, private tfkit.PrivateReader, planned tfkit.PrivateWriter, gateway apig.Gateway, ids []string, diags *diag.Diagnostics) string {
	token := tfkit.GetPrivate[string](ctx, private, TokenKey, diags)
	if token == "" {
		token = TokenOf(GatewayKey(gateway), ids)
		tfkit.SetPrivate(ctx, planned, TokenKey, token, diags)
	}
	return token
}

// GatewayKey is the name of a gateway in a ledger and in private state.
func GatewayKey(g apig.Gateway) string { return g.Region + "/" + g.ProjectID + "/" + g.InstanceID }

// keysOf names things of a gateway as a ledger does.
func keysOf(gateway apig.Gateway, ids []string) []Key {
	keys := make([]Key, len(ids))
	for i, id := range ids {
		keys[i] = Key{Gateway: GatewayKey(gateway), ID: id}
	}
	return keys
}
