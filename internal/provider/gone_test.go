// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"gotest.tools/v3/assert"

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

// away is an operation during which a gateway is away.
type away struct {
	operation string // of the mock, that is struck
	// prepare makes what do works on, before that.
	prepare func(w *wire) object
	do      func(w *wire, prior object) (object, []*tfprotov6.Diagnostic)
	ends    func(t *testing.T, m *mock, got object) // as it is to end
}

func applied(w *wire, prior object, config fields) (object, []*tfprotov6.Diagnostic) {
	planned, diags := w.plan(prior, config)
	if failed(diags) {
		return prior, diags
	}
	made, more := w.apply(prior, planned, config)
	return made, append(slices.DeleteFunc(diags, isRelease), more...)
}

// isRelease tells whether a plan says what it will reject.
func isRelease(d *tfprotov6.Diagnostic) bool {
	return strings.HasPrefix(d.Summary, "Connections will be rejected") || strings.HasPrefix(d.Summary, "Undeclared connections")
}

// aways are all that is done to a gateway.
func aways() map[string]away {
	const lists, decides = mockapig.OpListConnections, mockapig.OpAcceptOrReject
	const permits, adds, deletes = mockapig.OpListPermissions, mockapig.OpAddPermissions, mockapig.OpDeletePermissions
	nothing := func(*wire) object { return object{} }
	made := func(config fields) func(*wire) object {
		return func(w *wire) object { return w.create(config) }
	}
	apply := func(config fields) func(*wire, object) (object, []*tfprotov6.Diagnostic) {
		return func(w *wire, prior object) (object, []*tfprotov6.Diagnostic) { return applied(w, prior, config) }
	}
	read := func(w *wire, prior object) (object, []*tfprotov6.Diagnostic) { return w.read(prior) }
	is := func(status string, ids ...string) func(*testing.T, *mock, object) {
		return func(t *testing.T, m *mock, _ object) { t.Helper(); m.expectStatuses(t, status, ids...) }
	}
	kept := func(t *testing.T, _ *mock, got object) {
		t.Helper()
		assert.Check(t, got.state != nil, "it is not in the state")
	}
	permitted := func(ids ...string) func(*testing.T, *mock, object) {
		return func(t *testing.T, m *mock, _ object) { t.Helper(); m.expectPermitted(t, ids...) }
	}
	both, more := accepted(awayAccepted...), accepted(append(awayAccepted, awayAsking)...)
	return map[string]away{
		"connection created, GET":  {lists, nothing, apply(more), is("accepted", awayAsking)},
		"connection created, POST": {decides, nothing, apply(more), is("accepted", awayAsking)},
		"connection read":          {lists, made(both), read, kept},
		"connection updated, GET":  {lists, made(both), apply(accepted(awayAccepted[0])), is("rejected", awayAccepted[1])},
		"connection updated, POST": {decides, made(both), apply(accepted(awayAccepted[0])), is("rejected", awayAccepted[1])},
		"connection deleted, GET":  {lists, made(both), apply(nil), is("rejected", awayAccepted...)},
		"connection deleted, POST": {decides, made(both), apply(nil), is("rejected", awayAccepted...)},
		"connection imported": {lists, nothing, func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
			return w.imports(testInstance+"/"+strings.Join(awayAccepted, ","), nil)
		}, kept},
		"connections found": {lists, nothing, func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
			found, diags := w.list(fields{"instance_id": testInstance}, 10, false)
			return object{state: found}, diags
		}, func(t *testing.T, _ *mock, got object) {
			found, _ := got.state.([]listed)
			assert.Check(t, len(found) == 2, "found %v", found)
		}},
		"connection decided, GET": {lists, nothing, func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
			_, diags := w.invoke(decisionType, decide("rejected", fields{"endpoints": listOf(awayAccepted...)}))
			return object{}, diags
		}, is("rejected", awayAccepted...)},
		"connection decided, POST": {decides, nothing, func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
			_, diags := w.invoke(decisionType, decide("rejected", fields{"endpoints": listOf(awayAccepted...)}))
			return object{}, diags
		}, is("rejected", awayAccepted...)},
		"connections, data": {lists, nothing, func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
			state, diags := w.data("apig_vpc_endpoint_connections", fields{"instance_id": testInstance})
			return object{state: state}, diags
		}, kept},
		"permissions, data": {permits, nothing, func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
			state, diags := w.data(permissionsType, fields{"instance_id": testInstance})
			return object{state: state}, diags
		}, kept},

		permissionsType + " created, GET":  {permits, nothing, apply(permitting(partnerDomain)), permitted(append(awayPermitted, partnerDomain)...)},
		permissionsType + " created, POST": {adds, nothing, apply(permitting(partnerDomain)), permitted(append(awayPermitted, partnerDomain)...)},
		permissionsType + " read":          {permits, made(permitting(awayPermitted...)), read, kept},
		permissionsType + " updated, GET":  {permits, made(permitting(awayPermitted...)), apply(permitting(awayPermitted[0])), permitted(awayPermitted[0])},
		permissionsType + " updated, POST": {deletes, made(permitting(awayPermitted...)), apply(permitting(awayPermitted[0])), permitted(awayPermitted[0])},
		permissionsType + " deleted, GET":  {permits, made(permitting(awayPermitted...)), apply(nil), permitted()},
		permissionsType + " deleted, POST": {deletes, made(permitting(awayPermitted...)), apply(nil), permitted()},
		permissionsType + " imported": {permits, nothing, func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
			return w.imports(testInstance+"/"+strings.Join(awayPermitted, ","), nil)
		}, kept},

		exclusiveType + " created":       {lists, nothing, apply(excluding(awayAccepted...)), kept},
		exclusiveType + " read":          {lists, made(excluding(awayAccepted...)), read, kept},
		exclusiveType + " updated, GET":  {lists, made(excluding(awayAccepted...)), apply(excluding(awayAccepted[0])), is("rejected", awayAccepted[1])},
		exclusiveType + " updated, POST": {decides, made(excluding(awayAccepted...)), apply(excluding(awayAccepted[0])), is("rejected", awayAccepted[1])},
		exclusiveType + " imported": {lists, nothing, func(w *wire, _ object) (object, []*tfprotov6.Diagnostic) {
			return w.imports(testInstance, nil)
		}, kept},
	}
}

// resourceOf is the type that a test is about, by its name.
func resourceOf(name string) string {
	if kind, _, _ := strings.Cut(name, " "); strings.HasPrefix(kind, "apig_") {
		return kind
	}
	return connectionType
}

// Whatever is done, a gateway that is said not to exist for a moment, by a listing or by a call that decides, is there: what
// was to be done is done, nothing is forgotten, and nothing is said of it.
func TestGone_forMoments(t *testing.T) {
	t.Parallel()
	codes := []string{"APIC.7302", "APIG.3030", "APIC.7314"}
	for name, step := range aways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, code := range codes {
				m, w := awayWorld(t)
				w = w.of(resourceOf(name))
				prior := step.prepare(w)
				m.Fail(mockapig.Fault{Operation: step.operation, Times: i + 1, Status: http.StatusNotFound, Code: code, Message: "not here"})
				got, diags := step.do(w, prior)
				expectNoDiagnostics(t, diags)
				step.ends(t, m, got)
			}
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
	for name, step := range aways() {
		if strings.HasSuffix(name, "POST") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, ok := ends[name]
			assert.Assert(t, ok, "how does it end?")
			m, w := awayWorld(t)
			w = w.of(resourceOf(name))
			prior := step.prepare(w)
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
}

// Where the call that decides is answered so for good, and listings are not, the gateway is not gone: nothing is forgotten.
func TestGone_forOneCallOnly(t *testing.T) {
	t.Parallel()
	for name, step := range aways() {
		if !strings.HasSuffix(name, "POST") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, w := awayWorld(t)
			w = w.of(resourceOf(name))
			prior := step.prepare(w)
			m.Fail(mockapig.Fault{Operation: step.operation, Times: -1, Status: http.StatusNotFound, Code: "APIC.7302", Message: "not here"})
			got, diags := step.do(w, prior)
			expectError(t, diags, "The API said that the gateway does not exist, each time that this was asked for, and answered other calls in between", "Nothing is forgotten for it", "HTTP 404, APIC.7302")
			assert.Check(t, prior.state == nil || got.state != nil, "it is not in the state any more")
			m.expectStatuses(t, "accepted", awayAccepted...)
		})
	}
}

// A gateway that was made a moment ago is asked for a minute by whoever creates something on it, or is the first to read it;
// its plan in the apply has asked before.
func TestGone_atItsStart(t *testing.T) {
	t.Parallel()
	for name, step := range aways() {
		if !strings.Contains(name, "created, GET") && !strings.HasSuffix(name, " created") && !strings.Contains(name, "data") && !strings.Contains(name, "decided, GET") {
			continue
		}
		for _, code := range []string{"APIC.7302", "APIC.7314"} {
			t.Run(name+", "+code, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					m, w := awayWorld(t)
					m.patient = true
					w = w.of(resourceOf(name))
					w.walk()
					times := 6
					if strings.Contains(name, "created") {
						times = 15 // more than its plan asks for
					}
					m.Fail(mockapig.Fault{Operation: step.operation, Times: times, Status: http.StatusNotFound, Code: code, Message: "not here yet"})
					got, diags := step.do(w, object{})
					diags = slices.DeleteFunc(diags, func(d *tfprotov6.Diagnostic) bool { // of the plan
						return d.Severity == tfprotov6.DiagnosticSeverityWarning && strings.Contains(d.Summary, "can't be")
					})
					expectNoDiagnostics(t, diags)
					step.ends(t, m, got)
				})
			})
		}
	}
}

// Where one gateway of a run answers, the address is not likely to be wrong.
func TestGone_oneOfTwo(t *testing.T) {
	t.Parallel()
	const another = "3b9c1d3e5f7041638597a0b1c2d3e4f6"
	m, w := awayWorld(t)
	m.AddGateway(mockapig.Gateway{ID: another, ProjectID: testProject})
	m.Connect(another, mockapig.Connection{ID: endpointID(9), DomainID: partnerDomain, Status: "accepted"})
	one, other := w.create(accepted(awayAccepted...)), w.create(with(accepted(endpointID(9)), "instance_id", another))
	m.RemoveGateway(testInstance)
	w.walk()
	w.ok(w.read(other))
	_, diags := w.read(one)
	expectWarning(t, diags, "The gateway is gone")
	if strings.Contains(diags[0].Detail, "address") {
		t.Error(diags[0].Detail)
	}
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
	if len(diags) != 2 {
		expectNoDiagnostics(t, diags)
		t.Fatalf("%d diagnostics", len(diags))
	}
	expectWarning(t, diags[:1], "Not rejected, since the gateway is gone", line(2, "accepted"))
	expectError(t, diags[1:], "Not all endpoints could be decided", awayAsking+" (to accept; not looked at)")
	assert.Check(t, got.state != nil, "it is not in the state any more")
}

// A plan says once that a gateway is gone: what was read is planned anew, and that does not say it again.
func TestGone_toldOnceInAPlan(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		m.ask("accepted", endpointID(1))
		made := w.of(connectionType).create(accepted(endpointID(1)))
		m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Times: -1, Status: http.StatusNotFound, Code: "APIC.7302"})
		w.walk()
		read, diags := w.of(connectionType).read(made)
		assert.Assert(t, read.state == nil && len(diags) == 1 && strings.HasPrefix(diags[0].Summary, "The gateway is gone"),
			"it is read as %v, with %v", read, diags)
		_, diags = w.of(connectionType).plan(object{}, accepted(endpointID(1)))
		expectNoDiagnostics(t, diags)
	})
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
		t.Run(name, func(t *testing.T) {
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
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
		})
	}
}
