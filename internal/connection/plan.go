// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

func (m *model) PlanNew(ctx context.Context, b *backend.Backend, diags *diag.Diagnostics) {
	if m.GatewayKnown() {
		b.Session(m.Gateway()).Expect()
	}
	// What is made can be counted already: `for_each` over `connections` needs the keys.
	if m.IDsKnown() {
		planned := make(map[string]observed, len(m.IDs()))
		for _, id := range m.IDs() {
			planned[id] = unknown
		}
		m.setEntries(m.IDs(), planned)
	}
	m.checkNewEndpoints(ctx, b, m.IDs(), diags)
}

func (m *model) PlanUpdate(ctx context.Context, b *backend.Backend, state *model, cut []string, diags *diag.Diagnostics) {
	b.Session(m.Gateway()).Expect()
	if m.IDsKnown() {
		tfkit.Warn(diags, "", releases, cut, releasesThese, state.Gateway(), tfkit.Bullets(cut))
		m.setEntries(m.IDs(), planEntries(m.decision(), m.IDs(), state, state.Noted))
	} else {
		warnOfUnknownRelease(diags, m, state, cut)
		m.Connections = types.MapUnknown(observedType)
		warnOfHiddenDecisions(diags, m, state)
	}
	if !m.DesiredStatus.IsUnknown() {
		checkAccounts(diags, m, state.recorded())
		m.checkNewEndpoints(ctx, b, newEndpoints(m, state), diags)
	}
}

func planEntries(desired endpoint.Decision, endpoints []string, state *model, noted unseen.Decisions) map[string]observed {
	planned := make(map[string]observed, len(endpoints))
	for _, id := range endpoints {
		recorded, ok := state.recorded()[id]
		planned[id] = planEntry(desired, recorded, !ok, state.awaits.has(id), noted.Opposes(id, desired))
	}
	return planned
}

// planEntry plans one endpoint. Until the gateway has listed it, it is to be accepted, or counts as rejected where that
// is desired; what else will be found is not known. Nothing is planned for one that was listed and has left. Where an
// earlier decision to the contrary may still take effect, the endpoint is decided again: its status stays, and when it
// last changed is not known.
func planEntry(desired endpoint.Decision, prior observed, isNew, awaits, opposed bool) observed {
	switch {
	case desired == "" && (isNew || awaits): // not known yet
		return unknown
	case desired == "" && !prior.Status.IsNull():
		prior.Status, prior.UpdatedAt = types.StringUnknown(), types.StringUnknown()
	case desired == endpoint.Accepted && (isNew || awaits && prior.Status.IsNull()):
		planned := unknown
		planned.Status = types.StringValue(string(desired))
		return planned
	case isNew:
		return unknown
	case !prior.Status.IsNull() && endpoint.Drifted(desired, prior.status()):
		prior.Status = types.StringValue(string(desired))
		prior.UpdatedAt = types.StringUnknown()
	case !prior.Status.IsNull() && opposed:
		prior.UpdatedAt = types.StringUnknown()
	}
	return prior
}

// newEndpoints are those that are new to the resource, and those to accept that were never listed.
func newEndpoints(plan, state *model) []string {
	return tfkit.Except(plan.IDs(), func(id string) bool {
		recorded, ok := state.recorded()[id]
		return ok && (plan.decision() != endpoint.Accepted || !state.awaits.has(id) || !recorded.Status.IsNull())
	})
}

// checkNewEndpoints looks for new endpoints. It tells of unexpected accounts, and of endpoints that are not listed yet.
func (m *model) checkNewEndpoints(ctx context.Context, b *backend.Backend, endpoints []string, diags *diag.Diagnostics) {
	added := tfkit.Known(endpoints)
	if diags.HasError() || !m.GatewayKnown() || m.DesiredStatus.IsUnknown() || len(added) == 0 {
		return
	}
	listed, ok := lifecycle.LookFirst(ctx, b, &m.Common, "endpoints can't be looked up", diags, func(ctx context.Context, session *gateway.Session) (map[string]endpoint.Connection, error) {
		return session.Get(ctx, added, gateway.OfThisRun())
	})
	if !ok {
		return
	}
	entries := make(map[string]observed, len(added))
	var unlisted []string
	for _, id := range added {
		entries[id] = fromAPI(listed[id])
		if listed[id].Status == endpoint.Absent {
			unlisted = append(unlisted, id)
		}
	}
	checkAccounts(diags, m, entries)
	warnOfUnlisted(diags, m, unlisted)
}
