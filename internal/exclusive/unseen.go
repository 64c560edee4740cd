// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package exclusive

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

// lettingStand are the endpoints that stand, that the guard lets stand now, and that a guard
// of before may yet turn out to have rejected.
func lettingStand(u unseen.Decisions, found, undeclared inEffect) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(u)) {
		if u.Opposes(id, endpoint.Accepted) && endpoint.InEffect(found[id].Status) && !tfkit.HasKey(undeclared, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// unknownStatus adds endpoints to the undeclared of a plan: what becomes of them is not
// known.
func (m *model) unknownStatus(ids []string, found inEffect) {
	objects := maps.Clone(m.Undeclared.Elements())
	for _, id := range ids {
		objects[id] = undeclaredObject(types.StringUnknown(), found[id].DomainID)
	}
	m.Undeclared = types.MapValueMust(undeclaredType, objects)
}

func undeclaredObject(status types.String, account string) attr.Value {
	return types.ObjectValueMust(undeclaredType.AttrTypes, map[string]attr.Value{"status": status, "domain_id": tfkit.StringOrNull(account)})
}

// unknown are the endpoints whose status a plan does not know.
func (m *model) unknown() []string {
	var ids []string
	for id, element := range m.Undeclared.Elements() {
		object, _ := element.(types.Object)
		if status, ok := object.Attributes()["status"].(types.String); ok && status.IsUnknown() {
			ids = append(ids, id)
		}
	}
	return slices.Sorted(slices.Values(ids))
}

// fulfill fills in what became of the endpoints whose status the plan did not know.
func (m *model) fulfill(items []*settle.Item) {
	objects := maps.Clone(m.Undeclared.Elements())
	for _, c := range items {
		if c.Goal != endpoint.Accept {
			continue
		}
		object, _ := objects[c.EndpointID].(types.Object)
		account, _ := object.Attributes()["domain_id"].(types.String)
		objects[c.EndpointID] = undeclaredObject(tfkit.StringOrNull(string(c.Observed.Status)), account.ValueString())
	}
	m.Undeclared = types.MapValueMust(undeclaredType, objects)
}

// planUnseen tells of decisions of an earlier run that may still take effect, and has the
// update make sure of those endpoints that may stand by now.
func (m *model) planUnseen(ctx context.Context, private tfkit.PrivateReader, found, undeclared inEffect, diags *diag.Diagnostics) {
	m.warnOfUnseen(ctx, private, found, diags)
	if ids := lettingStand(unseen.In(ctx, private, diags), found, undeclared); len(ids) > 0 {
		m.unknownStatus(ids, found)
	}
}

func (m *model) warnOfUnseen(ctx context.Context, private tfkit.PrivateReader, found inEffect, diags *diag.Diagnostics) {
	unseen.In(ctx, private, diags).Warn(diags, m.Gateway(), slices.Sorted(maps.Keys(found)), func(id string) string { return report.Endpoint(id, found[id]) })
}

func (r *exclusiveResource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !resp.Diagnostics.HasError() {
		state.warnOfUnseen(ctx, req.Private, inEffectIn(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	}
}

// Delete rejects nothing: what stands, stands. What an earlier run asked for and did not
// see, it makes sure of.
func (r *exclusiveResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	found, noted := inEffectIn(ctx, req.Private, &resp.Diagnostics), unseen.In(ctx, req.Private, &resp.Diagnostics)
	ids := lettingStand(noted, found, nil)
	if resp.Diagnostics.HasError() || len(ids) == 0 {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "update", state.Timeouts.Update, tfkit.DefaultDeleteTimeout, &resp.Diagnostics)
	defer cancel()
	session, items := r.backend.Session(state.Gateway()), noted.Assuring(ids, endpoint.Accepted)
	session.Remember(noted)
	err := session.Settle(ctx, items, 0)
	report.Outcomes{Gateway: state.Gateway(), Explain: r.backend.Explain, Exclusive: true}.Report(&resp.Diagnostics, items, err)
	if resp.Diagnostics.HasError() {
		unseen.Decisions(session.Unseen(ids)).Save(ctx, resp.Private, ids, &resp.Diagnostics)
	}
}
