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

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

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
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	assert.NilError(t, closed.Close())
	refused := "dial tcp " + closed.Addr().String() + ": " // and the reason, in the words of the system
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<title>Welcome</title>") }))
	t.Cleanup(page.Close)
	nothing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(nothing.Close)
	elsewhere := httptest.NewServer(http.RedirectHandler("https://login.example/", http.StatusFound))
	t.Cleanup(elsewhere.Close)
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
		"no TLS": says(at(strings.TrimPrefix(plain.URL, "http://")),
			"What answered does not speak TLS. An address without a scheme means `https`", "write `http://` before an address where that is meant.", theGateway),
		"certificate": says(at(secure.URL),
			"This machine does not trust the certificate", "name its certificate in `cacert_file`", "x509: ", theGateway),
		"IAM, connection refused": says(iam("http://"+closed.Addr().String()),
			"There was no answer from IAM. Check the network, the proxy variables, `region`, `cloud` and "+whereIAMIs+".", "create IAM token: "+refused,
			"- POST "+closed.Addr().String()+"/v3/auth/tokens"),
		"IAM, certificate": says(iam(secure.URL),
			"This machine does not trust the certificate", "otherwise check "+whereIAMIs+" and the proxy variables"),
		"IAM, page": says(iam(page.URL),
			"What came back is not a whole answer of IAM. Check "+whereIAMIs+", and what stands between", `titled "Welcome"`),
		"IAM, redirect": says(iam(elsewhere.URL), "What answered is not IAM, or not at its own address. Check "+whereIAMIs),
		"IAM, not found": says(iam(nothing.URL),
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
		"half of a kind": says(configured(withRegion, withProject, `access_key = "another-secret"`),
			"Error: Incomplete credentials", "access_key is set", "needs secret_key as well", "HW_SECRET_KEY"),
		"unknown values": says(later(withRegion, withProject, "token = "+unknown, "endpoints = { apig = "+unknown+" }"),
			"The provider's token depends on something that is only known after an apply", "HW_AUTH_TOKEN",
			"The provider's endpoints.apig depends on something that is only known after an apply", "apply with -target"),
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
	with := func(instance, desired, endpoints string, arguments ...string) func(*mock) string {
		return func(m *mock) string {
			return m.provider() + fmt.Sprintf("\nresource \"apig_vpc_endpoint_connection\" \"test\" {\n  instance_id = %q\n  desired_status = %q\n  endpoints = %s\n  %s\n}\n",
				instance, desired, endpoints, strings.Join(arguments, "\n  "))
		}
	}
	one := hclList(endpointIDs(1, 1))
	const rule = "an ID is made of letters, digits, hyphens and underscores"
	for name, tc := range map[string]messageCase{
		"empty": says(with(testInstance, "accepted", "[]"),
			"Error: No endpoint is named", "endpoints is empty. Name the endpoints to decide on, or remove the resource; where a list may turn out empty, give the resource a `count`.", "endpoints = []"),
		"duplicates": says(with(testInstance, "accepted", `["a", "b", "a", "c", "b", "a"]`),
			"Error: Named twice", "endpoints names each endpoint once, in any order. Named more than once, take out all but one: - a - b"),
		"no IDs": says(with(testInstance, "accepted", `["a/b", "a b", "..", "", null, "good", "a%2Fb"]`),
			"Error: Not the ID of an endpoint", rule, `- element 0 is "a/b"`, `- element 1 is "a b"`, `- element 2 is ".."`, `- element 3 is ""`,
			"- element 4 is null", `- element 6 is "a%2Fb"`),
		"null": says(with(testInstance, "accepted", "null"), "Must set a configuration value for the endpoints attribute"),
		"accounts": says(with(testInstance, "accepted", one, "expected_domain_ids = []"),
			"Error: No account is named", "leave the argument out to expect any"),
		"instance": says(with("..", "accepted", one),
			`instance_id = ".."`, "Attribute instance_id must be an ID, which is made of letters, digits, hyphens and underscores, got: .."),
		"decision":   says(with(testInstance, "receive", one), "desired_status", `"accepted"`, `"rejected"`, `"receive"`),
		"on destroy": says(with(testInstance, "accepted", one, `on_destroy = "keep"`), "on_destroy", `"reject"`, `"retain"`, `"keep"`),
		"wait": says(with(testInstance, "accepted", one, `wait_for_endpoints = "soon"`),
			"Error: Not a duration", `wait_for_endpoints is "soon". It takes a duration such as "90s" or "3m", zero or more.`),
		"negative wait": says(with(testInstance, "accepted", one, `wait_for_endpoints = "-1s"`),
			"Error: Not a duration", `wait_for_endpoints is "-1s".`),
		"timeouts": says(with(testInstance, "accepted", one, "timeouts {\n create = \"long\"\n}"),
			`create = "long"`, `"long" must be a string containing a sequence of decimal numbers`),
		"negative timeout": says(with(testInstance, "accepted", one, "timeouts {\n create = \"-1s\"\n}"),
			`create = "-1s"`, `timeouts.create is "-1s". It takes a duration above zero, such as "90s" or "10m".`),
	} {
		tc.command = planning
		t.Run(name, tc.run)
	}
}
