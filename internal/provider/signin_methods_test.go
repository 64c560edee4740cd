// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A guest acts within the owner's account, directly or by way of a third one.
const (
	guestDomain  = "44444444444444444444444444444444"
	middleDomain = "55555555555555555555555555555555"
	guestKey     = "GUESTACCESSKEY"
	guestSecret  = "guest-secret-key"
	idToken      = "secret-id-token-of-the-pipeline"

	agencyByName = `agency_name = "operators"
    domain_name = "owner"`
	agencyByID = `agency_name = "operators"
    domain_id = "` + ownerDomain + `"`
)

var oidcVariables = []string{
	"HW_ASSUME_ROLE_IDP_ID=pipeline", "HW_ASSUME_ROLE_AGENCY_NAME=operators", "HW_ASSUME_ROLE_DOMAIN_ID=" + ownerDomain,
}

// environ is an environment of these variables.
func environ(variables ...string) map[string]string {
	environment := map[string]string{}
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		environment[name] = value
	}
	return environment
}

func agencyBlock(arguments string) string { return "\n  assume_role {\n    " + arguments + "\n  }" }

// delegate adds the guest.
func (m *mock) delegate() {
	m.AddAccount(mockapig.Account{
		DomainID: guestDomain, DomainName: "guest", User: "visitor", Password: "guest-password", AccessKey: guestKey, SecretKey: guestSecret,
	})
	m.AddToken("secret-guest-token", mockapig.Token{DomainID: guestDomain})
	m.AddAgency(mockapig.Agency{Name: "operators", DomainID: ownerDomain, DomainName: "owner", Trusted: guestDomain})
	m.AddAgency(mockapig.Agency{Name: "brokers", DomainID: middleDomain, DomainName: "middle", Trusted: guestDomain})
	m.AddAgency(mockapig.Agency{Name: "finals", DomainID: ownerDomain, DomainName: "owner", Trusted: middleDomain})
	m.AddIDToken(idToken, mockapig.IDToken{ProviderID: "pipeline", DomainID: guestDomain})
}

// signIn is one way to sign in, and what it costs.
type signIn struct {
	environment []string
	arguments   string
	profile     map[string]any // of the vendor's CLI; nil for none
	tokenFile   bool           // the ID token is in the file of %s in arguments
	guest       bool           // the instance is the guest's
	lasts       bool           // it does not end, or can't be renewed
	method      string         // as the debug line says it
	// calls are those that sign in, in one process of the provider whose credentials end once.
	calls map[string]int
}

// gatewaysOfAll is how many gateways are decided on at the same time.
const gatewaysOfAll = 6

// Every way to sign in. Where credentials end in the middle of an apply, it ends well, and they are renewed once for all calls.
func TestSignIn_methods(t *testing.T) {
	for name, tc := range map[string]signIn{
		"temporary access key": {
			arguments: `access_key = "` + temporaryKey + `"
  secret_key = "` + temporarySecret + `"
  security_token = "` + temporaryToken + `"`, lasts: true,
			method: "access key: access_key from the configuration",
		},
		"password": {
			environment: []string{"HW_USER_NAME=operator", "HW_USER_PASSWORD=secret-password", "HW_DOMAIN_NAME=owner"},
			method:      "password: user_name from HW_USER_NAME", calls: map[string]int{mockapig.OpCreateToken: 2},
		},
		"profile with an agency": {
			profile: map[string]any{
				"name": "default", "mode": "AKSK", "accessKeyId": guestKey, "secretAccessKey": guestSecret, "agencyName": "operators", "agencyDomainName": "owner",
			},
			method: `access key: the profile "default" in `, calls: map[string]int{mockapig.OpCreateKeys: 2},
		},
		"instance and agency": {
			guest: true, arguments: agencyBlock(agencyByName), method: "metadata service: nothing is configured",
			// The agency is asked for with the instance's refused keys first.
			calls: map[string]int{mockapig.OpGetMetadataToken: 2, mockapig.OpGetMetadataKeys: 2, mockapig.OpCreateKeys: 3},
		},
		"chain of agencies": {
			environment: []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret},
			arguments: agencyBlock("agency_name = \"brokers\"\n    domain_name = \"middle\"") +
				agencyBlock("agency_name = \"finals\"\n    domain_id = \""+ownerDomain+"\""),
			method: "access key: access_key from HW_ACCESS_KEY",
			calls:  map[string]int{mockapig.OpCreateKeys: 2, mockapig.OpAssumeAgency: 3},
		},
		"ID token in a file": {
			tokenFile: true, arguments: `
  assume_role_with_oidc {
    idp_id        = "pipeline"
    agency_name   = "operators"
    domain_id     = "` + ownerDomain + `"
    id_token_file = %q
  }`,
			method: "OIDC: assume_role_with_oidc.idp_id from the configuration",
			calls:  map[string]int{mockapig.OpExchangeIDToken: 2, mockapig.OpCreateKeys: 2, mockapig.OpAssumeAgency: 2},
		},
	} {
		runOnStage(t, name, mockapig.Config{}, tc.run)
	}
}

// prepare makes what a way to sign in needs, and returns its provider block.
func (tc signIn) prepare(t *testing.T, m *mock) string {
	t.Helper()
	m.delegate()
	m.BeInstance(ownerDomain, mockapig.MetadataTokensRequired)
	if tc.guest {
		m.BeInstance(guestDomain, mockapig.MetadataTokensRequired)
	}
	m.AddAccount(mockapig.Account{
		DomainID: ownerDomain, DomainName: "owner", AccessKey: temporaryKey, SecretKey: temporarySecret, SecurityToken: temporaryToken,
	})
	m.environment = environ(tc.environment...)
	if tc.profile != nil {
		content, err := json.Marshal(map[string]any{"authEncrypt": "false", "current": "default", "profiles": []any{tc.profile}})
		assert.NilError(t, err)
		m.environment["HW_SHARED_CONFIG_FILE"] = writeFile(t, string(content))
	}
	if tc.tokenFile {
		tc.arguments = fmt.Sprintf(tc.arguments, writeFile(t, idToken+"\n"))
	}
	addresses := strings.Replace(m.addresses(), " }", `, vpc = "other services' keys are ignored" }`, 1)
	return providerBlock(withRegion, addresses, "max_retries = 0", tc.arguments)
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file.json")
	assert.NilError(t, os.WriteFile(file, []byte(content), 0o600))
	return filepath.ToSlash(file) // HCL takes a backslash for an escape
}

func (tc signIn) run(t *testing.T, m *mock, s *stage) {
	config := tc.prepare(t, m)
	for n := range gatewaysOfAll {
		id := fmt.Sprintf("%s%02d", testInstance[:30], n)
		m.AddGateway(mockapig.Gateway{ID: id, ProjectID: testProject})
		m.Connect(id, mockapig.Connection{ID: endpointID(n), DomainID: partnerDomain})
		config += strings.Replace(block(fmt.Sprint("g", n), "accepted", hclList(endpointIDs(n, n))), testInstance, id, 1)
	}
	var log bytes.Buffer
	s.ctx = tflogtest.RootLogger(t.Context(), &log)
	s.configure(config)
	s.must("plan")
	m.ResetJournal()
	if !tc.lasts {
		m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Do: func() {
			m.ExpireTokens()
			m.ExpireKeys()
		}})
	}
	s.applySaved().expect(t, 0, fmt.Sprintf("Resources: %d added", gatewaysOfAll))
	refused, calls := 0, m.called()
	for _, call := range m.Journal() {
		if call.Status == http.StatusUnauthorized && (call.Operation == mockapig.OpListConnections || call.Operation == mockapig.OpAcceptOrReject) {
			refused++
		}
	}
	assert.Check(t, (refused > 0) != tc.lasts, "%d calls were refused", refused)
	assert.Check(t, calls[mockapig.OpListProjects] <= 1, "the project was looked up again")
	maps.DeleteFunc(calls, func(operation string, _ int) bool {
		return slices.Contains([]string{mockapig.OpListConnections, mockapig.OpAcceptOrReject, mockapig.OpListProjects}, operation)
	})
	assert.Check(t, is.DeepEqual(tc.calls, calls, cmpopts.EquateEmpty()), "calls that sign in")
	for n := range gatewaysOfAll {
		got, _ := m.Connection(fmt.Sprintf("%s%02d", testInstance[:30], n), endpointID(n))
		assert.Check(t, got.Status == mockapig.StatusAccepted, "endpoint %d is %q", n, got.Status)
	}
	s.settled()
	// One line for each process: of the plan, of the apply, and of the last plan.
	quoted, _ := json.Marshal("signing in by " + tc.method)
	assert.Check(t, strings.Count(log.String(), strings.Trim(string(quoted), `"`)) == 3, "not 3 lines say how the provider signs in:\n%s", log.String())
}

// called counts the calls by operation.
func (m *mock) called() map[string]int {
	calls := map[string]int{}
	for _, call := range m.Journal() {
		calls[call.Operation]++
	}
	return calls
}

// The page's examples of agencies sign in, in their own region, which has no token service.
func TestSignIn_examplesOfAgencies(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "templates", "index.md.tmpl"))
	assert.NilError(t, err)
	var found int
	for _, fence := range regexp.MustCompile("(?s)```terraform\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		example := fence[1]
		if !strings.Contains(example, "assume_role") {
			continue
		}
		found++
		runOnStage(t, fmt.Sprint(found), mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
			m.delegate()
			account := "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
			m.AddAgency(mockapig.Agency{Name: "operators", DomainID: account, DomainName: "owner-account", Trusted: guestDomain})
			m.AddProject(mockapig.Project{ID: "9" + testProject[1:], Name: "eu-west-101", DomainID: account})
			m.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: "9" + testProject[1:]})
			if !strings.Contains(example, "assume_role_with_oidc") {
				m.environment = environ("HW_ACCESS_KEY="+guestKey, "HW_SECRET_KEY="+guestSecret)
			}
			s.configure(strings.NewReplacer(
				"\n  region = \"eu-west-101\"\n", fmt.Sprintf("\n  region = \"eu-west-101\"\n  endpoints = { apig = %q, iam = %q }\n", m.url, m.url),
				"/var/run/secrets/oidc-token", writeFile(t, idToken),
			).Replace(example) + data("all"))
			s.must("plan")
			assert.Check(t, m.Count(mockapig.OpAssumeAgency) == 0 && m.Count(mockapig.OpCreateKeys) > 0, "the token service was asked")
		})
	}
	assert.Check(t, found == 2, "%d examples of agencies, want 2", found)
}

// Proxies of the environment are used, but not for the metadata service: what answers in its place could give keys of its own.
func TestAccSignIn_proxy(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
	m.ask("pendingAcceptance", endpointIDs(1, 1)...)
	config := func(arguments string) string {
		return providerBlock(withRegion, withProject, `endpoints = { apig = "http://apig.example.test" }`, "insecure = true", arguments) +
			block("test", "accepted", hclList(endpointIDs(1, 1)), limits)
	}
	c := newCLI(t, config(withToken), "HTTP_PROXY="+m.url, "HTTPS_PROXY="+m.url, metadataVariable+"=http://169.254.169.254.invalid")
	c.apply().expect(t, 0, "Resources: 1 added")
	m.expectStatuses(t, "accepted", endpointIDs(1, 1)...)
	c.settled()

	m.BeInstance(ownerDomain, mockapig.MetadataTokensOptional)
	c.configure(config(""))
	c.plan().expect(t, 1, "No credentials are configured", "PUT 169.254.169.254.invalid")
	assert.Check(t, m.Count(mockapig.OpGetMetadataToken)+m.Count(mockapig.OpGetMetadataKeys) == 0, "the proxy was asked for keys")
}
