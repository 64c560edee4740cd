// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// owners is the ledger of a kind of things, and the words for them.
type owners struct {
	noun

	*ownership.Ledger
}

// endpointOwners makes the ledger of endpoints.
func endpointOwners() owners { return owners{endpointNoun, ownership.NewLedger("")} }

// accountOwners makes the ledger of the entries of accounts.
func accountOwners() owners { return owners{accountNoun, ownership.NewLedger(apig.AllAccounts)} }

// heldByOthers tells of each ID on a gateway whether another owner holds it to be accepted.
func (o owners) heldByOthers(owner string, gateway apig.Gateway) func(id string) bool {
	name := gatewayKey(gateway)
	return func(id string) bool { return o.Held(owner, ownership.Key{Gateway: name, ID: id}) }
}

// place tells that an object has these in its state after it was applied.
func (o owners) place(gateway apig.Gateway, ids []string) { o.Place(keysOf(gateway, ids)...) }

// reread tells that an object which has these in its state was read.
func (o owners) reread(gateway apig.Gateway, ids []string) { o.Reread(keysOf(gateway, ids)...) }

// named is what a plan names.
type named struct {
	scope.Scope

	ids    []string // one that is unknown is ""
	known  bool     // all of them are
	wanted bool     // to be accepted, or maybe
}

// complete tells whether all is known of what the plan names.
func (n named) complete() bool { return n.known && n.GatewayKnown() }

// in enters what is named in a declaration; there tells what is recorded of it.
func (n named) in(p ownership.Plan, there func(id string) bool) ownership.Plan {
	if !n.GatewayKnown() {
		return p
	}
	if !n.known {
		p.Open = gatewayKey(n.Gateway())
	}
	p.Holds = map[ownership.Key]ownership.Held{}
	for _, key := range keysOf(n.Gateway(), n.ids) {
		if key.ID != "" {
			p.Holds[key] = ownership.Held{Wanted: n.wanted, There: there(key.ID)}
		}
	}
	return p
}

// declareNew declares what a creation holds. It may be that of an object which
// replaces another one: what Delete has to know of it is left in private state.
func (o owners) declareNew(ctx context.Context, n named, private tfkit.PrivateReader, planned tfkit.PrivateWriter, diags *diag.Diagnostics) ownership.Report {
	token := tfkit.GetPrivate[string](ctx, private, ownership.TokenKey, diags)
	tfkit.SetPrivate(ctx, planned, successorKey, successor{
		Gateway: gatewayKey(n.Gateway()), Names: n.ids, Open: !n.complete(), Tainted: token == "",
	}, diags)
	p := ownership.Plan{Owner: token, Created: true, Replaces: token != ""}
	if token == "" {
		p.Owner = ownership.NewToken()
	}
	report := o.Declare(n.in(p, func(string) bool { return false }))
	o.reportConflicts(diags, n.Gateway(), report)
	if report.Unsure {
		o.warnUnsure(diags, n.Gateway(), nil)
	}
	return report
}

// holding is what a resource has in its state, when it is planned.
type holding struct {
	owners

	owner    string
	gateway  apig.Gateway
	ids      []string
	releases bool                   // it lets go of them when it is destroyed
	there    func(id string) bool   // as far as is recorded
	gone     func(id string) bool   // for good, so that there is nothing to let go of
	line     func(id string) string // that tells of it
}

// lettingGo is what a ledger has to know of what is let go of.
func (h holding) lettingGo(ids []string, releases bool) map[ownership.Key]bool {
	if !releases {
		return nil
	}
	leaves := map[ownership.Key]bool{}
	for _, key := range keysOf(h.gateway, ids) {
		if !h.gone(key.ID) {
			leaves[key] = h.there(key.ID)
		}
	}
	return leaves
}

// planGoing declares that all is let go of, since the object is destroyed or moves
// to another gateway. It returns lines of what is cut off by that.
func (h holding) planGoing(way ownership.Way, diags *diag.Diagnostics) (cut []string) {
	all := h.lettingGo(h.ids, h.releases)
	report := h.Declare(ownership.Plan{Owner: h.owner, LetsGo: all, Whole: all, Way: way})
	return h.tell(report, h.ids, h.releases, diags)
}

// planUpdate declares what an update holds and lets go of. It returns lines of what
// is cut off, or may be where not all is known that it holds.
func (h holding) planUpdate(n named, releases bool, diags *diag.Diagnostics) (report ownership.Report, cut []string) {
	leaves := tfkit.Without(h.ids, n.ids)
	report = h.Declare(n.in(ownership.Plan{
		Owner: h.owner, LetsGo: h.lettingGo(leaves, releases), Whole: h.lettingGo(h.ids, h.releases),
	}, h.there))
	return report, h.tell(report, leaves, releases, diags)
}

func (h holding) tell(report ownership.Report, leaves []string, releases bool, diags *diag.Diagnostics) (cut []string) {
	h.reportConflicts(diags, h.gateway, report)
	held := h.heldByOthers(h.owner, h.gateway)
	for _, id := range leaves {
		if releases && h.there(id) && !held(id) {
			cut = append(cut, h.line(id))
		}
	}
	if report.Unsure {
		h.warnUnsure(diags, h.gateway, cut)
	}
	return cut
}

// warnOfSpared tells of what a release has left to resources that do not have it in
// their states so far.
func (o owners) warnOfSpared(diags *diag.Diagnostics, gateway apig.Gateway, spared []string, line func(id string) string) {
	var open []string
	for _, key := range keysOf(gateway, spared) {
		if !o.Placed(key) {
			open = append(open, line(key.ID))
		}
	}
	o.warnSpared(diags, gateway, open)
}
