// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

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
			if prior.state != nil && got.state == nil {
				t.Error("it is not in the state any more")
			}
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
				m, w := awayWorld(t)
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
		}
	}
}

// Where all gateways of a run are gone, the address is likely to be wrong; where one answers, it is not.
func TestGone_everywhere(t *testing.T) {
	t.Parallel()
	const another = "3b9c1d3e5f7041638597a0b1c2d3e4f6"
	for name, remains := range map[string]bool{"all": false, "one of them": true} {
		m := newMock(t, mockapig.Config{})
		m.AddGateway(mockapig.Gateway{ID: another, ProjectID: testProject})
		m.ask("accepted", endpointID(1))
		m.Connect(another, mockapig.Connection{ID: endpointID(2), DomainID: partnerDomain, Status: "accepted"})
		w := newWire(t, m)
		one := w.create(accepted(endpointID(1)))
		other := w.create(with(accepted(endpointID(2)), "instance_id", another))
		m.RemoveGateway(testInstance)
		if !remains {
			m.RemoveGateway(another)
		}
		w.walk()
		_, diags := w.read(other)
		if remains {
			expectNoDiagnostics(t, diags)
		}
		_, diags = w.read(one)
		if remains {
			expectWarning(t, diags, "The gateway is gone")
			if strings.Contains(diags[0].Detail, "address") {
				t.Errorf("%s: %s", name, diags[0].Detail)
			}
			continue
		}
		expectWarning(t, diags, "The API says so of each gateway that this run has asked for (2). So a wrong address is likely: check `endpoints.apig` of the provider block")
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

// A gateway that has lost its endpoint service is not gone: reading it fails, and the state stays.
func TestGone_noService(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]fields{
		connectionType: accepted(awayAccepted...), permissionsType: permitting(awayPermitted...), exclusiveType: excluding(awayAccepted...),
	} {
		m, w := awayWorld(t)
		w = w.of(kind)
		made := w.create(config)
		m.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: testProject, NoEndpointService: true})
		read, diags := w.read(made)
		expectError(t, diags, "can't be read", "has no VPC endpoint service", "HTTP 404, APIC.7314", testInstance)
		if kind != exclusiveType {
			expectValue(t, "the state", made.state, read.state)
		}
		left, diags := w.apply(made, object{}, nil)
		if kind != exclusiveType {
			expectError(t, diags, "has no VPC endpoint service", "HTTP 404, APIC.7314", testInstance)
			expectValue(t, "the state", made.state, left.state)
		}
	}
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
	if got.state == nil {
		t.Error("it is not in the state any more")
	}
}

// A plan says once that a gateway is gone: what was read is planned anew, and that does not say it again.
func TestGone_toldOnceInAPlan(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		m.ask("accepted", endpointID(1))
		made := w.of(connectionType).create(accepted(endpointID(1)))
		m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Times: -1, Status: http.StatusNotFound, Code: "APIC.7302"})
		w.walk()
		read, diags := w.of(connectionType).read(made)
		if read.state != nil || len(diags) != 1 || !strings.HasPrefix(diags[0].Summary, "The gateway is gone") {
			t.Fatalf("it is read as %v, with %v", read, diags)
		}
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
				if len(diags) != 1 || !strings.Contains(diags[0].Detail, "The gateway does not exist in this region and project") {
					t.Errorf("%v", diags)
				}
				if took := time.Since(began); took > tc.within || took < tc.atLeast {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}
