// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package ownership

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// Owners is the ledger of one kind of things, and the words for them.
type Owners struct {
	noun

	*Ledger
}

// Endpoints makes the ledger of endpoints.
func Endpoints() Owners { return Owners{endpointNoun, NewLedger("")} }

// Accounts makes the ledger of the entries of accounts.
func Accounts() Owners { return Owners{accountNoun, NewLedger(apig.AllAccounts)} }

// Others are all owners but one, as far as they are about one gateway.
type Others struct {
	ledger         *Ledger
	owner, gateway string
}

// OthersThan are all but an owner.
func (o Owners) OthersThan(owner string, gateway apig.Gateway) Others {
	return Others{o.Ledger, owner, GatewayKey(gateway)}
}

// Accept tells whether one of them wants an ID accepted.
func (o Others) Accept(id string) bool { return o.ledger.Held(o.owner, Key{o.gateway, id}) }

// Reject tells whether one of them wants an ID rejected.
func (o Others) Reject(id string) bool { return o.ledger.Rejected(o.owner, Key{o.gateway, id}) }

// PlaceAll tells that an object has these in its state after it was applied.
func (o Owners) PlaceAll(gateway apig.Gateway, ids []string) { o.Place(keysOf(gateway, ids)...) }

// RereadAll tells that an object which has these in its state was read.
func (o Owners) RereadAll(gateway apig.Gateway, ids []string) { o.Reread(keysOf(gateway, ids)...) }

// Named is what a plan names.
type Named struct {
	scope.Scope

	IDs    []string // one that is unknown is ""
	Known  bool     // all of them are
	Wanted bool     // to be accepted, or maybe
}

func (n Named) complete() bool { return n.Known && n.GatewayKnown() }

// in enters what is named in a declaration; there tells what is recorded of it.
func (n Named) in(p Plan, there func(id string) bool) Plan {
	if !n.GatewayKnown() {
		return p
	}
	if !n.Known {
		p.Open = GatewayKey(n.Gateway())
	}
	p.Holds = map[Key]Held{}
	for _, key := range keysOf(n.Gateway(), n.IDs) {
		if key.ID != "" {
			p.Holds[key] = Held{Wanted: n.Wanted, There: there(key.ID)}
		}
	}
	return p
}

// DeclareNew declares what a creation holds, and keeps what the Delete of a replaced object has to know.
func (o Owners) DeclareNew(ctx context.Context, n Named, private tfkit.PrivateReader, planned tfkit.PrivateWriter, diags *diag.Diagnostics) {
	token := tfkit.GetPrivate[string](ctx, private, TokenKey, diags)
	tfkit.SetPrivate(ctx, planned, successorKey, Successor{
		Gateway: GatewayKey(n.Gateway()), Names: n.IDs, Open: !n.complete(), Tainted: token == "",
	}, diags)
	p := Plan{Owner: token, Created: true, Replaces: token != ""}
	if token == "" {
		p.Owner = NewToken()
	}
	report := o.Declare(n.in(p, func(string) bool { return false }))
	o.reportConflicts(diags, n.Gateway(), report)
	if report.Unsure {
		o.warnUnsure(diags, n.Gateway(), nil)
	}
}

// Holding is what a resource has in its state when it is planned.
type Holding struct {
	Owners
	Object

	Owner   string
	Gateway apig.Gateway
}

// Object is a state.
type Object interface {
	IDs() []string
	Releases() bool        // it lets go of them when it is destroyed
	There(id string) bool  // as far as is recorded
	Left(id string) bool   // it is gone for good, so that there is nothing to let go of
	Line(id string) string // that tells of it
}

// lettingGo is what a ledger has to know of what is let go of.
func (h Holding) lettingGo(ids []string, releases bool) map[Key]bool {
	if !releases {
		return nil
	}
	leaves := map[Key]bool{}
	for _, key := range keysOf(h.Gateway, ids) {
		if !h.Left(key.ID) {
			leaves[key] = h.There(key.ID)
		}
	}
	return leaves
}

// PlanGoing declares that the object is destroyed or moves to another gateway. It returns lines of what that cuts off.
func (h Holding) PlanGoing(way Way, diags *diag.Diagnostics) (cut []string) {
	all := h.lettingGo(h.IDs(), h.Releases())
	report := h.Declare(Plan{Owner: h.Owner, LetsGo: all, Whole: all, Way: way})
	return h.tell(report, h.IDs(), h.Releases(), diags)
}

// PlanUpdate declares what an update holds and lets go of. It returns lines of what that cuts off, or may cut off.
func (h Holding) PlanUpdate(n Named, releases bool, diags *diag.Diagnostics) (cut []string) {
	leaves := tfkit.Without(h.IDs(), n.IDs)
	report := h.Declare(n.in(Plan{
		Owner: h.Owner, LetsGo: h.lettingGo(leaves, releases), Whole: h.lettingGo(h.IDs(), h.Releases()),
	}, h.There))
	return h.tell(report, leaves, releases, diags)
}

func (h Holding) tell(report Report, leaves []string, releases bool, diags *diag.Diagnostics) (cut []string) {
	h.reportConflicts(diags, h.Gateway, report)
	held := h.OthersThan(h.Owner, h.Gateway).Accept
	for _, id := range leaves {
		if releases && h.There(id) && !held(id) {
			cut = append(cut, h.Line(id))
		}
	}
	if report.Unsure {
		h.warnUnsure(diags, h.Gateway, cut)
	}
	return cut
}

// WarnOfSpared tells of what was left to resources that do not have it in their states yet.
func (o Owners) WarnOfSpared(diags *diag.Diagnostics, gateway apig.Gateway, spared []string, line func(id string) string) {
	var open []string
	for _, key := range keysOf(gateway, spared) {
		if !o.Placed(key) {
			open = append(open, line(key.ID))
		}
	}
	o.warnSpared(diags, gateway, open)
}

// successorKey keeps what the plan of a creation leaves to the destruction of the object that it replaces. The CLI hands it
// to Delete where that comes first, and to nobody else.
const successorKey = "successor"

// Successor is what replaces an object, as the plan of its creation has noted it.
type Successor struct {
	Gateway string   `json:"gateway"`
	Names   []string `json:"names"`
	// Open: not all that it names is known, or not its gateway.
	Open bool `json:"open,omitempty"`
	// Tainted: the object is tainted, or there is none, so that no plan has shown its end.
	Tainted bool `json:"tainted,omitempty"`
}

// SuccessorIn reads the successor of an object that is destroyed, nil for none.
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
	tfkit.SetPrivate(ctx, private, successorKey, nil, diags)
}

// KeepToken gives a token to an object that is new in the state.
func KeepToken(ctx context.Context, private tfkit.PrivateWriter, diags *diag.Diagnostics) {
	tfkit.SetPrivate(ctx, private, TokenKey, NewToken(), diags)
}

// OwnerIn returns the token of an object that is applied.
func OwnerIn(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) string {
	return tfkit.GetPrivate[string](ctx, private, TokenKey, diags)
}

// TokenIn returns the token of an object that is planned. The next update keeps a new one.
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

func keysOf(gateway apig.Gateway, ids []string) []Key {
	keys := make([]Key, len(ids))
	for i, id := range ids {
		keys[i] = Key{Gateway: GatewayKey(gateway), ID: id}
	}
	return keys
}
