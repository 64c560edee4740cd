// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

// hostileServers are those to ask, by the service that is hostile. A text is shown of what is refused and of what can't be read:
// so each service gives each of the bad answers, as a success and as refusals.
func hostileServers() map[string][]hostileServer {
	servers := map[string][]hostileServer{}
	add := func(name, signIn string, answers []string, statuses []int, ends ...string) {
		for _, answer := range answers {
			for _, status := range statuses {
				at := map[string]string{}
				for _, end := range ends {
					at[end] = answer
				}
				servers[name] = append(servers[name], hostileServer{signIn: signIn, at: at, status: status})
			}
		}
	}
	succeeds, refuses := []int{200}, []int{200, 403}
	add("API", "password", badAnswers, []int{200, 404, 500}, "/vpc-endpoint/connections", "/vpc-endpoint/permissions")
	add("API", "password", []string{"connections"}, succeeds, "/vpc-endpoint/connections")
	add("API", "password", []string{"permissions"}, succeeds, "/vpc-endpoint/permissions")
	add("API's decisions", "password", badAnswers, []int{200, 403, 500}, "/connections/action", "/permissions/batch-add")
	add("IAM", "password", []string{"token", "bare token"}, succeeds, "/v3/auth/tokens")
	add("IAM", "password", badAnswers, refuses, "/v3/auth/tokens")
	for _, answer := range append([]string{"projects", "project"}, badAnswers...) { // asked where the token's answer does not tell the project
		servers["IAM"] = append(servers["IAM"], hostileServer{signIn: "password", at: map[string]string{"/v3/auth/tokens": "bare token", "/v3/projects": answer}, status: 200})
	}
	add("IAM's exchange", "OIDC", []string{"token"}, succeeds, "/OS-AUTH/id-token/tokens")
	add("IAM's exchange", "OIDC", badAnswers, refuses, "/OS-AUTH/id-token/tokens")
	add("IAM's keys", "OIDC", []string{"keys", "bare keys"}, succeeds, "/OS-CREDENTIAL/securitytokens")
	add("IAM's keys", "OIDC", badAnswers, refuses, "/OS-CREDENTIAL/securitytokens")
	add("STS", "STS", []string{"STS's keys", "bare keys"}, succeeds, "/v5/agencies/assume")
	add("STS", "STS", badAnswers, append(refuses, 404), "/v5/agencies/assume")
	add("metadata service", "metadata", badAnswers, refuses, "/meta-data/latest/api/token")
	add("metadata service", "metadata", []string{"keys", "bare keys"}, succeeds, "/openstack/latest/securitykey")
	add("metadata service", "metadata", badAnswers, refuses, "/openstack/latest/securitykey")
	return servers
}

// Whatever a server writes, in whatever place, what is shown of it, logged or kept is short and does nothing to a terminal.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	unprintable := "A\x1b[31mRED\x1b]0;title\x07\u009b31m\r\nB\x00\x7f\u202eC\u2066D\u200f"
	long := map[string]string{
		"endless": strings.Repeat("x", 2*mostWritten),
		"immense": strings.Repeat("x", 70_000), // longer than what is searched for secrets
	}
	fields := hostileFields()
	written := map[string]bool{}
	for service, servers := range hostileServers() {
		for _, server := range servers {
			for _, field := range fields {
				written[field] = written[field] || server.writes(field)
			}
		}
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			for _, server := range servers {
				for _, field := range fields {
					if !server.writes(field) {
						continue
					}
					server.field = field
					tryHostile(t, server, "unprintable", unprintable)
					if seen[field] {
						continue
					}
					seen[field] = true
					for kind, text := range long {
						tryHostile(t, server, kind, text)
					}
				}
			}
		})
	}
	for _, field := range fields {
		assert.Check(t, written[field], "no server writes %s", field)
	}
}

// tryHostile has a server write a text, and looks at what comes of it.
func tryHostile(t *testing.T, s hostileServer, kind, text string) {
	t.Helper()
	s.text, s.asked = text, &sync.Map{}
	var texts []string
	synctest.Test(t, func(t *testing.T) { texts = allWritten(t, &s) }) // what comes of a decision is waited for
	for end := range s.at {
		_, ok := s.asked.Load(end)
		assert.Check(t, ok, "%s is not asked", end)
	}
	for _, written := range texts {
		assert.Check(t, is.Equal(unfitIn(written), ""), "%v with status %d, %s in %s", s.at, s.status, kind, s.field)
	}
}

// mostWritten is how long any text is at most.
const mostWritten = 4000

// unfitIn tells what is wrong with a text that was written.
func unfitIn(text string) string {
	if len(text) > mostWritten {
		return fmt.Sprintf("%d bytes: %.100q", len(text), text)
	}
	for _, c := range text {
		if !unicode.IsPrint(c) && c != '\n' {
			return fmt.Sprintf("%q in %.200q", c, text)
		}
	}
	return ""
}

// allWritten is what comes of all calls to a server: messages, lines of the log, and what is kept.
func allWritten(t *testing.T, s *hostileServer) []string {
	t.Helper()
	w := &written{gw: apig.Gateway{Region: "cn-north-4", ProjectID: "p1", InstanceID: "instance"}}
	var log bytes.Buffer
	ctx, cancel := context.WithTimeout(tflogtest.RootLogger(t.Context(), &log), 10*time.Minute)
	defer cancel()
	variables := map[string]string{"HW_REGION_NAME": "cn-north-4", "HW_MAX_RETRIES": "0"}
	maps.Copy(variables, hostileSignIns[s.signIn])
	settings, diags := signin.ByEnvironment("", env(variables))
	assert.Assert(t, !diags.HasError(), problems(diags))
	w.p, _ = NewBackend(settings, s, "test")
	w.list(ctx, s)
	if s.decides() {
		w.decide(ctx)
	}
	for line := range strings.Lines(log.String()) {
		var entry map[string]any
		assert.NilError(t, json.Unmarshal([]byte(line), &entry))
		for key, value := range entry {
			w.add(key, fmt.Sprint(value))
		}
	}
	return w.texts
}

// written are the texts that come of calls.
type written struct {
	p     *backend.Backend
	gw    apig.Gateway
	texts []string
}

func (w *written) add(texts ...string) { w.texts = append(w.texts, texts...) }

// failed takes in all that is made of an error.
func (w *written) failed(err error) {
	if err == nil {
		return
	}
	d := w.p.APIError(err, "It failed", w.gw)
	w.add(d.Summary()+"\n"+d.Detail(), backend.RefusalAdvice([]error{err}), backend.InBrief(err), err.Error())
}

// list looks the project up, and lists. Where a service of signing in is hostile, one listing tells all.
func (w *written) list(ctx context.Context, s *hostileServer) {
	var diags diag.Diagnostics
	if id := w.p.DefaultProject(ctx, str("cn-north-4"), &diags); !diags.HasError() {
		w.gw.ProjectID = id.ValueString()
		w.add(w.gw.ProjectID, w.gw.String())
	}
	w.add(problems(diags)...)
	session := w.p.Session(w.gw)
	connections, err := session.Get(ctx, []string{"endpoint-1"}, gateway.OfThisRun())
	w.failed(err)
	w.keep(connections)
	if !s.lists() && err != nil {
		return
	}
	connections, err = session.List(ctx, gateway.Now())
	w.failed(err)
	w.keep(connections)
	permissions, err := session.Permissions(ctx, gateway.OfThisRun())
	w.failed(err)
	for account, permission := range permissions {
		w.add(account, permission.ID, permission.Account, permission.CreatedAt)
	}
}

func (w *written) keep(connections map[string]endpoint.Connection) {
	for id, c := range connections {
		w.add(id, c.ID, c.DomainID, string(c.Status), c.CreatedAt, c.UpdatedAt)
	}
}

// decide makes the calls that change something.
func (w *written) decide(ctx context.Context) {
	session := w.p.Session(w.gw)
	reject := &settle.Item{EndpointID: "endpoint-1", Goal: endpoint.Reject}
	soon, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	w.failed(session.Settle(soon, []*settle.Item{reject}, 0))
	w.failed(reject.Refusal)
	change := &gateway.PermissionChange{Add: []string{"another-account"}}
	w.failed(session.Permit(ctx, change))
	for _, err := range change.Refused {
		w.failed(err)
	}
}

// hostileAnswers are all kinds of answers. Each @name@ is a text of the server, and
// stands for the value in plainTexts where it is not the one that the test is about.
var hostileAnswers = map[string]string{
	"token":        `{"token":{"issued_at":"@issued_at@","expires_at":"@expires_at@","project":{"id":"@project_id@","name":"@project_name@"}}}`,
	"bare token":   `{"token":{"issued_at":"","expires_at":""}}`,
	"projects":     `{"projects":[{"id":"@listed_project_id@","name":"@listed_project_name@"},{"id":"@listed_project_id@2","name":"@listed_project_name@"}]}`,
	"project":      `{"projects":[{"id":"@listed_project_id@","name":"cn-north-4"}]}`,
	"keys":         `{"credential":{"access":"@access@","secret":"@secret@","securitytoken":"@securitytoken@","expires_at":"@keys_expire@"}}`,
	"STS's keys":   `{"credentials":{"access_key_id":"@access@","secret_access_key":"@secret@","security_token":"@securitytoken@","expiration":"@keys_expire@"}}`,
	"bare keys":    `{"credential":{"access":"@access@"}}`,
	"connections":  `{"connections":[{"id":"@id@","marker_id":"@marker_id@","domain_id":"@domain_id@","status":"@status@","created_at":"@created_at@","updated_at":"@updated_at@"}],"total":"@total@"}`,
	"permissions":  `{"permissions":[{"id":"@permission_id@","permission":"iam:domain::@account@","created_at":"@given_at@"}],"total":1}`,
	"error":        `{"error_code":"@error_code@","error_msg":"@error_msg@","request_id":"@request_id@"}`,
	"IAM's error":  `{"error":{"code":"@code@","message":"@message@","title":"@title@"}}`,
	"page":         `<html><title>@page_title@</title>`,
	"text":         `@text@`,
	"odd key":      `{"connections":{"@key@":1}}`,
	"odd type":     `{"connections":[{"id":{"@inner_key@":"@inner@"}}]}`,
	"unknown keys": `{"connections":[],"total":0,"@unknown@":"@unknown_value@"}`,
}

// badAnswers are those of every service, and hostileHeaders come along with them.
var (
	badAnswers     = []string{"error", "IAM's error", "page", "text", "odd key", "odd type", "unknown keys"}
	hostileHeaders = []string{"X-Request-Id", "X-Iam-Trace-Id", "Server", "Location", "Retry-After", "X-Subject-Token", "Date", "Content-Type"}
)

var plainTexts = map[string]string{
	"issued_at": "2026-01-01T00:00:00Z", "expires_at": "2099-01-01T00:00:00Z", "project_id": "p1", "project_name": "cn-north-4",
	"listed_project_id": "p1", "listed_project_name": "cn-north-4", "id": "endpoint-1", "marker_id": "1", "domain_id": "d1", "status": "accepted",
	"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "total": "1", "permission_id": "r1", "account": "d1", "given_at": "2026-01-01T00:00:00Z",
	"access": "access-made", "secret": "secret-made", "securitytoken": "security-made", "keys_expire": "2099-01-01T00:00:00Z",
}

// hostileServices are where answers come from, by how a call's path ends, with those that do no harm.
var hostileServices = map[string]string{
	"/v3/auth/tokens":               "token",
	"/v3/projects":                  "project",
	"/OS-CREDENTIAL/securitytokens": "keys",
	"/OS-AUTH/id-token/tokens":      "bare token",
	"/v5/agencies/assume":           "STS's keys",
	"/meta-data/latest/api/token":   "text",
	"/openstack/latest/securitykey": "keys",
	"/vpc-endpoint/connections":     "connections",
	"/vpc-endpoint/permissions":     "permissions",
	"/connections/action":           "connections",
	"/permissions/batch-add":        "permissions",
}

// hostileServer answers with what a test is about in one place.
type hostileServer struct {
	signIn      string            // the way to sign in, one of hostileSignIns
	at          map[string]string // which answers differ from those that do no harm, by how a call's path ends
	status      int               // of these
	field, text string            // a field or header, and what it holds
	asked       *sync.Map         // where it was asked, by how a call's path ends
}

// hostileSignIns are the ways to sign in at which services have a part.
var hostileSignIns = map[string]map[string]string{
	"password": {"HW_USER_NAME": "user", "HW_USER_PASSWORD": "pass-word", "HW_DOMAIN_NAME": "d"},
	"OIDC":     {"HW_ASSUME_ROLE_IDP_ID": "idp", "HW_ASSUME_ROLE_ID_TOKEN": "id-token"},
	"STS": {
		"HW_ACCESS_KEY": "access", "HW_SECRET_KEY": "secret",
		"HW_ASSUME_ROLE_AGENCY_NAME": "agency", "HW_ASSUME_ROLE_DOMAIN_ID": "0123456789abcdef0123456789abcdef",
	},
	"metadata": {},
}

// lists tells whether the answers in question are the API's to listings, and decides whether they are those to other calls.
func (s *hostileServer) lists() bool {
	return s.at["/vpc-endpoint/connections"] != "" || s.at["/vpc-endpoint/permissions"] != ""
}
func (s *hostileServer) decides() bool { return s.at["/connections/action"] != "" }

func (s *hostileServer) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, status := "", http.StatusOK
	for end, harmless := range hostileServices {
		if !strings.HasSuffix(r.URL.Path, end) {
			continue
		}
		answer = harmless
		s.asked.Store(end, true)
		if other, ok := s.at[end]; ok {
			answer, status = other, s.status
		}
	}
	header := http.Header{"X-Subject-Token": {"token-made"}}
	if slices.Contains(hostileHeaders, s.field) {
		header[s.field] = []string{s.text}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(s.body(answer))), Request: r}, nil
}

// body is an answer with its texts filled in.
func (s *hostileServer) body(answer string) string {
	parts := strings.Split(hostileAnswers[answer], "@")
	for i := 1; i < len(parts); i += 2 {
		with := plainTexts[parts[i]]
		if parts[i] == s.field {
			with = s.text
		}
		if answer != "page" && answer != "text" {
			quoted, _ := json.Marshal(with)
			with = strings.Trim(string(quoted), `"`)
		}
		parts[i] = with
	}
	return strings.Join(parts, "")
}

// writes tells whether one of the answers in question has the field.
func (s *hostileServer) writes(field string) bool {
	for _, answer := range s.at {
		if strings.Contains(hostileAnswers[answer], "@"+field+"@") {
			return true
		}
		if slices.Contains(hostileHeaders, field) && (answer == "error" || answer == "page") {
			return true
		}
	}
	return false
}

// hostileFields are all texts that servers write, in order.
func hostileFields() []string {
	fields := slices.Clone(hostileHeaders)
	for _, answer := range hostileAnswers {
		for i, part := range strings.Split(answer, "@") {
			if i%2 == 1 {
				fields = append(fields, part)
			}
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}
