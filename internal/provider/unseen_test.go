// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const mayYet = "Decisions may still take effect"

// interruptedIn applies a plan, and is interrupted in a call.
func (w *walker) interruptedIn(m *mock, call mockapig.Fault, config map[string]wanted) {
	w.t.Helper()
	changes, told := w.plans(config)
	assert.Assert(w.t, is.Len(told.errors, 0))
	call.Delay, call.Do = forever, func() {
		go w.ends()
	}
	m.Fail(call)
	told = w.applies(changes, -1)
	assert.Assert(w.t, len(told.errors) == 1 && strings.HasPrefix(told.errors[0], "Interrupted"), "errors %q", told.errors)
}

func rejecting(ids ...string) fields { return with(accepted(ids...), "desired_status", "rejected") }

// The next apply makes sure of what an interrupted run asked for: its plan says so, and it ends as configured for good.
func TestUnseen_connections(t *testing.T) {
	t.Parallel()
	slowReject, slowAccept := mockapig.Behavior{RejectingFor: forever}, mockapig.Behavior{AcceptingFor: forever}
	refuses := func(b mockapig.Behavior) mockapig.Behavior {
		b.RedecideRefused, b.Codes = true, mockapig.CodesPlain
		return b
	}
	one, both := endpointIDs(1, 1), endpointIDs(1, 2)
	accepts, fewer, rejects := a(accepted(both...)), a(accepted(one...)), a(rejecting(both...))
	for name, tc := range map[string]struct {
		behavior                   mockapig.Behavior
		before, interrupted, after map[string]fields
		force                      bool
		want                       string // of the second endpoint, in the end
	}{
		"removed, and put back":           {slowReject, accepts, fewer, accepts, false, "accepted"},
		"removed, and put back, refused":  {refuses(slowReject), accepts, fewer, accepts, false, "accepted"},
		"removed, and again":              {slowReject, accepts, fewer, fewer, false, "rejected"},
		"removed, and destroyed":          {slowReject, accepts, fewer, nil, false, "rejected"},
		"removed, and retained":           {slowReject, accepts, fewer, a(retaining(accepted(one...))), false, "accepted"},
		"removed, and replaced":           {slowReject, accepts, fewer, accepts, true, "accepted"},
		"removed, and held by another":    {slowReject, accepts, fewer, map[string]fields{"a": retaining(accepted(one...)), "b": accepted(endpointID(2))}, false, "accepted"},
		"removed, rejected by another":    {slowReject, accepts, fewer, map[string]fields{"a": retaining(accepted(one...)), "B": rejecting(endpointID(2))}, false, "rejected"},
		"destroyed, and kept":             {slowReject, accepts, nil, accepts, false, "accepted"},
		"destroyed, and retained":         {slowReject, accepts, nil, a(retaining(accepted(both...))), false, "accepted"},
		"rejected, and accepted":          {slowReject, accepts, rejects, accepts, false, "accepted"},
		"accepted, and rejected":          {slowAccept, rejects, accepts, rejects, false, "rejected"},
		"accepted, and rejected, refused": {refuses(slowAccept), rejects, accepts, rejects, false, "rejected"},
		"accepted, and destroyed":         {slowAccept, rejects, accepts, nil, false, "rejected"},
		"accepted, and removed":           {slowAccept, rejects, accepts, fewer, false, "rejected"},
		"accepted, and removed, refused":  {refuses(slowAccept), rejects, accepts, fewer, false, "rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			unseen{
				behavior: tc.behavior, call: mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true},
				before: tc.before, interrupted: tc.interrupted, after: tc.after, force: tc.force,
				says:    []string{endpointID(2), "asked to be " + map[bool]string{true: "accepted", false: "rejected"}[tc.behavior.AcceptingFor > 0] + " at"},
				prepare: func(m *mock) { m.ask(tc.before["a"]["desired_status"].(string), both...) },
				meanwhile: func(m *mock) {
					m.lands(map[bool]string{true: "accepted", false: "rejected"}[tc.behavior.AcceptingFor > 0])
					m.SetBehavior(mockapig.Behavior{RedecideRefused: tc.behavior.RedecideRefused, Codes: tc.behavior.Codes})
					m.ResetJournal()
				},
				ends: func(t *testing.T, m *mock) {
					assert.Check(t, len(m.decisions()) <= 6)
					m.expectStatuses(t, tc.want, endpointID(2))
				},
			}.play(t)
		})
	}
}

// unseen is what becomes of a decision that a run was interrupted in before it was seen.
type unseen struct {
	kind                       string // of the resource; a connection's without it
	behavior                   mockapig.Behavior
	prepare                    func(m *mock)
	before, interrupted, after map[string]fields
	call                       mockapig.Fault // that it is interrupted in
	force                      bool           // a replacement follows
	says                       []string       // the warning of the next plan
	meanwhile                  func(m *mock)  // between that plan and its apply
	within                     time.Duration  // the apply takes no longer; 0 for any time
	ends                       func(t *testing.T, m *mock)
}

func (u unseen) play(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		w.resource = cmp.Or(u.kind, connectionType)
		u.prepare(m)
		w.run(just(u.before))
		m.ResetJournal()
		m.SetBehavior(u.behavior)
		w.interruptedIn(m, u.call, just(u.interrupted))
		config := just(u.after)
		for name, c := range config {
			c.force = u.force
			config[name] = c
		}
		changes, told := w.plans(config)
		assert.Check(t, told.warned(mayYet) && missing(strings.Join(told.warnings, " "), u.says) == "", "the plan does not say so: %q", told.warnings)
		for _, c := range changes {
			assert.Check(t, c.what != "" || c.address != "a", "nothing is planned")
		}
		u.meanwhile(m)
		began := time.Now()
		assert.Check(t, is.Len(w.applies(changes, -1).errors, 0))
		took := time.Since(began)
		assert.Check(t, u.within <= 0 || took <= u.within, "it took %s", took)
		u.ends(t, m)
		w.settledIn(just(u.after))
		_, told = w.plans(just(u.after))
		assert.Check(t, !told.warned(mayYet), "it is still said: %q", told.warnings)
	})
}

// An update that failed puts what it did not let go of behind what was planned. Written in any order after that, and partly
// unknown while planning, the list can be applied.
func TestUpdate_failureLeavesNoOrder(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 3)
		m.ask("accepted", ids...)
		w.run(just(a(accepted(ids...))))
		m.Fail(refusing("reject", ids[0], 9, http.StatusBadRequest, "APIC.7211"))
		changes, _ := w.plans(just(a(accepted(ids[1:]...))))
		assert.Assert(t, len(w.applies(changes, -1).errors) != 0, "the update did not fail")
		order := []string{ids[0], ids[2], ids[1]}
		back := just(a(accepted(order...)))
		hidden := back["a"]
		hidden.known, hidden.config = hidden.config, with(hidden.config, "endpoints", []any{unknown, order[1], order[2]})
		back["a"] = hidden
		changes, told := w.plans(back)
		assert.Check(t, is.Len(append(told.errors, w.applies(changes, -1).errors...), 0))
		got := elementsOf(w.objects["a"].current.state.(fields), "endpoints")
		assert.Check(t, slices.Equal(got, order), "endpoints %q in the state", got)
	})
}

// a is a configuration of one resource.
func a(config fields) map[string]fields { return map[string]fields{"a": config} }

// lands lets the decisions that were made since the last reset of the journal, and take their time, show soon after the next one.
func (m *mock) lands(status string) {
	var ids []string
	for _, call := range m.Journal() {
		ids = append(ids, call.Decided...)
	}
	m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Do: func() {
		time.AfterFunc(100*time.Millisecond, func() { m.becomes(status, ids...) })
	}})
}

// What the exclusive resource rejected when it was interrupted, and may stand by then, stands in the end, also after a destroy.
func TestUnseen_exclusive(t *testing.T) {
	t.Parallel()
	letsStand := func(n int) map[string]fields { return a(excluding(endpointIDs(1, n)...)) }
	for name, tc := range map[string]struct {
		after map[string]fields
		want  string
	}{
		"declared":  {letsStand(2), "accepted"},
		"destroyed": {nil, "accepted"},
		"again":     {letsStand(1), "rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			unseen{
				kind: exclusiveType, behavior: mockapig.Behavior{RejectingFor: forever}, call: mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true},
				before: letsStand(1), interrupted: letsStand(1), after: tc.after, says: []string{mayYet + ": " + endpointID(2)},
				prepare: func(m *mock) { m.ask("accepted", endpointIDs(1, 2)...) },
				meanwhile: func(m *mock) {
					m.lands("rejected")
					m.SetBehavior(mockapig.Behavior{})
				},
				ends: func(t *testing.T, m *mock) {
					m.expectStatuses(t, "accepted", endpointID(1))
					m.expectStatuses(t, tc.want, endpointID(2))
				},
			}.play(t)
		})
	}
}

// An interrupted deletion of an entry, which takes effect late or never: the plan says so, and the entry is as configured in the end.
func TestUnseen_permissions(t *testing.T) {
	t.Parallel()
	one, two := accountID(1), accountID(2)
	both, first := a(permitting(one, two)), a(permitting(one))
	for name, tc := range map[string]struct {
		behavior mockapig.Behavior
		after    map[string]fields
		force    bool
		lost     bool // the deletion never takes effect
		want     []string
		within   time.Duration
	}{
		"put back":          {mockapig.Behavior{}, both, false, false, []string{one, two}, 30 * time.Second},
		"put back, refused": {mockapig.Behavior{AddRefused: true}, both, false, false, []string{one, two}, 30 * time.Second},
		"put back, lost":    {mockapig.Behavior{}, both, false, true, []string{one, two}, 150 * time.Second},
		"replaced":          {mockapig.Behavior{}, both, true, false, []string{one, two}, 30 * time.Second},
		"retained":          {mockapig.Behavior{}, a(retaining(permitting(one))), false, false, []string{one, two}, 30 * time.Second},
		"again":             {mockapig.Behavior{}, first, false, false, []string{one}, 30 * time.Second},
		"destroyed":         {mockapig.Behavior{}, nil, false, false, nil, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			unseen{
				kind: permissionsType, behavior: tc.behavior, call: mockapig.Fault{Operation: mockapig.OpDeletePermissions},
				before: both, interrupted: first, after: tc.after, force: tc.force, within: tc.within,
				says:    []string{mayYet + ": " + two + ": ", "asked to be deleted at"},
				prepare: func(*mock) {},
				meanwhile: func(m *mock) {
					if !tc.lost {
						time.AfterFunc(5*time.Second, func() { m.Forbid(testInstance, two) })
					}
				},
				ends: func(t *testing.T, m *mock) {
					passes(10 * time.Second)
					m.expectPermitted(t, tc.want...)
				},
			}.play(t)
		})
	}
}

// The exclusive resource makes sure of nothing that another one has rejected, be it that one's own
// rejection that was interrupted, or the exclusive resource's.
func TestUnseen_exclusiveBesideOthers(t *testing.T) {
	t.Parallel()
	config := func(connections map[string]fields, accounts ...any) map[string]wanted {
		all := just(connections)
		all[exclusiveName] = wanted{kind: exclusiveType, config: fields{"instance_id": testInstance, "domain_ids": accounts}}
		return all
	}
	both := a(accepted(endpointIDs(1, 2)...))
	one := config(a(accepted(endpointID(1))), partnerDomain)
	for name, tc := range map[string]struct {
		interrupted, after map[string]wanted
		planned            string // of the exclusive resource
	}{
		"that one's": {one, one, ""},
		"its own":    {config(both, partnerDomain), config(map[string]fields{"a": both["a"], "A": rejecting(endpointID(3))}, partnerDomain, otherDomain), "update"},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.ask("accepted", endpointIDs(1, 2)...)
			m.Connect(testInstance, mockapig.Connection{ID: endpointID(3), DomainID: otherDomain, Status: "accepted"})
			w.run(config(both, partnerDomain)) // the first apply of the exclusive resource rejects nothing
			w.interruptedIn(m, mockapig.Fault{Operation: mockapig.OpAcceptOrReject}, tc.interrupted)
			changes, _ := w.plans(tc.after)
			for _, c := range changes {
				assert.Check(t, c.kind != exclusiveType || c.what == tc.planned, "of the exclusive resource: %q", c.what)
			}
			assert.Check(t, is.Len(w.applies(changes, -1).errors, 0))
			m.expectStatuses(t, "accepted", endpointID(1))
			m.expectStatuses(t, "rejected", endpointID(3))
			if tc.planned == "" {
				m.expectStatuses(t, "rejected", endpointID(2))
			}
			w.settledIn(tc.after)
		})
	}
}
