// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// placed is a provider block at the mock, with other arguments than a token.
func (m *mock) placed(arguments ...string) string {
	return providerBlock(append([]string{withRegion, withProject, m.addresses(), "max_retries = 0"}, arguments...)...)
}

// What somebody reads who can't sign in: which credentials, from where, and what to do.
func TestSignIn_messages(t *testing.T) {
	guest := []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret}
	file := func(profile string, more ...string) string {
		return "HW_SHARED_CONFIG_FILE=" + writeFile(t, "{"+strings.Join(more, "")+`"current": "default", "profiles": [{"name": "default", `+profile+`}]}`)
	}
	ofInstance := []string{file(`"mode": "ecsAgency"`)}
	fails := func(environment []string, arguments string, bare bool, want ...string) messageCase {
		return messageCase{environment: environ(environment...), command: planning, want: want, config: func(m *mock) string {
			m.delegate()
			if bare {
				m.BeInstance("", mockapig.MetadataTokensRequired)
			}
			return signingIn(arguments)(m)
		}}
	}
	for name, tc := range map[string]messageCase{
		"agency refused": fails(guest, agencyBlock("agency_name = \"nobody\"\n    domain_name = \"owner\""), false,
			`The agency "nobody" of account "owner" can't be assumed. Check its name and account in `+"`assume_role`",
			`assuming the agency "nobody" of account "owner": get temporary keys of an agency: HTTP 403`, "/v3.0/OS-CREDENTIAL/securitytokens", requestID),
		"keys refused before the agency": fails([]string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=another-secret"}, agencyBlock(agencyByID), false,
			"The API refuses the credentials: access_key from HW_ACCESS_KEY, secret_key from HW_SECRET_KEY, then as the agency \"operators\" of account "+ownerDomain+".",
			"Check that access key and secret key belong together", "assume an agency: HTTP 40"),
		"no file of the ID token": fails(append([]string{"HW_ASSUME_ROLE_ID_TOKEN_FILE=/does/not/exist"}, oidcVariables...), "", false,
			"Check `id_token_file` in `assume_role_with_oidc` (HW_ASSUME_ROLE_ID_TOKEN_FILE)", "open /does/not/exist: ",
			`signing in with the ID token in /does/not/exist of the identity provider "pipeline"`),
		"ID token refused": fails(append([]string{"HW_ASSUME_ROLE_ID_TOKEN=another-secret"}, oidcVariables...), "", false,
			"The API refuses the credentials: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID", "Check that the identity provider is known to IAM by this ID",
			"exchange the ID token: HTTP 401", "The ID token is invalid or has expired", requestID),
		"instance without an agency": fails(nil, "", true,
			"The metadata service of this machine, which was asked since no other credentials are configured, gives none.", "If this is an ECS instance, give it an agency", "signing in by the metadata service of this ECS instance", "Please configure Cloud Service Agency first"),
		"profile of an instance without an agency": fails(ofInstance, "", true,
			`The metadata service of this machine, which was asked since the mode of the profile "default" in `, `is "ecsAgency", gives none. If this is an ECS instance, give it an agency`),
		"profile of an instance elsewhere": fails(ofInstance, "", false,
			`Credentials of an ECS instance are asked for, since the mode of the profile "default" in `,
			`is "ecsAgency", and this is no ECS instance that could get some from its metadata service. Give one of these`),
	} {
		t.Run(name, tc.run)
	}
}

// A renewal that fails in the middle of an apply leaves a true state, says whose
// keys it was, and the next apply finishes. What is refused is asked for once more alone.
func TestSignIn_renewalFails(t *testing.T) {
	ids := endpointIDs(1, 2)
	for name, tc := range map[string]struct {
		environment []string
		arguments   string
		ends        func(m *mock)
		fault       mockapig.Fault
		asked       int // for new ones, with the first
		want        []string
	}{
		"agency": {
			[]string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret},
			agencyBlock(agencyByName), func(m *mock) { m.ExpireKeys() },
			mockapig.Fault{Operation: mockapig.OpCreateKeys, Status: http.StatusForbidden, Code: "IAM.0002", Message: "the agency was withdrawn"},
			2,
			[]string{`The agency "operators" of account "owner" can't be assumed.`, "HTTP 403, IAM.0002: the agency was withdrawn", ids[0], ids[1]},
		},
		"password": {
			[]string{"HW_USER_NAME=operator", "HW_USER_PASSWORD=secret-password", "HW_DOMAIN_NAME=owner"},
			"", func(m *mock) { m.ExpireTokens() },
			mockapig.Fault{Operation: mockapig.OpCreateToken, Status: http.StatusUnauthorized, Code: "401", Message: "The username or password is wrong"},
			2,
			[]string{"The username or password is wrong"},
		},
	} {
		runOnStage(t, name, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
			m.environment = environ(tc.environment...)
			m.delegate()
			m.ask("pendingAcceptance", ids...)
			s.configure(m.placed(tc.arguments) + block("test", "accepted", hclList(ids), limits))
			s.must("plan")
			m.ResetJournal()
			m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Do: func() { tc.ends(m) }})
			tc.fault.Skip = 1
			m.Fail(tc.fault)
			s.applySaved().expect(t, 1, append(tc.want, "the credentials were refused and could not be renewed")...)
			assert.Check(t, is.Equal(m.Count(tc.fault.Operation), tc.asked))
			m.expectStatuses(t, "pendingAcceptance", ids...)
			s.again()
			m.expectStatuses(t, "accepted", ids...)
		})
	}
}

// What is left over in the environment is warned of once, and no more is needed than what is taken.
func TestSignIn_leftovers(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.environment = environ("HW_AUTH_TOKEN="+testToken, "HW_ACCESS_KEY=left over", "OS_PASSWORD=another-secret")
		m.ask("pendingAcceptance", endpointIDs(1, 2)...)
		s.then(m.placed("")+block("one", "accepted", hclList(endpointIDs(1, 1)), limits)+block("two", "accepted", hclList(endpointIDs(2, 2)), limits),
			warns("Environment variables are ignored", "The provider signs in by token (token from HW_AUTH_TOKEN).", "which is ignored: HW_ACCESS_KEY, OS_PASSWORD."))
	})
}

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
