// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"fmt"
	"maps"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

var unknownEntry = fields{"status": unknown, "marker_id": unknown, "domain_id": unknown, "created_at": unknown, "updated_at": unknown}

// What a creation makes can be counted when it is planned: an object for each
// endpoint, of which nothing is known yet, not even where it is about to be accepted.
func TestConnectionKeys_plan(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids...)
	w := newWire(t, m)
	for name, tc := range map[string]struct {
		change fields
		want   any
	}{
		"known":               {want: fields{ids[0]: unknownEntry, ids[1]: unknownEntry}},
		"rejected":            {change: fields{"desired_status": "rejected"}, want: fields{ids[0]: unknownEntry, ids[1]: unknownEntry}},
		"decided later":       {change: fields{"desired_status": unknown}, want: fields{ids[0]: unknownEntry, ids[1]: unknownEntry}},
		"of a new gateway":    {change: fields{"instance_id": unknown}, want: fields{ids[0]: unknownEntry, ids[1]: unknownEntry}},
		"an endpoint unknown": {change: fields{"endpoints": []any{ids[0], unknown}}, want: unknown},
		"all unknown":         {change: fields{"endpoints": unknown}, want: unknown},
	} {
		config := accepted(ids...)
		maps.Copy(config, tc.change)
		planned, diags := w.plan(object{}, config)
		expectNoDiagnostics(t, diags)
		expectValue(t, name, tc.want, planned.state.(fields)["connections"])
	}
}

// In no path does an apply give back another value, or another key, than its plan had
// (the driver sees to that), and what is absent is an object of nulls.
func TestConnectionKeys_conform(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 4)
	absent := fields{}
	for name, tc := range map[string]struct {
		from, to     []string // the endpoints before and after; no `from` for a creation
		before       string   // the decision before, as after it where it is ""
		after        string
		drifts, left []string          // before the plan
		leaves       []string          // between plan and apply
		statuses     map[string]string // afterwards, "" for an object of nulls
		retains      bool              // the only change
	}{
		"created rejected, one absent": {
			to: []string{ids[0], ids[3]}, after: "rejected", statuses: map[string]string{ids[0]: "rejected", ids[3]: ""},
		},
		"created rejected, one that left since": {
			to: ids[:2], after: "rejected", leaves: ids[1:2], statuses: map[string]string{ids[0]: "rejected", ids[1]: ""},
		},
		"added to the rejected, absent": {
			from: ids[:1], to: []string{ids[0], ids[3]}, after: "rejected", statuses: map[string]string{ids[0]: "rejected", ids[3]: ""},
		},
		"added to the rejected, there": {
			from: ids[:1], to: ids[:2], after: "rejected", statuses: map[string]string{ids[0]: "rejected", ids[1]: "rejected"},
		},
		"added to the rejected, left since": {
			from: ids[:1], to: ids[:2], after: "rejected", leaves: ids[1:2], statuses: map[string]string{ids[0]: "rejected", ids[1]: ""},
		},
		"added to the accepted, where another left": { // the next reading tells
			from: ids[:2], to: ids[:3], after: "accepted", leaves: ids[:1],
			statuses: map[string]string{ids[0]: "accepted", ids[1]: "accepted", ids[2]: "accepted"},
		},
		"drifted, and left since": {
			from: ids[:2], to: ids[:2], after: "accepted", drifts: ids[:1], leaves: ids[:1],
			statuses: map[string]string{ids[0]: "accepted", ids[1]: "accepted"},
		},
		"gone, beside one that drifted": {
			from: ids[:2], to: ids[:2], after: "accepted", left: ids[:1], drifts: ids[1:2], statuses: map[string]string{ids[0]: "", ids[1]: "accepted"},
		},
		"flipped, one gone and one that left since": {
			from: ids[:3], to: ids[:3], before: "accepted", after: "rejected", left: ids[:1], leaves: ids[1:2],
			statuses: map[string]string{ids[0]: "", ids[1]: "rejected", ids[2]: "rejected"},
		},
		"taken out, and left since": {
			from: ids[:2], to: ids[:1], after: "accepted", leaves: ids[1:2], statuses: map[string]string{ids[0]: "accepted"},
		},
		"no call": {
			from: ids[:2], to: ids[:2], after: "accepted", leaves: ids[:2], retains: true,
			statuses: map[string]string{ids[0]: "accepted", ids[1]: "accepted"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("pendingAcceptance", ids[:3]...)
			w := newWire(t, m)
			config := func(decision string, ids []string) fields {
				c := accepted(ids...)
				c["desired_status"] = decision
				return c
			}
			var prior object
			if tc.from != nil {
				prior = w.create(config(cmp.Or(tc.before, tc.after), tc.from))
				for _, id := range tc.drifts {
					m.SetStatus(testInstance, id, "rejected")
				}
				for _, id := range tc.left {
					m.Disconnect(testInstance, id)
				}
				prior, _ = w.read(prior) // which warns of those that left
			}
			wanted := config(tc.after, tc.to)
			if tc.retains {
				wanted["on_destroy"] = "retain"
			}
			planned, diags := w.plan(prior, wanted)
			if failed(diags) {
				expectNoDiagnostics(t, diags)
			}
			for _, id := range tc.leaves {
				m.Disconnect(testInstance, id)
			}
			made, diags := w.apply(prior, planned, wanted)
			if failed(diags) {
				expectNoDiagnostics(t, diags)
			}
			connections := made.state.(fields)["connections"].(fields)
			for id, status := range tc.statuses {
				if status == "" {
					expectValue(t, id, any(absent), connections[id])
				} else {
					expectValue(t, id, any(status), connections[id].(fields)["status"])
				}
			}
			if len(connections) != len(tc.statuses) {
				t.Errorf("connections %v", connections)
			}
		})
	}
}

// A resource with `for_each` over `connections` is planned and made in the first apply.
func TestAccConnection_forEach(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids, account := endpointIDs(1, 2), accountID(1)
	m.ask("pendingAcceptance", ids[0])
	c := newQuickCLI(t, m.connections("rejected", ids)+permissions("test", fmt.Sprintf("[%q]", account))+`
resource "terraform_data" "each" {
  for_each = apig_vpc_endpoint_connection.test.connections
  input    = coalesce(each.value.status, "absent")
}
resource "terraform_data" "account" {
  for_each = apig_vpc_endpoint_permissions.test.permissions
  input    = each.value.id
}
output "statuses" {
  value = { for id, each in terraform_data.each : id => each.output }
}
`)
	c.apply().expect(t, 0, fmt.Sprintf(`statuses = { %q = "rejected" %q = "absent" }`, ids[0], ids[1]), "5 added")
	c.settled()
}
