// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

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
