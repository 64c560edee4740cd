// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// messageCase is a command that fails, or warns, and what its reader must find.
type messageCase struct {
	mock        mockapig.Config
	environment map[string]string
	prepare     func(m *mock)
	config      func(m *mock) string // of one endpoint to accept, where it is nil
	then        func(m *mock)        // an apply has to succeed before this
	command     []string             // an apply when empty
	loopback    bool                 // the provider gets to what listens there
	succeeds    bool
	want        []string // phrases of the message
	not         []string // phrases that it must not have
}

// says is a case of what a configuration makes of itself, and given one of what happens to one endpoint.
func says(config func(m *mock) string, want ...string) messageCase {
	return messageCase{config: config, want: want}
}

func given(prepare func(m *mock), want ...string) messageCase {
	return messageCase{prepare: prepare, want: want}
}

// on is the case on a gateway that is prepared.
func (tc messageCase) on(prepare func(m *mock)) messageCase {
	tc.prepare = prepare
	return tc
}

func (tc messageCase) run(t *testing.T) {
	if tc.loopback {
		t.Parallel()
		m := newListening(t, tc.mock)
		tc.play(t, m, newStage(t, m, ""))
		return
	}
	onStage(t, tc.mock, tc.play)
}

func (tc messageCase) play(t *testing.T, m *mock, s *stage) {
	if m.environment = tc.environment; tc.prepare != nil {
		tc.prepare(m)
	}
	if tc.config == nil {
		tc.config = accepting(1)
	}
	s.configure(tc.config(m))
	if tc.then != nil {
		s.must("apply")
		tc.then(m)
	}
	if tc.command == nil {
		tc.command = []string{"apply"}
	}
	r := s.run(tc.command...)
	code := 1
	if tc.succeeds {
		code = 0
	}
	r.expect(t, code, tc.want...)
	for _, phrase := range append(tc.not, testToken, "another-secret", guestSecret, "%!", "context deadline exceeded", "<nil>", "EOF") {
		assert.Check(t, !strings.Contains(r.words(), phrase), "says %q:\n%s", phrase, r.output())
	}
}

// What messages say of the gateway, and of a call that failed.
const (
	theGateway = "gateway " + testInstance + " (region " + testRegion + ", project " + testProject + ")"
	requestID  = "- request ID "
	listCall   = "- GET " + memoryHost
	decideCall = "- POST " + memoryHost
)

// applyAgain is how every message of an apply ends.
const applyAgain = "The next apply looks first, and does what is left."

// letterCase is what is said of IDs with upper-case letters that are not listed.
const letterCase = "Upper and lower case differ: write each ID as the gateway lists it."

func line(n int, status string) string {
	return fmt.Sprintf("- %s (status %s, account %s)", endpointID(n), status, partnerDomain)
}

// limits keep a command from waiting long for what does not come.
const limits = `wait_for_endpoints = "0s"
  timeouts {
    create = "1s"
    read   = "1s"
    update = "1s"
    delete = "1s"
  }`

// accepting is a configuration that accepts the endpoints 1 to n.
func accepting(n int, arguments ...string) func(*mock) string {
	return func(m *mock) string {
		return m.provider("max_retries = 0") + block("test", "accepted", hclList(endpointIDs(1, n)), append(arguments, limits)...)
	}
}

// signingIn is a configuration whose provider block signs in in its own way.
func signingIn(arguments ...string) func(*mock) string {
	return func(m *mock) string {
		return m.placed(arguments...) + block("test", "accepted", hclList(endpointIDs(1, 1)), limits)
	}
}

func asked(status string, n int) func(*mock) {
	return func(m *mock) { m.ask(status, endpointIDs(1, n)...) }
}

// failing lets two pending endpoints be, and every call fail that matches.
func failing(f mockapig.Fault) func(*mock) {
	return func(m *mock) {
		asked("pendingAcceptance", 2)(m)
		f.Times = -1
		m.Fail(f)
	}
}

func fault(operation string, status int, code, message string) mockapig.Fault {
	return mockapig.Fault{Operation: operation, Status: status, Code: code, Message: message}
}

// Who may call.
func TestConnection_messageCredentials(t *testing.T) {
	for name, tc := range map[string]messageCase{
		"wrong token": says(signingIn(`token = "another-secret-token"`),
			"Error: The endpoints can't be looked up", "The API refuses the credentials: token from the configuration.",
			"get a new one, or sign in by access key or password", "HTTP 401, APIC.7102: Incorrect token", listCall, requestID, theGateway),
		"expired token": given(func(m *mock) { m.ExpireTokens() },
			"A token ends 24 hours after it was issued", "the provider can't renew it", "HTTP 401, APIGW.0307: The token must be updated", requestID, theGateway),
		"wrong password": says(signingIn(`user_name = "operator"`, `password = "another-secret"`, `domain_name = "owner"`),
			"The API refuses the credentials: user_name from the configuration, password from the configuration, domain_name from the configuration.",
			"check user name, password and domain", `signing in as user "operator" of account "owner" for project `+testProject,
			"HTTP 401: The username or password is wrong", "/v3/auth/tokens", requestID, theGateway),
		"wrong secret key": says(signingIn(`access_key = "OWNERACCESSKEY"`, `secret_key = "another-secret"`),
			"The API refuses the credentials: access_key from the configuration, secret_key from the configuration.",
			"belong together and are active", "HTTP 401, APIGW.0301:", requestID, theGateway),
		"forbidden to decide": {
			prepare: failing(fault(mockapig.OpAcceptOrReject, http.StatusForbidden, "APIC.7106", "No permissions")),
			config:  accepting(2),
			want: []string{
				"Error: Not all endpoints could be decided", "`apig:instance:acceptOrRejectVpcEndpointConnection` and `apig:instance:get` in this project",
				"HTTP 403, APIC.7106: No permissions", decideCall, requestID, "On the " + theGateway + ", these are not settled:",
				line(1, "pendingAcceptance") + ", to accept: HTTP 403, APIC.7106: No permissions", line(2, "pendingAcceptance"),
				"no endpoint's decision has changed.", applyAgain,
			},
		},
	} {
		t.Run(name, tc.run)
	}
}

const page = "<html><head><title>502 Bad Gateway</title></head><body>no</body></html>"

// What comes back.
func TestConnection_messageAnswers(t *testing.T) {
	for name, tc := range map[string]messageCase{
		"another letter case": {
			config: func(m *mock) string {
				return m.provider() + block("test", "accepted", hclList([]string{strings.ToUpper(endpointID(1))}), limits)
			},
			prepare: asked("pendingAcceptance", 1),
			want:    []string{"Check the IDs if this is a surprise. " + letterCase, "or raise `wait_for_endpoints`. " + letterCase, applyAgain},
		},
		"unknown gateway": given(func(m *mock) { m.RemoveGateway(testInstance) },
			"The gateway does not exist in this region and project. Check `instance_id`, `region` and `project_id`.", "instance_id = ",
			"HTTP 404, APIC.7302", requestID, theGateway),
		"throttled": given(func(m *mock) { m.Limit(mockapig.Limit{Per: time.Hour}) },
			"The timeout of 1s passed. Where it is just too short, raise `read` in the `timeouts` block.",
			"The API takes fewer calls than were needed", "ask for a higher limit", "HTTP 429, APIGW.0308:", "ratelimit", requestID, theGateway),
		"throttled for long": given(failing(mockapig.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"600"}}}),
			"The timeout of 1s passed", "The API takes fewer calls than were needed", "The last answer asks to wait for 10m0s.", "HTTP 429", theGateway),
		"proxy": given(failing(mockapig.Fault{Status: http.StatusBadGateway, Body: page, ContentType: "text/html", Header: http.Header{"Server": {"nginx"}}}),
			`HTTP 502: an HTML page from nginx titled "502 Bad Gateway" came in place of an answer`, "Check `endpoints.apig` of the provider block, and what stands between", listCall, theGateway),
		"login page": given(failing(mockapig.Fault{Status: http.StatusOK, Body: strings.Replace(page, "502 Bad Gateway", "Sign in", 1), ContentType: "text/html"}),
			`HTTP 200: an HTML page titled "Sign in" came in place of an answer`, "a login page", theGateway),
		"truncated": given(failing(mockapig.Fault{Truncate: true}),
			"the answer broke off after", "What came back is not a whole answer of the API", requestID, theGateway),
		"failing": given(failing(fault(mockapig.OpListConnections, http.StatusInternalServerError, "APIC.9007", "Failed to execute VCPEP request")),
			"The service failed", "give the vendor's support the request ID", "HTTP 500, APIC.9007: Failed to execute VCPEP request", requestID, theGateway),
		"busy": given(failing(fault(mockapig.OpAcceptOrReject, http.StatusConflict, "APIC.7701", "Instance status conflict")),
			"Error: Not settled in time", "raise `create` in the `timeouts` block", "The gateway is occupied by a task of its own",
			"HTTP 409, APIC.7701: Instance status conflict", requestID, theGateway, line(1, "pendingAcceptance"),
			"no endpoint's decision has changed.", applyAgain),
		"throttled decision": {
			prepare: func(m *mock) {
				m.ask("rejected", endpointID(1))
				m.Fail(fault(mockapig.OpAcceptOrReject, http.StatusTooManyRequests, "APIGW.0308", "limit:1,time:1 hour"))
			},
			want: []string{
				"Error: Not settled in time", "The API takes fewer calls than were needed", theGateway,
				line(1, "rejected") + ", to accept: HTTP 429, APIGW.0308", "As far as is known, no endpoint's decision has changed.", applyAgain,
			},
			not: []string{"a rejection may be final"},
		},
		"failing decision": {
			prepare: failing(mockapig.Fault{
				Operation: mockapig.OpAcceptOrReject, Status: http.StatusInternalServerError, Code: "APIC.9007", Message: "it broke", Header: http.Header{"Retry-After": {"600"}},
			}),
			config: func(m *mock) string {
				return m.provider() + block("test", "accepted", hclList(endpointIDs(1, 1)), limits)
			},
			want: []string{
				"Error: Not settled in time", "What happened: accept or reject connections: HTTP 500, APIC.9007: it broke: gave up", "The service failed",
				", to accept: HTTP 500", "What was asked for may still take effect.",
			},
			not: []string{"no endpoint's decision has changed."},
		},
		"no answer": given(failing(mockapig.Fault{Drop: true, Operation: mockapig.OpAcceptOrReject}),
			"There was no answer from the API. Check the network", "the connection was closed without an answer", decideCall, theGateway,
			"Error: No answer about endpoints", line(1, "pendingAcceptance")+": the connection was closed without an answer", "What was asked for may still take effect.", applyAgain),
	} {
		t.Run(name, tc.run)
	}
}
