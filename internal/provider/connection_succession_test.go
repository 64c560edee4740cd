// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// with is a configuration with one argument changed.
func with(config fields, argument string, value any) fields {
	changed := maps.Clone(config)
	changed[argument] = value
	return changed
}

// A forced replacement plans an update first. Where that could not tell whether
// anything is rejected, and the successor is of another gateway, it is refused,
// also if nothing leaves.
func TestConnectionSuccession_unsure(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointID(1))
	w := newWire(t, m)
	made := w.create(accepted(endpointID(1)))

	config := with(accepted(endpointID(1)), "on_destroy", unknown)
	update, diags := w.plan(made, config)
	expectNoDiagnostics(t, diags)
	w.config = with(w.config, "project_id", "another-project")
	_, diags = w.plan(object{private: update.private}, config)
	expectError(t, diags, "A forced replacement would reject connections", endpointID(1), "the provider's default for `region` or `project_id` has changed")
}

// What is left to another resource is so as well in a replacement of which it is
// not known yet whether it rejects.
func TestConnectionSuccession_unsureShared(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 2)...)
	w, v := newWire(t, m), newWire(t, m)
	giver, keeper := w.create(accepted(endpointIDs(1, 2)...)), v.create(accepted(endpointID(2)))
	w.walk()
	v.walking = w.walking
	_, diags := v.read(keeper)
	expectNoDiagnostics(t, diags)
	giver, diags = w.read(giver)
	expectNoDiagnostics(t, diags)
	config := with(accepted(endpointID(1)), "on_destroy", unknown)
	update, diags := w.plan(giver, config)
	expectWarning(t, diags, "Connections left to another resource", line(2, "accepted"))
	successor, diags := w.plan(object{private: update.private}, config)
	expectNoDiagnostics(t, diags)

	w.walk()
	_, diags = w.apply(giver, successor.only(), nil)
	expectWarning(t, diags, "Connections left to another object", line(1, "accepted"))
	m.expectDecisions(t)
}

// A tainted object is replaced by one of a gateway that is not known yet: nothing
// that it holds counts as its successor's.
func TestConnectionSuccession_unknownGateway(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointID(1))
	w := newWire(t, m)
	tainted := w.create(accepted(endpointID(1)))

	configured := w.config
	w.config = with(w.config, "project_id", unknown)
	planned, diags := w.plan(object{}, accepted(endpointID(1)))
	expectNoDiagnostics(t, diags)
	w.config = configured
	_, diags = w.apply(tainted, planned.only(), nil)
	expectError(t, diags, "Replacing a tainted object would reject connections", line(1, "accepted"))
	m.expectDecisions(t)
}

// only is what a destroy gets of the plan of a replacement.
func (o object) only() object { return object{private: o.private} }

// What a destroyed resource leaves to another one is told of unless that one has
// it by then.
func TestConnectionSuccession_spared(t *testing.T) {
	t.Parallel()
	for name, claims := range map[string]bool{"the other comes later": false, "the other has it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointID(1))
			w := newWire(t, m)
			giver := w.create(accepted(endpointID(1)))

			w.walk()
			taker, diags := w.plan(object{}, accepted(endpointID(1)))
			expectNoDiagnostics(t, diags)
			planned, diags := w.plan(giver, nil)
			expectNoDiagnostics(t, diags)

			w.walk()
			if claims {
				_, diags = w.plan(object{private: taker.private}, accepted(endpointID(1)))
				expectNoDiagnostics(t, diags)
			}
			_, diags = w.apply(giver, planned, nil)
			if claims {
				expectNoDiagnostics(t, diags)
			} else {
				expectWarning(t, diags, "Connections left to another object", line(1, "accepted"), "the resource that was planned to have them")
			}
			m.expectDecisions(t)
		})
	}
}

// An object that was replaced, and could not be destroyed since no plan may have
// shown what that does, is destroyed by the next apply, which shows it, whatever
// else that creates.
func TestConnectionSuccession_leftover(t *testing.T) {
	t.Parallel()
	ids := accountIDs(1, 4)
	for resource, test := range map[string]struct {
		config  func(n ...int) fields
		refused string
		gone    func(*mock) bool
	}{
		connectionType: {
			config: func(n ...int) fields {
				config := accepted()
				config["endpoints"] = []any{}
				for _, n := range n {
					config["endpoints"] = append(config["endpoints"].([]any), endpointID(n))
				}
				return config
			},
			refused: "Destroying the replaced object would reject connections",
			gone:    func(m *mock) bool { return m.status(endpointID(2)) == "rejected" },
		},
		permissionsType: {
			config: func(n ...int) fields {
				config := fields{"instance_id": testInstance, "domain_ids": []any{}}
				for _, n := range n {
					config["domain_ids"] = append(config["domain_ids"].([]any), ids[n])
				}
				return config
			},
			refused: "Destroying the replaced object would delete permissions",
			gone:    func(m *mock) bool { return !slices.Contains(m.permitted(), ids[2]) },
		},
	} {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 3)...)
			w := newWire(t, m)
			w.resource = resource
			replaced := w.create(test.config(1, 2))

			w.walk()
			w.create(test.config(1))
			planned, diags := w.plan(replaced, nil)
			expectNoErrors(t, diags)
			left, diags := w.apply(replaced, planned, nil)
			expectError(t, diags, test.refused)
			if test.gone(m) {
				t.Error("nothing has shown that")
			}

			w.walk()
			w.create(test.config(3))
			planned, diags = w.plan(left, nil)
			expectNoErrors(t, diags)
			left, diags = w.apply(left, planned, nil)
			expectNoErrors(t, diags)
			if left.state != nil || !test.gone(m) {
				t.Errorf("it is not destroyed: %v", left.state)
			}
		})
	}
}
