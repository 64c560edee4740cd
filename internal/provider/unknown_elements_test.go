// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Of a list with an unknown element, a plan knows the others: there is no alarm about
// them, and what the apply decides of them is told, since `connections` can't show it.
func TestUnknownElements_connections(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 3)
	const list = "A part of `endpoints` is known only after the apply"
	const whole = "`endpoints` as a whole is known only after the apply"
	const advice = "assign the list itself: one unknown element makes all of a set unknown, but of `endpoints = [...]` the plan knows what is known."
	rejected := func(id string) string { return "- " + id + " (status rejected, account " + partnerDomain + ")" }
	accepts := func(id string) string { return "- " + id + " (status accepted, account " + partnerDomain + ")" }
	for name, tc := range map[string]struct {
		endpoints any
		change    fields
		drifts    []string
		warnings  [][]string // phrases of each, the first one being its summary
		errors    []string
	}{
		"named":          {endpoints: []any{ids[0], ids[1], unknown}},
		"named and new":  {endpoints: []any{ids[0], ids[1], ids[2], unknown}},
		"named, drifted": {endpoints: []any{ids[0], ids[1], unknown}, drifts: ids[:1], warnings: [][]string{{"Connections will be accepted: " + ids[0], list, rejected(ids[0])}}},
		"named, to be flipped": {
			endpoints: []any{ids[0], ids[1], unknown}, change: fields{"desired_status": "rejected"},
			warnings: [][]string{{"Connections will be rejected: " + ids[0] + " and 1 more", list, accepts(ids[0]), accepts(ids[1])}},
		},
		"maybe named": {
			endpoints: []any{ids[0], unknown}, warnings: [][]string{{"Connections may be rejected: " + ids[1], list, accepts(ids[1])}},
		},
		"whole": {
			endpoints: unknown, warnings: [][]string{{"Connections may be rejected: " + ids[0] + " and 1 more", whole, accepts(ids[0]), accepts(ids[1]), advice}},
		},
		"whole, drifted": {
			endpoints: unknown, drifts: ids[:1],
			warnings: [][]string{
				{"Connections may be rejected: " + ids[1], whole, accepts(ids[1]), advice},
				{"Connections may be accepted: " + ids[0], whole, rejected(ids[0]), advice},
			},
		},
		"whole, retained": {endpoints: unknown, change: fields{"on_destroy": "retain"}},
		"of another account": {
			endpoints: []any{ids[0], ids[2], unknown}, change: fields{"expected_domain_ids": listOf(otherDomain), "on_destroy": "retain"},
			errors: []string{"Endpoints of accounts that are not expected", "- " + ids[0]},
		},
		"new, not listed": {
			endpoints: []any{ids[0], ids[1], endpointID(9), unknown},
			warnings:  [][]string{{"Endpoints that the gateway does not list yet: " + endpointID(9)}},
		},
		"all unknown of the decision": {endpoints: []any{ids[0], ids[1], unknown}, change: fields{"desired_status": unknown}, drifts: ids[:1]},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.ask("pendingAcceptance", ids...)
			prior := w.create(accepted(ids[:2]...))
			m.becomes("rejected", tc.drifts...)
			prior = w.ok(w.read(prior))
			config := with(accepted(), "endpoints", tc.endpoints)
			maps.Copy(config, tc.change)
			planned, diags := w.plan(prior, config)
			expectTold(t, diags, tc.errors, tc.warnings)
			if tc.errors == nil {
				expectValue(t, "connections", any(unknown), planned.state.(fields)["connections"])
			}
		})
	}
}

// expectTold wants one error with the phrases, if there are any, and just these warnings
// otherwise, in any order: each with phrases of which the first begins it.
func expectTold(t *testing.T, diags []*tfprotov6.Diagnostic, failure []string, warnings [][]string) {
	t.Helper()
	if failure != nil {
		diags = slices.DeleteFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityWarning })
		expectError(t, diags, failure...)
		return
	}
	for _, phrases := range warnings {
		i := slices.IndexFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Summary == phrases[0] })
		if i < 0 {
			t.Errorf("no warning %q", phrases[0])
			continue
		}
		expectWarning(t, diags[i:i+1], phrases...)
		diags = slices.Delete(diags, i, i+1)
	}
	expectNoDiagnostics(t, diags)
}

// Where the decision is not known yet, it is known which endpoints there are.
func TestUnknownDecision(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 3)
		m.ask("pendingAcceptance", ids...)
		prior := w.create(accepted(ids[:2]...))
		m.Disconnect(testInstance, ids[1])
		prior, _ = w.read(prior) // which warns of the one that left
		first := w.ok(w.plan(prior, with(accepted(ids...), "desired_status", unknown)))
		connections := first.state.(fields)["connections"].(fields)
		expectValue(t, "one that is there", any(unknown), connections[ids[0]].(fields)["status"])
		expectValue(t, "its account", any(partnerDomain), connections[ids[0]].(fields)["domain_id"])
		expectValue(t, "one that left", any(fields{}), connections[ids[1]])
		expectValue(t, "a new one", any(unknownEntry), connections[ids[2]])
		for _, decision := range []string{"accepted", "rejected"} {
			config := with(accepted(ids...), "desired_status", decision)
			second := w.ok(w.plan(prior, config))
			w.conforms("final plan", first.state, second.state)
		}
	})
}

// Likewise the entries of accounts.
func TestUnknownElements_permissions(t *testing.T) {
	t.Parallel()
	ids := accountIDs(1, 3)
	const whole = "`domain_ids` as a whole is known only after the apply"
	for name, tc := range map[string]struct {
		accounts any
		drifts   []string
		warnings [][]string
	}{
		"named":          {accounts: []any{ids[0], ids[1], unknown}},
		"named and new":  {accounts: []any{ids[0], ids[1], ids[2], unknown}},
		"named, drifted": {accounts: []any{ids[0], ids[1], unknown}, drifts: ids[:1], warnings: [][]string{{"Entries will be added again: " + ids[0], "A part of `domain_ids`", "- " + ids[0]}}},
		"maybe named":    {accounts: []any{ids[0], unknown}, warnings: [][]string{{"Entries may be deleted: " + ids[1], "A part of `domain_ids`", "- " + ids[1]}}},
		"whole": {accounts: unknown, warnings: [][]string{{
			"Entries may be deleted: " + ids[0] + " and 1 more", whole, "- " + ids[0], "- " + ids[1], "of `domain_ids = [...]` the plan knows what is known.",
		}}},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			w.resource = "apig_vpc_endpoint_permissions"
			prior := w.create(fields{"instance_id": testInstance, "domain_ids": listOf(ids[:2]...)})
			m.Forbid(testInstance, tc.drifts...)
			prior = w.ok(w.read(prior))
			_, diags := w.plan(prior, fields{"instance_id": testInstance, "domain_ids": tc.accounts})
			expectTold(t, diags, nil, tc.warnings)
		})
	}
}

// The exclusive resource says what it does not know, and how it would.
func TestUnknownElements_exclusive(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 2)
	for name, tc := range map[string]struct {
		change fields
		want   []string // of the error; none where there is none
		not    string
	}{
		"all named":      {change: fields{"endpoints": []any{ids[0], ids[1], unknown}}},
		"one named":      {change: fields{"endpoints": []any{ids[0], unknown}}, want: []string{"- " + ids[1]}, not: "as a whole"},
		"whole":          {change: fields{"endpoints": unknown}, want: []string{"- " + ids[0], "`endpoints` as a whole is known only after the apply.", "of `endpoints = [...]` the plan"}},
		"whole accounts": {change: fields{"endpoints": listOf(ids[0]), "domain_ids": unknown}, want: []string{"- " + ids[1], "of `domain_ids = [...]` the plan"}},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.ask("accepted", ids...)
			w.resource = "apig_vpc_endpoint_connections_exclusive"
			config := fields{"instance_id": testInstance, "endpoints": listOf(ids...)}
			prior := w.create(config)
			maps.Copy(config, tc.change)
			_, diags := w.plan(prior, config)
			if tc.want == nil {
				expectNoDiagnostics(t, diags)
				return
			}
			expectError(t, diags, append(tc.want, "What may be accepted is not known yet")...)
			assert.Check(t, tc.not == "" || !strings.Contains(diags[0].Detail, tc.not), diags[0].Detail)
		})
	}
}

var unknownEntry = fields{"status": unknown, "marker_id": unknown, "domain_id": unknown, "created_at": unknown, "updated_at": unknown}

// The plan of a creation has an object for each endpoint, so that they can be counted, and knows nothing of them yet.
func TestConnectionKeys_plan(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 2)
		m.ask("pendingAcceptance", ids...)
		for name, tc := range map[string]struct {
			change fields
			want   any
		}{
			"known":               {want: fields{ids[0]: unknownEntry, ids[1]: unknownEntry}},
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

// What leaves between a plan and its apply is an object of nulls where the plan left it open, and as planned where nothing is decided.
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
