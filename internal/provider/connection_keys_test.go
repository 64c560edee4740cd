// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

var unknownEntry = fields{"status": unknown, "marker_id": unknown, "domain_id": unknown, "created_at": unknown, "updated_at": unknown}

// What a creation makes can be counted when it is planned: an object for each
// endpoint, of which nothing is known yet, not even where it is about to be accepted.
func TestConnectionKeys_plan(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 2)
		m.ask("pendingAcceptance", ids...)
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
			planned := w.ok(w.plan(object{}, config))
			expectValue(t, name, tc.want, planned.state.(fields)["connections"])
		}
	})
}

// What leaves between a plan and its apply is an object of nulls where the plan left it open,
// and stays as it was planned where nothing is decided.
func TestConnectionKeys_leftSince(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 3)
		m.ask("pendingAcceptance", ids...)
		leaves := func(id string) func() { return func() { m.Disconnect(testInstance, id) } }
		s.then(m.connections("rejected", ids[:2]), leaves(ids[1]), recorded(resourceName, map[string]string{ids[0]: "rejected", ids[1]: ""}))
		s.then(m.connections("rejected", ids), leaves(ids[2]), recorded(resourceName, map[string]string{ids[0]: "rejected", ids[1]: "", ids[2]: ""}))
		s.then(m.connections("rejected", ids, retain), leaves(ids[0]), recorded(resourceName, map[string]string{ids[0]: "rejected", ids[1]: "", ids[2]: ""}))
		s.destroys(m.decided("reject 1"))
	})
}

// A resource with `for_each` over `connections` is planned and made in the first apply.
func TestAccConnection_forEach(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
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
