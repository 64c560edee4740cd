// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

func excluding(ids ...string) fields {
	return fields{"instance_id": testInstance, "endpoints": listOf(ids...)}
}

// The endpoints and accounts of a world that tests of absent gateways begin with: two and two that are accepted and
// permitted, and one that asks.
var (
	awayAccepted  = endpointIDs(1, 2)
	awayAsking    = endpointID(3)
	awayPermitted = accountIDs(1, 2)
)

func awayWorld(t *testing.T) (*mock, *wire) {
	t.Helper()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", awayAccepted...)
	m.ask("pendingAcceptance", awayAsking)
	m.Permit(testInstance, awayPermitted...)
	return m, newWire(t, m)
}

// doing does something to what is there before, and ending is how it is to end.
type (
	doing  = func(w *wire, prior object) (object, []*tfprotov6.Diagnostic)
	ending = func(t *testing.T, m *mock, got object)
)

// away is an operation during which a gateway is away.
type away struct {
	operation string // of the mock, that is struck
	before    fields // the configuration of what is there
	do        doing
	ends      ending
}

// aways are all that is done to a gateway.
func aways() map[string]away {
	const lists, decides = mockapig.OpListConnections, mockapig.OpAcceptOrReject
	const permits, adds, deletes = mockapig.OpListPermissions, mockapig.OpAddPermissions, mockapig.OpDeletePermissions
	apply := func(config fields) doing {
		return func(w *wire, prior object) (object, []*tfprotov6.Diagnostic) {
			planned, diags := w.plan(prior, config)
			if failed(diags) {
				return prior, diags
			}
			made, more := w.apply(prior, planned, config)
			return made, append(slices.DeleteFunc(diags, isRelease), more...)
		}
	}
	imports := func(id string) doing {
		return func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) { return w.imports(id, nil) }
	}
	data := func(kind string) doing {
		return func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
			state, diags := w.data(kind, fields{"instance_id": testInstance})
			return object{state: state}, diags
		}
	}
	reject := func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
		_, diags := w.invoke(decisionType, decide("rejected", fields{"endpoints": listOf(awayAccepted...)}))
		return object{}, diags
	}
	become := func(status string, ids ...string) ending {
		return func(t *testing.T, m *mock, _ object) { t.Helper(); m.expectStatuses(t, status, ids...) }
	}
	permitted := func(ids ...string) ending {
		return func(t *testing.T, m *mock, _ object) { t.Helper(); m.expectPermitted(t, ids...) }
	}
	read := (*wire).read
	kept := func(t *testing.T, _ *mock, got object) {
		t.Helper()
		assert.Check(t, got.state != nil, "it is not in the state")
	}
	both, more := accepted(awayAccepted...), accepted(append(awayAccepted, awayAsking)...)
	accounts, account, another := permitting(awayPermitted...), permitting(awayPermitted[0]), permitting(partnerDomain)
	return map[string]away{
		"connection created, GET":  {lists, nil, apply(more), become("accepted", awayAsking)},
		"connection created, POST": {decides, nil, apply(more), become("accepted", awayAsking)},
		"connection read":          {lists, both, read, kept},
		"connection updated, GET":  {lists, both, apply(accepted(awayAccepted[0])), become("rejected", awayAccepted[1])},
		"connection updated, POST": {decides, both, apply(accepted(awayAccepted[0])), become("rejected", awayAccepted[1])},
		"connection deleted, GET":  {lists, both, apply(nil), become("rejected", awayAccepted...)},
		"connection deleted, POST": {decides, both, apply(nil), become("rejected", awayAccepted...)},
		"connection imported":      {lists, nil, imports(importID(awayAccepted...)), kept},
		"connections found": {lists, nil, func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
			found, diags := w.list(fields{"instance_id": testInstance}, 10, false)
			return object{state: found}, diags
		}, func(t *testing.T, _ *mock, got object) {
			found, _ := got.state.([]listed)
			assert.Check(t, len(found) == 2, "found %v", found)
		}},
		"connection decided, GET":  {lists, nil, reject, become("rejected", awayAccepted...)},
		"connection decided, POST": {decides, nil, reject, become("rejected", awayAccepted...)},
		"connections, data":        {lists, nil, data(connectionType + "s"), kept},
		"permissions, data":        {permits, nil, data(permissionsType), kept},

		permissionsType + " created, GET":  {permits, nil, apply(another), permitted(append(awayPermitted, partnerDomain)...)},
		permissionsType + " created, POST": {adds, nil, apply(another), permitted(append(awayPermitted, partnerDomain)...)},
		permissionsType + " read":          {permits, accounts, read, kept},
		permissionsType + " updated, GET":  {permits, accounts, apply(account), permitted(awayPermitted[0])},
		permissionsType + " updated, POST": {deletes, accounts, apply(account), permitted(awayPermitted[0])},
		permissionsType + " deleted, GET":  {permits, accounts, apply(nil), permitted()},
		permissionsType + " deleted, POST": {deletes, accounts, apply(nil), permitted()},
		permissionsType + " imported":      {permits, nil, imports(importID(awayPermitted...)), kept},

		exclusiveType + " created":       {lists, nil, apply(excluding(awayAccepted...)), kept},
		exclusiveType + " read":          {lists, excluding(awayAccepted...), read, kept},
		exclusiveType + " updated, GET":  {lists, excluding(awayAccepted...), apply(excluding(awayAccepted[0])), become("rejected", awayAccepted[1])},
		exclusiveType + " updated, POST": {decides, excluding(awayAccepted...), apply(excluding(awayAccepted[0])), become("rejected", awayAccepted[1])},
		exclusiveType + " imported":      {lists, nil, imports(testInstance), kept},
	}
}

// isRelease tells whether a plan says what it will reject.
func isRelease(d *tfprotov6.Diagnostic) bool {
	return strings.HasPrefix(d.Summary, "Connections will be rejected") || strings.HasPrefix(d.Summary, "Undeclared connections")
}

// forAway has a test go on where an operation is about to begin, for each whose name holds the pattern.
func forAway(t *testing.T, pattern string, test func(t *testing.T, name string, step away, m *mock, w *wire, prior object)) {
	t.Helper()
	for name, step := range aways() {
		if !regexp.MustCompile(pattern).MatchString(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m, w := awayWorld(t)
				w.resource = connectionType
				if kind, _, _ := strings.Cut(name, " "); strings.HasPrefix(kind, "apig_") {
					w.resource = kind
				}
				var prior object
				if step.before != nil {
					prior = w.create(step.before)
				}
				test(t, name, step, m, w, prior)
			})
		})
	}
}

// missing404 is how a gateway is said not to exist.
func missing404(operation string, times int, code string) mockapig.Fault {
	return mockapig.Fault{Operation: operation, Times: times, Status: http.StatusNotFound, Code: code, Message: "not here"}
}

// Whatever is done, a gateway that is said not to exist for a moment, by a listing or by a call that decides, is there: what
// was to be done is done, nothing is forgotten, and nothing is said of it.
func TestGone_forMoments(t *testing.T) {
	t.Parallel()
	for i, code := range []string{"APIC.7302", "APIG.3030", "APIC.7314"} {
		forAway(t, "", func(t *testing.T, _ string, step away, m *mock, w *wire, prior object) {
			m.Fail(missing404(step.operation, i+1, code))
			got, diags := step.do(w, prior)
			expectNoDiagnostics(t, diags)
			step.ends(t, m, got)
		})
	}
}

// One that is said so for long enough is gone: it leaves the state, or its destruction ends, with one warning that lists what
// could not be done. All else is an error. That it may be the address is told in the same message.
func TestGone_forGood(t *testing.T) {
	t.Parallel()
	ends := map[string]struct {
		errs    bool
		phrases []string // of the only message
	}{
		"connection created, GET":         {true, []string{"Not all endpoints could be decided"}},
		"connection read":                 {false, []string{"The gateway is gone: " + awayAccepted[0] + " and 1 more", "so this resource leaves the state", line(1, "accepted") + " " + line(2, "accepted")}},
		"connection updated, GET":         {false, []string{"Not rejected, since the gateway is gone: " + awayAccepted[1], line(2, "accepted")}},
		"connection deleted, GET":         {false, []string{"Not rejected, since the gateway is gone: " + awayAccepted[0] + " and 1 more", line(1, "accepted") + " " + line(2, "accepted")}},
		"connection imported":             {true, []string{"The endpoints can't be imported"}},
		"connections found":               {true, []string{"The connections can't be listed"}},
		"connection decided, GET":         {true, []string{"The connections can't be listed"}},
		"connections, data":               {true, []string{"The connections can't be listed"}},
		"permissions, data":               {true, []string{"The permissions can't be listed"}},
		permissionsType + " read":         {false, []string{"The gateway is gone: " + awayPermitted[0] + " and 1 more", awayPermitted[1]}},
		permissionsType + " created, GET": {true, []string{"The permissions can't be changed"}},
		permissionsType + " updated, GET": {false, []string{"Not deleted, since the gateway is gone: " + awayPermitted[1]}},
		permissionsType + " deleted, GET": {false, []string{"Not deleted, since the gateway is gone: " + awayPermitted[0] + " and 1 more", awayPermitted[1]}},
		permissionsType + " imported":     {true, []string{"The permissions can't be imported"}},
		exclusiveType + " created":        {true, []string{"The connections can't be listed"}},
		exclusiveType + " read":           {false, []string{"The gateway is gone"}},
		exclusiveType + " updated, GET":   {true, []string{"Not all endpoints could be decided", awayAccepted[1] + " (to reject; not looked at)"}},
		exclusiveType + " imported":       {true, []string{"The gateway can't be imported"}},
	}
	forAway(t, "[^T]$|GET$", func(t *testing.T, name string, step away, m *mock, w *wire, prior object) {
		want, ok := ends[name]
		assert.Assert(t, ok, "how does it end?")
		m.RemoveGateway(testInstance)
		got, diags := step.do(w, prior)
		diags = slices.DeleteFunc(diags, func(d *tfprotov6.Diagnostic) bool { // of the plan of a creation
			return want.errs && d.Severity == tfprotov6.DiagnosticSeverityWarning
		})
		phrases := append(want.phrases, "HTTP 404, APIC.7302", "The API has said so", "a wrong address is likely", "`endpoints.apig`")
		if want.errs {
			expectError(t, diags, phrases...)
		} else {
			expectWarning(t, diags, phrases...)
		}
		forgets := strings.Contains(name, "read") || strings.Contains(name, "deleted")
		assert.Check(t, !forgets || got.state == nil, "the state has %v", got.state)
	})
}

// Where the call that decides is answered so for good, and listings are not, the gateway is not gone: nothing is forgotten.
func TestGone_forOneCallOnly(t *testing.T) {
	t.Parallel()
	forAway(t, "POST$", func(t *testing.T, _ string, step away, m *mock, w *wire, prior object) {
		m.Fail(missing404(step.operation, -1, "APIC.7302"))
		got, diags := step.do(w, prior)
		expectError(t, diags, "The API said that the gateway does not exist, each time that this was asked for, and answered other calls in between",
			"Nothing is forgotten for it", "HTTP 404, APIC.7302")
		assert.Check(t, prior.state == nil || got.state != nil, "it is not in the state any more")
		m.expectStatuses(t, "accepted", awayAccepted...)
	})
}

// A gateway that was made a moment ago is asked for a minute by whoever creates something on it, or is the first to read it;
// its plan in the apply has asked before.
func TestGone_atItsStart(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"APIC.7302", "APIC.7314"} {
		forAway(t, "created, GET| created$|data|decided, GET", func(t *testing.T, name string, step away, m *mock, w *wire, _ object) {
			m.patient = true
			w.walk()
			times := 6
			if strings.Contains(name, "created") {
				times = 15 // more than its plan asks for
			}
			m.Fail(missing404(step.operation, times, code))
			got, diags := step.do(w, object{})
			diags = slices.DeleteFunc(diags, func(d *tfprotov6.Diagnostic) bool { // of the plan
				return d.Severity == tfprotov6.DiagnosticSeverityWarning && strings.Contains(d.Summary, "can't be")
			})
			expectNoDiagnostics(t, diags)
			step.ends(t, m, got)
		})
	}
}

// Where one gateway of a run answers, the address is not likely to be wrong.
func TestGone_oneOfTwo(t *testing.T) {
	t.Parallel()
	m, w := awayWorld(t)
	m.AddGateway(mockapig.Gateway{ID: otherInstance, ProjectID: testProject})
	m.Connect(otherInstance, mockapig.Connection{ID: endpointID(9), DomainID: partnerDomain, Status: "accepted"})
	one, other := w.create(accepted(awayAccepted...)), w.create(with(accepted(endpointID(9)), "instance_id", otherInstance))
	m.RemoveGateway(testInstance)
	w.walk()
	w.ok(w.read(other))
	_, diags := w.read(one)
	expectWarning(t, diags, "The gateway is gone")
	assert.Check(t, !strings.Contains(diags[0].Detail, "address"), diags[0].Detail)
}

// The destruction of what is forgotten while it is planned, which some CLIs plan all the same, says nothing else than that.
func TestGone_planIsTrue(t *testing.T) {
	t.Parallel()
	m, w := awayWorld(t)
	made := w.create(accepted(awayAccepted...))
	m.RemoveGateway(testInstance)
	w.walk()
	read, diags := w.read(made)
	expectWarning(t, diags, "The gateway is gone", "If it exists all the same, these are as they were, and are not rejected by a destroy any more, nor by an apply of this plan where it says so: "+line(1, "accepted"))
	expectValue(t, "the state", nil, read.state)
	w.ok(w.plan(made, nil))
	w.walk() // what was read is planned anew, and does not say it again
	_, diags = w.read(made)
	expectWarning(t, diags, "The gateway is gone")
	w.ok(w.plan(object{}, accepted(awayAccepted...)))

	// A destroy plans the creation of what is configured first, and is not to fail.
	w.walk()
	_, diags = w.plan(object{}, accepted(awayAccepted...))
	expectWarning(t, diags, "The endpoints can't be looked up", "The gateway does not exist in this region and project. Check `instance_id`", "HTTP 404, APIC.7302", testInstance)
}

// An update that releases on a gateway that is gone, and is to accept there too, lists the one and fails for the other.
func TestGone_updateOfBoth(t *testing.T) {
	t.Parallel()
	m, w := awayWorld(t)
	made := w.create(accepted(awayAccepted...))
	config := accepted(awayAccepted[0], awayAsking)
	planned, _ := w.plan(made, config)
	m.RemoveGateway(testInstance)
	got, diags := w.apply(made, planned, config)
	assert.Assert(t, is.Len(diags, 2))
	expectWarning(t, diags[:1], "Not rejected, since the gateway is gone", line(2, "accepted"))
	expectError(t, diags[1:], "Not all endpoints could be decided", awayAsking+" (to accept; not looked at)")
	assert.Check(t, got.state != nil, "it is not in the state any more")
}

// A data source of a mistyped gateway does not hold up a plan for as long as an apply waits for a gateway that it has made.
func TestGone_dataInAPlan(t *testing.T) {
	for name, tc := range map[string]struct {
		plans           bool
		within, atLeast time.Duration
	}{
		"plan":             {true, 15 * time.Second, 0},
		"perhaps an apply": {false, 70 * time.Second, 50 * time.Second},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.ask("accepted", endpointID(1))
			made := w.of(connectionType).create(accepted(endpointID(1)))
			w.walk()
			if tc.plans {
				_, diags := w.of(connectionType).read(made)
				expectNoDiagnostics(t, diags)
			}
			began := time.Now()
			_, diags := w.data(connectionType+"s", fields{"instance_id": strings.Repeat("f", 32)})
			assert.Check(t, len(diags) == 1 && strings.Contains(diags[0].Detail, "The gateway does not exist in this region and project"), "%v", diags)
			took := time.Since(began)
			assert.Check(t, took <= tc.within && took >= tc.atLeast, "it took %s", took)
		})
	}
}
