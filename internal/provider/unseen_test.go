// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const mayYet = "Decisions may still take effect"

// interrupted applies a plan, and is interrupted once a call that decides has taken effect.
func (w *walker) interrupted(m *mock, config map[string]wanted) {
	w.t.Helper()
	w.interruptedIn(m, mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true}, config)
}

// interruptedIn applies a plan, and is interrupted in a call.
func (w *walker) interruptedIn(m *mock, call mockapig.Fault, config map[string]wanted) {
	w.t.Helper()
	changes, told := w.plans(config)
	for _, text := range told.errors {
		w.t.Fatal(text)
	}
	call.Delay, call.Do = forever, func() {
		go func() { _, _ = w.walking.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}) }()
	}
	m.Fail(call)
	if told := w.applies(changes, -1); len(told.errors) != 1 || !strings.HasPrefix(told.errors[0], "Interrupted") {
		w.t.Fatalf("errors %q, want one of an interruption", told.errors)
	}
}

func rejecting(ids ...string) fields { return with(accepted(ids...), "desired_status", "rejected") }

// What an interrupted run asked for is made sure of by the next apply, whatever is
// configured by then: its plan says so, and it ends as configured for good.
func TestUnseen_connections(t *testing.T) {
	t.Parallel()
	slowReject, slowAccept := mockapig.Behavior{RejectingFor: forever}, mockapig.Behavior{AcceptingFor: forever}
	refuses := func(b mockapig.Behavior) mockapig.Behavior {
		b.RedecideRefused, b.Codes = true, mockapig.CodesPlain
		return b
	}
	one, both := endpointIDs(1, 1), endpointIDs(1, 2)
	for name, tc := range map[string]struct {
		behavior                   mockapig.Behavior
		before, interrupted, after map[string]fields
		force                      bool
		want                       string // of the second endpoint, in the end
	}{
		"removed, and put back":           {slowReject, a(accepted(both...)), a(accepted(one...)), a(accepted(both...)), false, "accepted"},
		"removed, and put back, refused":  {refuses(slowReject), a(accepted(both...)), a(accepted(one...)), a(accepted(both...)), false, "accepted"},
		"removed, and again":              {slowReject, a(accepted(both...)), a(accepted(one...)), a(accepted(one...)), false, "rejected"},
		"removed, and destroyed":          {slowReject, a(accepted(both...)), a(accepted(one...)), nil, false, "rejected"},
		"removed, and retained":           {slowReject, a(accepted(both...)), a(accepted(one...)), a(retaining(accepted(one...))), false, "accepted"},
		"removed, and replaced":           {slowReject, a(accepted(both...)), a(accepted(one...)), a(accepted(both...)), true, "accepted"},
		"removed, and held by another":    {slowReject, a(accepted(both...)), a(accepted(one...)), map[string]fields{"a": retaining(accepted(one...)), "b": accepted(endpointID(2))}, false, "accepted"},
		"destroyed, and kept":             {slowReject, a(accepted(both...)), nil, a(accepted(both...)), false, "accepted"},
		"destroyed, and retained":         {slowReject, a(accepted(both...)), nil, a(retaining(accepted(both...))), false, "accepted"},
		"rejected, and accepted":          {slowReject, a(accepted(both...)), a(rejecting(both...)), a(accepted(both...)), false, "accepted"},
		"accepted, and rejected":          {slowAccept, a(rejecting(both...)), a(accepted(both...)), a(rejecting(both...)), false, "rejected"},
		"accepted, and rejected, refused": {refuses(slowAccept), a(rejecting(both...)), a(accepted(both...)), a(rejecting(both...)), false, "rejected"},
		"accepted, and destroyed":         {slowAccept, a(rejecting(both...)), a(accepted(both...)), nil, false, "rejected"},
		"accepted, and removed":           {slowAccept, a(rejecting(both...)), a(accepted(both...)), a(accepted(one...)), false, "rejected"},
		"accepted, and removed, refused":  {refuses(slowAccept), a(rejecting(both...)), a(accepted(both...)), a(accepted(one...)), false, "rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask(tc.before["a"]["desired_status"].(string), both...)
				w.run(just(tc.before))
				m.ResetJournal()
				m.SetBehavior(tc.behavior)
				w.interrupted(m, just(tc.interrupted))
				config := just(tc.after)
				for name, c := range config {
					c.force = tc.force
					config[name] = c
				}
				changes, told := w.plans(config)
				if !told.warned(mayYet) || !strings.Contains(strings.Join(told.warnings, " "), endpointID(2)) {
					t.Errorf("the plan does not say so: %q", told.warnings)
				}
				for _, c := range changes {
					if c.what == "" && c.address == "a" {
						t.Error("nothing is planned")
					}
				}
				status := "rejected"
				if tc.behavior.AcceptingFor > 0 {
					status = "accepted"
				}
				m.lands(status)
				m.SetBehavior(mockapig.Behavior{RedecideRefused: tc.behavior.RedecideRefused, Codes: tc.behavior.Codes})
				m.ResetJournal()
				for _, text := range w.applies(changes, -1).errors {
					t.Error(text)
				}
				if calls := m.decisions(); len(calls) > 6 {
					t.Errorf("calls %v", calls)
				}
				m.expectStatuses(t, tc.want, endpointID(2))
				w.settledIn(just(tc.after))
				if changes, told := w.plans(just(tc.after)); told.warned(mayYet) || len(changes) > 2 {
					t.Errorf("it is still said: %q", told.warnings)
				}
			})
		})
	}
}

// A list of endpoints that an update failed to leave stays in its order: written as it was, and partly unknown while
// planning, it can be applied.
func TestConnection_failureKeepsTheOrder(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 3)
		m.ask("accepted", ids...)
		w.run(just(a(accepted(ids...))))
		m.Fail(refusing("reject", ids[0], 9, http.StatusBadRequest, "APIC.7211"))
		changes, _ := w.plans(just(a(accepted(ids[1:]...))))
		if told := w.applies(changes, -1); len(told.errors) == 0 {
			t.Fatal("the update did not fail")
		}
		back := just(a(accepted(ids...)))
		hidden := back["a"]
		hidden.known, hidden.config = hidden.config, with(hidden.config, "endpoints", []any{unknown, ids[1], ids[2]})
		back["a"] = hidden
		changes, told := w.plans(back)
		for _, text := range append(told.errors, w.applies(changes, -1).errors...) {
			t.Error(text)
		}
		if got := elementsOf(w.objects["a"].current.state.(fields), "endpoints"); !slices.Equal(got, ids) {
			t.Errorf("endpoints %q in the state", got)
		}
	})
}

// a is a configuration of one resource.
func a(config fields) map[string]fields { return map[string]fields{"a": config} }

// lands lets the decisions that were made since the last reset of the journal, and take
// their time, show soon after the next one.
func (m *mock) lands(status string) {
	var ids []string
	for _, call := range m.Journal() {
		ids = append(ids, call.Decided...)
	}
	m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Do: func() {
		time.AfterFunc(100*time.Millisecond, func() {
			for _, id := range ids {
				m.SetStatus(testInstance, id, status)
			}
		})
	}})
}

// A decision that was lost for good holds nothing up once it is old, and its note goes
// with one call.
func TestUnseen_lostForGood(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		m.ask("accepted", endpointIDs(1, 2)...)
		config := just(a(accepted(endpointIDs(1, 2)...)))
		w.run(config)
		m.SetBehavior(mockapig.Behavior{RejectingFor: forever})
		w.interrupted(m, just(a(accepted(endpointID(1)))))
		m.SetStatus(testInstance, endpointID(2), "accepted") // it will never come to anything
		w.objects["a"].current.private = aged(t, w.objects["a"].current.private, 3*time.Minute)
		m.ResetJournal()
		if told := w.run(config); len(told.errors) > 0 {
			t.Error(told.errors)
		}
		m.expectDecisions(t, "receive 1")
		w.settledIn(config)
		if _, told := w.plans(config); told.warned(mayYet) {
			t.Errorf("it is still said: %q", told.warnings)
		}
	})
}

// aged is private state whose note is older.
func aged(t *testing.T, private []byte, by time.Duration) []byte {
	t.Helper()
	var keys map[string][]byte
	noError(t, json.Unmarshal(private, &keys))
	var note map[string]map[string]time.Time
	noError(t, json.Unmarshal(keys["unseen"], &note))
	for _, asked := range note {
		for decision, at := range asked {
			asked[decision] = at.Add(-by)
		}
	}
	var err error
	keys["unseen"], err = json.Marshal(note)
	noError(t, err)
	private, err = json.Marshal(keys)
	noError(t, err)
	return private
}

// An acceptance that is lost in a rejection is made again, also where an action has
// asked for that, or where a plan could not tell that an endpoint changes hands.
func TestLostInARejection(t *testing.T) {
	t.Parallel()
	for name, behavior := range map[string]mockapig.Behavior{
		"answered":     {RejectingFor: time.Second},
		"refused, 400": {RejectingFor: time.Second, RedecideRefused: true, Codes: mockapig.CodesPlain},
		"refused, 500": {RejectingFor: time.Second, RedecideRefused: true, Codes: mockapig.CodesBare},
	} {
		for _, action := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, action %t", name, action), func(t *testing.T) {
				inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
					m.ask("accepted", endpointID(1))
					if !action {
						w.run(just(a(accepted(endpointID(1)))))
					}
					m.SetBehavior(behavior)
					w.walk()
					rejected := make(chan struct{})
					m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Action: "reject", After: true, Do: func() { close(rejected) }})
					var group sync.WaitGroup
					group.Go(func() {
						if action {
							// It may see its decision, or only what came after it.
							w.invoke(decisionType, fields{"instance_id": testInstance, "decision": "rejected", "endpoints": []any{endpointID(1)}, "timeout": "5s"})
							return
						}
						_, diags := w.apply(w.objects["a"].current, object{private: w.objects["a"].current.private}, nil)
						if len(diags) > 1 {
							expectNoDiagnostics(t, diags)
						}
					})
					<-rejected
					w.create(accepted(endpointID(1)))
					group.Wait()
					m.expectStatuses(t, "accepted", endpointID(1))
					if calls := m.decisions(); len(calls) > 5 {
						t.Errorf("calls %v", calls)
					}
				})
			})
		}
	}
}

// A rejection by the exclusive resource that was interrupted: what may stand by then
// stands in the end, also where the resource is destroyed.
func TestUnseen_exclusive(t *testing.T) {
	t.Parallel()
	letsStand := func(n int) map[string]fields {
		var ids []any
		for _, id := range endpointIDs(1, n) {
			ids = append(ids, id)
		}
		return a(fields{"instance_id": testInstance, "endpoints": ids})
	}
	for name, tc := range map[string]struct {
		after map[string]fields
		want  string
	}{
		"declared":  {letsStand(2), "accepted"},
		"destroyed": {nil, "accepted"},
		"again":     {letsStand(1), "rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask("accepted", endpointIDs(1, 2)...)
				w.resource = exclusiveType
				w.run(just(letsStand(1)))
				m.SetBehavior(mockapig.Behavior{RejectingFor: forever})
				w.interrupted(m, just(letsStand(1)))
				changes, told := w.plans(just(tc.after))
				if !told.warned(mayYet + ": " + endpointID(2)) {
					t.Errorf("the plan does not say so: %q", told.warnings)
				}
				m.lands("rejected")
				m.SetBehavior(mockapig.Behavior{})
				for _, text := range w.applies(changes, -1).errors {
					t.Error(text)
				}
				m.expectStatuses(t, "accepted", endpointID(1))
				m.expectStatuses(t, tc.want, endpointID(2))
				w.settledIn(just(tc.after))
				if _, told := w.plans(just(tc.after)); told.warned(mayYet) {
					t.Errorf("it is still said: %q", told.warnings)
				}
			})
		})
	}
}

// A deletion of an entry that was interrupted, and takes effect seconds later: its plan says
// so, and the entry is as configured in the end, also where the deletion never comes.
func TestUnseen_permissions(t *testing.T) {
	t.Parallel()
	one, two := fmt.Sprintf("%032x", 0xa1), fmt.Sprintf("%032x", 0xa2)
	lets := func(accounts ...any) map[string]fields {
		return a(fields{"instance_id": testInstance, "domain_ids": accounts})
	}
	retained := a(with(lets(one)["a"], "on_destroy", "retain"))
	for name, tc := range map[string]struct {
		behavior mockapig.Behavior
		after    map[string]fields
		force    bool
		lost     bool // the deletion never takes effect
		there    bool // the second account's entry, in the end
		within   time.Duration
	}{
		"put back":          {mockapig.Behavior{}, lets(one, two), false, false, true, 30 * time.Second},
		"put back, refused": {mockapig.Behavior{AddRefused: true}, lets(one, two), false, false, true, 30 * time.Second},
		"put back, lost":    {mockapig.Behavior{}, lets(one, two), false, true, true, 150 * time.Second},
		"replaced":          {mockapig.Behavior{}, lets(one, two), true, false, true, 30 * time.Second},
		"retained":          {mockapig.Behavior{}, retained, false, false, true, 30 * time.Second},
		"again":             {mockapig.Behavior{}, lets(one), false, false, false, 30 * time.Second},
		"destroyed":         {mockapig.Behavior{}, nil, false, false, false, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				config := func(all map[string]fields) map[string]wanted {
					to := map[string]wanted{}
					for address, c := range all {
						to[address] = wanted{kind: permissionsType, config: c}
					}
					return to
				}
				w.run(config(lets(one, two)))
				m.SetBehavior(tc.behavior)
				w.interruptedIn(m, mockapig.Fault{Operation: mockapig.OpDeletePermissions}, config(lets(one)))
				after := config(tc.after)
				for address, c := range after {
					c.force = tc.force
					after[address] = c
				}
				changes, told := w.plans(after)
				if !told.warned(mayYet+": "+two+": ") || !strings.Contains(strings.Join(told.warnings, " "), "asked to be deleted at") {
					t.Errorf("the plan does not say so: %q", told.warnings)
				}
				for _, c := range changes {
					if c.what == "" {
						t.Error("nothing is planned")
					}
				}
				if !tc.lost {
					time.AfterFunc(5*time.Second, func() { m.Forbid(testInstance, two) })
				}
				began := time.Now()
				for _, text := range w.applies(changes, -1).errors {
					t.Error(text)
				}
				if took := time.Since(began); took > tc.within {
					t.Errorf("it took %s", took)
				}
				passes(10 * time.Second)
				there := false
				for _, p := range m.Permissions(testInstance) {
					there = there || strings.HasSuffix(p.Permission, two)
				}
				if there != tc.there {
					t.Errorf("the entry is there: %t", there)
				}
				w.settledIn(config(tc.after))
				if _, told := w.plans(config(tc.after)); told.warned(mayYet) {
					t.Errorf("it is still said: %q", told.warnings)
				}
			})
		})
	}
}
