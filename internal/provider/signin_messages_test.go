// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// placed is a provider block at the mock, with other arguments than a token.
func (m *mock) placed(arguments string) string {
	return fmt.Sprintf("\nprovider \"apig\" {\n  region = %q\n  project_id = %q\n  endpoints = { apig = %q, iam = %q, sts = %q }\n  max_retries = 0\n  %s\n}\n",
		testRegion, testProject, m.url, m.url, m.url, arguments)
}

// What somebody reads who can't sign in: which credentials, from where, and what
// to do.
func TestSignIn_messages(t *testing.T) {
	guest := []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret}
	file := func(profile string, more ...string) string {
		return "HW_SHARED_CONFIG_FILE=" + writeFile(t, "{"+strings.Join(more, "")+`"current": "default", "profiles": [{"name": "default", `+profile+`}]}`)
	}
	bare := func(m *mock) { m.BeInstance("", mockapig.MetadataTokensRequired) }
	ofInstance := []string{file(`"mode": "ecsAgency"`)}
	for name, tc := range map[string]struct {
		environment []string
		arguments   string
		prepare     func(*mock)
		want        []string
	}{
		"agency refused": {
			environment: guest, arguments: agencyBlock("agency_name = \"nobody\"\n    domain_name = \"owner\""),
			want: []string{
				`The agency "nobody" of account "owner" can't be assumed. Check its name and account in ` + "`assume_role`",
				`assuming the agency "nobody" of account "owner": get temporary keys of an agency: HTTP 403`, "/v3.0/OS-CREDENTIAL/securitytokens", requestID,
			},
		},
		"keys refused before the agency": {
			environment: []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=another-secret"}, arguments: agencyBlock(agencyByID),
			want: []string{
				"The API refuses the credentials: access_key from HW_ACCESS_KEY, secret_key from HW_SECRET_KEY, then as the agency \"operators\" of account " + ownerDomain + ".",
				"Check that access key and secret key belong together", "assume an agency: HTTP 40",
			},
		},
		"no file of the ID token": {
			environment: append([]string{"HW_ASSUME_ROLE_ID_TOKEN_FILE=/does/not/exist"}, oidcVariables...),
			want: []string{
				"Check `id_token_file` in `assume_role_with_oidc` (HW_ASSUME_ROLE_ID_TOKEN_FILE)", "open /does/not/exist: ",
				`signing in with the ID token in /does/not/exist of the identity provider "pipeline"`,
			},
		},
		"ID token refused": {
			environment: append([]string{"HW_ASSUME_ROLE_ID_TOKEN=another-secret"}, oidcVariables...),
			want: []string{
				"The API refuses the credentials: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID", "Check that the identity provider is known to IAM by this ID",
				"exchange the ID token: HTTP 401", "The ID token is invalid or has expired", requestID,
			},
		},
		"instance without an agency": {
			prepare: bare,
			want: []string{
				"The metadata service of this machine, which was asked since no other credentials are configured, gives none.", "If this is an ECS instance, give it an agency", "signing in by the metadata service of this ECS instance", "Please configure Cloud Service Agency first",
			},
		},
		"profile of an instance without an agency": {
			environment: ofInstance, prepare: bare,
			want: []string{
				`The metadata service of this machine, which was asked since the mode of the profile "default" in `, `is "ecsAgency", gives none. If this is an ECS instance, give it an agency`,
			},
		},
		"profile of an instance elsewhere": {
			environment: ofInstance,
			want: []string{
				`Credentials of an ECS instance are asked for, since the mode of the profile "default" in `,
				`is "ecsAgency", and this is no ECS instance that could get some from its metadata service. Give one of these`,
			},
		},
	} {
		t.Run(name, messageCase{environment: environ(tc.environment...), command: planning, want: tc.want, config: func(m *mock) string {
			m.delegate()
			if tc.prepare != nil {
				tc.prepare(m)
			}
			return m.placed(tc.arguments) + block("test", "accepted", hclList(endpointIDs(1, 1)), limits)
		}}.run)
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
		t.Run(name, func(t *testing.T) {
			onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
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
				got := m.called()[tc.fault.Operation]
				assert.Check(t, got == tc.asked, "IAM was asked %d times, want %d", got, tc.asked)
				m.expectStatuses(t, "pendingAcceptance", ids...)
				s.again()
				m.expectStatuses(t, "accepted", ids...)
			})
		})
	}
}

// What is left over in the environment is warned of once, and no more is needed
// than what is taken.
func TestSignIn_leftovers(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.environment = environ("HW_AUTH_TOKEN="+testToken, "HW_ACCESS_KEY=left over", "OS_PASSWORD=another-secret")
		m.ask("pendingAcceptance", endpointIDs(1, 2)...)
		s.then(m.placed("")+block("one", "accepted", hclList(endpointIDs(1, 1)), limits)+block("two", "accepted", hclList(endpointIDs(2, 2)), limits),
			warns("Environment variables are ignored", "The provider signs in by token (token from HW_AUTH_TOKEN).", "which is ignored: HW_ACCESS_KEY, OS_PASSWORD."))
	})
}
