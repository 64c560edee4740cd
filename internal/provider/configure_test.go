// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A token of an identity provider is exchanged when the provider is configured, and not while anything of its block is
// unknown: it may have ended when the first call comes to the gateway.
func TestConfigure_exchangesIDToken(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		m.environment = environ("HW_ASSUME_ROLE_IDP_ID=pipeline", "HW_ASSUME_ROLE_ID_TOKEN="+idToken,
			"HW_ASSUME_ROLE_AGENCY_NAME=operators", "HW_ASSUME_ROLE_DOMAIN_NAME=owner")
		m.delegate()
		m.ask("pendingAcceptance", endpointID(1))
		delete(w.wire.config, "token")
		config := w.wire.config
		exchanged := func(what string, want int) {
			t.Helper()
			w.walk()
			synctest.Wait()
			expectValue(t, what, want, m.Count(mockapig.OpExchangeIDToken))
		}
		for _, argument := range []string{"region", "project_id", "project_name"} {
			w.wire.config = with(config, argument, unknown)
			exchanged(argument+" unknown", 0)
		}
		w.wire.config = with(config, "endpoints", fields{"apig": m.url, "iam": m.url, "vpc": unknown})
		exchanged("an address unknown", 0)
		w.wire.config = config
		exchanged("known", 1)
		passes(time.Second)
		m.AddIDToken(idToken, mockapig.IDToken{ProviderID: "another"})
		w.of(connectionType).create(accepted(endpointID(1)))
		expectValue(t, "exchanges in the end", 1, m.Count(mockapig.OpExchangeIDToken))
	})
}

// Terraform asks for the limits of durations when it validates.
func TestConfigure_validatesDurations(t *testing.T) {
	t.Parallel()
	w := newWire(t, newMock(t, mockapig.Config{}))
	role := func(seconds any) fields { return fields{"agency_name": "a", "domain_id": "d", "duration": seconds} }
	config := fields{"region": "cn-north-4", "token": unknown, "assume_role": []any{role(int64(43201)), role(unknown), role(int64(7200))}}
	resp, err := w.start().ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: w.encode(w.schemas.Provider.ValueType(), config)})
	assert.NilError(t, err)
	var got []string
	for _, d := range resp.Diagnostics {
		got = append(got, fmt.Sprintf("%s: %s", d.Attribute, d.Summary))
	}
	expectValue(t, "problems", []string{
		`AttributeName("assume_role").ElementKeyInt(0).AttributeName("duration"): Invalid duration`,
		`AttributeName("assume_role").ElementKeyInt(2).AttributeName("duration"): Invalid duration`,
	}, got)
}

// A configured provider that needs an unknown argument defers all that is asked of it.
func TestConfigure_defers(t *testing.T) {
	t.Parallel()
	w := newWire(t, newMock(t, mockapig.Config{}))
	s := w.start()
	resp, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config:             w.encode(w.schemas.Provider.ValueType(), with(w.config, "token", unknown)),
		ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: true},
	})
	assert.NilError(t, err)
	expectNoDiagnostics(t, resp.Diagnostics)
	for name, kind := range w.schemas.ResourceSchemas {
		null := w.encode(kind.ValueType(), nil)
		planned, err := s.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: name, PriorState: null, Config: null, ProposedNewState: null,
			ClientCapabilities: &tfprotov6.PlanResourceChangeClientCapabilities{DeferralAllowed: true},
		})
		assert.NilError(t, err)
		assert.Check(t, len(planned.Diagnostics) <= 0 && planned.Deferred != nil, "%s: %v, %v", name, planned.Diagnostics, planned.Deferred)
	}
}
