// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
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

func successorIn(ctx context.Context, private privateGetter, diags *diag.Diagnostics) *successor {
	return getPrivate[*successor](ctx, private, successorKey, diags)
}

// names are what the successor is left, of what an object has on a gateway.
func (s *successor) names(gateway apig.Gateway) []string {
	if s == nil || s.Gateway != gatewayKey(gateway) {
		return nil
	}
	return s.Names
}

// leavesAll tells whether the object lets go of nothing.
func (s *successor) leavesAll() bool { return s != nil && (s.Open || s.Tainted) }

// strip takes out of private state what only a plan needs.
func strip(ctx context.Context, private privateSetter, diags *diag.Diagnostics) {
	dropPrivate(ctx, private, diags, successorKey)
	dropPrivate(ctx, private, diags, abandonedKeys...)
}

// keepToken gives private state the token of an object that is new there.
func keepToken(ctx context.Context, private privateSetter, diags *diag.Diagnostics) {
	setPrivate(ctx, private, ownership.TokenKey, ownership.NewToken(), diags)
}

// tokenIn returns the token of an object that is in the state, and has its next
// update keep one where there is none yet.
func tokenIn(ctx context.Context, private privateGetter, planned privateSetter, gateway apig.Gateway, ids []string, diags *diag.Diagnostics) string {
	token := getPrivate[string](ctx, private, ownership.TokenKey, diags)
	if token == "" {
		token = ownership.TokenOf(gatewayKey(gateway), ids)
		setPrivate(ctx, planned, ownership.TokenKey, token, diags)
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

// heldBy tells of each ID whether another owner than this one holds it by now.
func heldBy(ledger *ownership.Ledger, owner string, gateway apig.Gateway) func(id string) bool {
	name := gatewayKey(gateway)
	return func(id string) bool { return ledger.Held(owner, ownership.Key{Gateway: name, ID: id}) }
}

// without returns the IDs that are not among the others.
func without(ids, others []string) []string {
	if len(others) == 0 {
		return ids
	}
	out := make(map[string]struct{}, len(others))
	for _, id := range others {
		out[id] = struct{}{}
	}
	return dropped(ids, func(id string) bool { return hasKey(out, id) })
}

// dropped returns the IDs of which something does not hold.
func dropped(ids []string, is func(id string) bool) []string {
	rest, _ := parted(ids, is)
	return rest
}

// parted are the IDs of which something does not hold, and those of which it does.
func parted(ids []string, is func(id string) bool) (not, are []string) {
	for _, id := range ids {
		if is(id) {
			are = append(are, id)
		} else {
			not = append(not, id)
		}
	}
	return not, are
}
