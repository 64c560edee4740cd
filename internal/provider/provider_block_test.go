// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
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
		"left over": {
			environment: environ("HW_AUTH_TOKEN="+testToken, "HW_ACCESS_KEY=left over", "OS_PASSWORD=another-secret"), config: signingIn(),
			prepare: asked("pendingAcceptance", 1), succeeds: true, want: []string{
				"Environment variables are ignored", "The provider signs in by token (token from HW_AUTH_TOKEN).", "which is ignored: HW_ACCESS_KEY, OS_PASSWORD.",
			},
		},
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
		want        []string
	}{
		"agency": {
			[]string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret},
			agencyBlock(agencyByName), func(m *mock) { m.ExpireKeys() },
			mockapig.Fault{Operation: mockapig.OpCreateKeys, Status: http.StatusForbidden, Code: "IAM.0002", Message: "the agency was withdrawn"},
			[]string{`The agency "operators" of account "owner" can't be assumed.`, "HTTP 403, IAM.0002: the agency was withdrawn", ids[0], ids[1]},
		},
		"password": {
			[]string{"HW_USER_NAME=operator", "HW_USER_PASSWORD=secret-password", "HW_DOMAIN_NAME=owner"},
			"", func(m *mock) { m.ExpireTokens() },
			mockapig.Fault{Operation: mockapig.OpCreateToken, Status: http.StatusUnauthorized, Code: "401", Message: "The username or password is wrong"},
			[]string{
				"The provider asked IAM for a token with the password and can't get one that works",
				"could not be renewed: signing in as user", "HTTP 401: The username or password is wrong", requestID, theGateway,
			},
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
			assert.Check(t, is.Equal(m.Count(tc.fault.Operation), 2), "with the first one")
			m.expectStatuses(t, "pendingAcceptance", ids...)
			s.again()
			m.expectStatuses(t, "accepted", ids...)
		})
	}
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

var planning = []string{"plan"}

// configured is a configuration whose provider block is all its own.
func configured(arguments ...string) func(*mock) string {
	return func(*mock) string {
		return providerBlock(append(arguments, "max_retries = 0")...) + block("test", "accepted", hclList(endpointIDs(1, 1)), limits)
	}
}

const (
	withRegion  = `region = "` + testRegion + `"`
	withProject = `project_id = "` + testProject + `"`
	withToken   = `token = "` + testToken + `"`
)

// What stands between here and the API.
func TestProvider_messageNetwork(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake fails, as it is to
	secure.StartTLS()
	t.Cleanup(secure.Close)
	answering := func(handler http.Handler) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL
	}
	plain := answering(http.NotFoundHandler())
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	assert.NilError(t, closed.Close())
	refused := "dial tcp " + closed.Addr().String() + ": " // and the reason, in the words of the system
	welcome := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<title>Welcome</title>") })
	const whereIAMIs = "`auth_url` (or `endpoints.iam`)"
	iam := func(address string) func(*mock) string {
		return configured(withRegion, withProject, `user_name = "operator"`, `password = "another-secret"`, `domain_name = "owner"`, fmt.Sprintf("auth_url = %q", address))
	}
	at := func(address string) func(*mock) string {
		return configured(withRegion, withProject, withToken, fmt.Sprintf("endpoints = { apig = %q }", address))
	}
	for name, tc := range map[string]messageCase{
		"DNS": says(at("https://apig.invalid"),
			"There was no answer from the API. Check the network, the proxy variables, `region`, `cloud` and `endpoints.apig` of the provider block.", "apig.invalid", theGateway),
		"connection refused": says(at("http://"+closed.Addr().String()),
			"There was no answer from the API.", refused, "- GET "+closed.Addr().String(), theGateway),
		"no TLS": says(at(strings.TrimPrefix(plain, "http://")),
			"What answered does not speak TLS. An address without a scheme means `https`", "write `http://` before an address where that is meant.", theGateway),
		"certificate": says(at(secure.URL),
			"This machine does not trust the certificate", "name its certificate in `cacert_file`", "x509: ", theGateway),
		"IAM, connection refused": says(iam("http://"+closed.Addr().String()),
			"There was no answer from IAM. Check the network, the proxy variables, `region`, `cloud` and "+whereIAMIs+".", "create IAM token: "+refused,
			"- POST "+closed.Addr().String()+"/v3/auth/tokens"),
		"IAM, certificate": says(iam(secure.URL),
			"This machine does not trust the certificate", "otherwise check "+whereIAMIs+" and the proxy variables"),
		"IAM, page": says(iam(answering(welcome)),
			"What came back is not a whole answer of IAM. Check "+whereIAMIs+", and what stands between", `titled "Welcome"`),
		"IAM, redirect": says(iam(answering(http.RedirectHandler("https://login.example/", http.StatusFound))), "What answered is not IAM, or not at its own address. Check "+whereIAMIs),
		"IAM, not found": says(iam(plain),
			"What answered does not take the request as one to IAM. Check "+whereIAMIs+".", "create IAM token: HTTP 404: 404 page not found"),
		"token service, connection refused": says(configured(withRegion, withProject, withToken, fmt.Sprintf("endpoints = { sts = %q }", "http://"+closed.Addr().String()),
			agencyBlock("agency_name = \"operators\"\n    domain_id = \""+ownerDomain+"\"")),
			"There was no answer from IAM's token service. Check the network, the proxy variables, `region`, `cloud` and `endpoints.sts`.", "assume an agency: "+refused),
	} {
		tc.command, tc.loopback = planning, true
		t.Run(name, tc.run)
	}
}

// What the provider block lacks, or has too much of.
func TestProvider_messageConfiguration(t *testing.T) {
	const unknown = "terraform_data.later.id"
	later := func(arguments ...string) func(*mock) string {
		return func(m *mock) string {
			return configured(arguments...)(m) + "\nresource \"terraform_data\" \"later\" {}\n"
		}
	}
	for name, tc := range map[string]messageCase{
		"no credentials": says(configured(withRegion, withProject),
			"Error: The endpoints can't be looked up", "No credentials are configured, and this is no ECS instance", "- access key: access_key and secret_key (HW_ACCESS_KEY and HW_SECRET_KEY)", "- token: token (HW_AUTH_TOKEN)",
			"- password: user_name, password, and domain_name or domain_id"),
		"no credentials, no project": says(configured(withRegion),
			"Error: The project can't be looked up", "No credentials are configured, and this is no ECS instance", "- token: token (HW_AUTH_TOKEN)"),
		"unknown values": says(later(withRegion, withProject, "token = "+unknown, "endpoints = { apig = "+unknown+" }"),
			"The provider's token depends on something that is only known after an apply", "HW_AUTH_TOKEN",
			"The provider's endpoints.apig depends on something that is only known after an apply", "apply with -target"),
		"durations": { // while it is validated, so that what is unknown is no problem yet
			config: later(withRegion, withProject, "token = "+unknown, agencyBlock(agencyByName+"\n    duration = 86401")), want: []string{
				"Error: Invalid duration", "duration = 86401", "assume_role.duration must be a number of seconds from 900 to 86400.",
			},
			not: []string{"known after an apply"},
		},
		"no region": says(configured(withProject, withToken),
			"Error: No region", "Neither this block nor the provider has a region.", "HW_REGION_NAME"),
		"no project, and IAM fails": says(func(m *mock) string {
			m.Fail(fault(mockapig.OpListProjects, http.StatusForbidden, "APIGW.0302", "Not authorized"))
			return configured(withRegion, withToken, fmt.Sprintf("endpoints = { apig = %q, iam = %q }", m.url, m.url))(m)
		},
			"Error: The project can't be looked up", "No project_id is set for region "+testRegion, `the project named "`+testRegion+`" was looked up in IAM`,
			"Check that region; with project_id set, no project is looked up.", "HTTP 403, APIGW.0302: Not authorized", "/v3/projects", requestID),
		"no such project": says(func(m *mock) string {
			return configured(`region = "elsewhere-1"`, withToken, fmt.Sprintf("endpoints = { apig = %q, iam = %q }", m.url, m.url))(m)
		},
			`no project is named "elsewhere-1" among those that these credentials can see`, "check the region and the name", "enabled for the region", "IAM's permission to list projects", "request ID "),
		"a region without an address": says(func(m *mock) string {
			return m.provider() + block("test", "accepted", hclList(endpointIDs(1, 1)), `region = "elsewhere-1"`, withProject)
		},
			"endpoints.apig is the address of the API in its own region, "+testRegion, "an alias for each region"),
	} {
		tc.command = planning
		t.Run(name, tc.run)
	}
}

// What can't be a value of the resource.
func TestConnection_messageValues(t *testing.T) {
	with := func(desired, endpoints string, arguments ...string) func(*mock) string {
		return func(m *mock) string { return m.provider() + block("test", desired, endpoints, arguments...) }
	}
	one := hclList(endpointIDs(1, 1))
	const rule = "an ID is made of letters, digits, hyphens and underscores"
	for name, tc := range map[string]messageCase{
		"empty": says(with("accepted", "[]"),
			"Error: No endpoint is named", "endpoints is empty. Name the endpoints to decide on, or remove the resource; where a list may turn out empty, give the resource a `count`.", "endpoints = []"),
		"duplicates": says(with("accepted", `["a", "b", "a", "c", "b", "a"]`),
			"Error: Named twice", "endpoints names each endpoint once, in any order. Named more than once, take out all but one: - a - b"),
		"no IDs": says(with("accepted", `["a/b", "a b", "..", "", null, "good", "a%2Fb"]`),
			"Error: Not the ID of an endpoint", rule, `- element 0 is "a/b"`, `- element 1 is "a b"`, `- element 2 is ".."`, `- element 3 is ""`,
			"- element 4 is null", `- element 6 is "a%2Fb"`),
		"null": says(with("accepted", "null"), "Must set a configuration value for the endpoints attribute"),
		"accounts": says(with("accepted", one, "expected_domain_ids = []"),
			"Error: No account is named", "leave the argument out to expect any"),
		"instance": says(func(m *mock) string { return strings.Replace(with("accepted", one)(m), testInstance, "..", 1) },
			`instance_id = ".."`, "Attribute instance_id must be an ID, which is made of letters, digits, hyphens and underscores, got: .."),
		"decision":   says(with("receive", one), "desired_status", `"accepted"`, `"rejected"`, `"receive"`),
		"on destroy": says(with("accepted", one, `on_destroy = "keep"`), "on_destroy", `"reject"`, `"retain"`, `"keep"`),
		"wait": says(with("accepted", one, `wait_for_endpoints = "soon"`),
			"Error: Not a duration", `wait_for_endpoints is "soon". It takes a duration such as "90s" or "3m", zero or more.`),
		"negative wait": says(with("accepted", one, `wait_for_endpoints = "-1s"`),
			"Error: Not a duration", `wait_for_endpoints is "-1s".`),
		"timeouts": says(with("accepted", one, "timeouts {\n create = \"long\"\n}"),
			`create = "long"`, `"long" must be a string containing a sequence of decimal numbers`),
		"negative timeout": says(with("accepted", one, "timeouts {\n create = \"-1s\"\n}"),
			`create = "-1s"`, `timeouts.create is "-1s". It takes a duration above zero, such as "90s" or "10m".`),
	} {
		tc.command = planning
		t.Run(name, tc.run)
	}
}
