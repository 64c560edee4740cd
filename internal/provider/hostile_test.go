// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

// hostileAnswers are all kinds of answers. Each @name@ is a text of the server, and
// stands for the value after it where it is not the one that the test is about.
var hostileAnswers = map[string]string{
	"token":        `{"token":{"issued_at":"@issued_at@","expires_at":"@expires_at@","project":{"id":"@project_id@","name":"@project_name@"}}}`,
	"bare token":   `{"token":{"issued_at":"","expires_at":""}}`,
	"projects":     `{"projects":[{"id":"@listed_project_id@","name":"@listed_project_name@"},{"id":"@listed_project_id@2","name":"@listed_project_name@"}]}`,
	"project":      `{"projects":[{"id":"@listed_project_id@","name":"cn-north-4"}]}`,
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

var hostileHeaders = []string{"X-Request-Id", "X-Iam-Trace-Id", "Server", "Location", "Retry-After", "X-Subject-Token", "Date", "Content-Type"}

var plainTexts = map[string]string{
	"issued_at": "2026-01-01T00:00:00Z", "expires_at": "2099-01-01T00:00:00Z", "project_id": "p1", "project_name": "cn-north-4",
	"listed_project_id": "p1", "listed_project_name": "cn-north-4", "id": "endpoint-1", "marker_id": "1", "domain_id": "d1", "status": "accepted",
	"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "total": "1", "permission_id": "r1", "account": "d1", "given_at": "2026-01-01T00:00:00Z",
}

// hostileServer answers with what a test is about.
type hostileServer struct {
	token, projects, connections, permissions string // which answer
	status                                    int    // of the API's
	field, text                               string // a field or header, and what it holds
}

func (s *hostileServer) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, status := s.connections, s.status
	switch {
	case strings.HasSuffix(r.URL.Path, "/auth/tokens"):
		answer, status = s.token, http.StatusCreated
	case strings.HasSuffix(r.URL.Path, "/projects"):
		answer, status = s.projects, http.StatusOK
	case strings.HasSuffix(r.URL.Path, "/permissions"):
		answer = s.permissions
	}
	body := hostileAnswers[answer]
	for _, part := range strings.Split(body, "@")[1:] {
		with := plainTexts[part]
		if part == s.field {
			with = s.text
		}
		if answer != "page" && answer != "text" {
			quoted, _ := json.Marshal(with)
			with = strings.Trim(string(quoted), `"`)
		}
		body = strings.ReplaceAll(body, "@"+part+"@", with)
	}
	header := http.Header{"X-Subject-Token": {"token-made"}}
	for _, name := range hostileHeaders {
		if name == s.field {
			header[name] = []string{s.text}
		}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// writes tells whether any of the answers has the field.
func (s *hostileServer) writes(field string) bool {
	if slices.Contains(hostileHeaders, field) {
		return s.connections == "error" || s.connections == "page"
	}
	return slices.ContainsFunc([]string{s.token, s.projects, s.connections, s.permissions}, func(answer string) bool {
		return strings.Contains(hostileAnswers[answer], "@"+field+"@")
	})
}

// Whatever a server writes, in whatever place, what is shown of it, logged or kept
// is short and does nothing to a terminal.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"control":              "A\x1b[31mRED\x1b]0;title\x07\u009b31m\r\nB\x00\x7f",
		"C1 and bidirectional": "A\u009b31mB\u202eB\u2066C\u200f",
		"endless":              strings.Repeat("x", 100_000),
	}
	fields := map[string]struct{}{}
	for _, answer := range hostileAnswers {
		for i, part := range strings.Split(answer, "@") {
			if i%2 == 1 {
				fields[part] = struct{}{}
			}
		}
	}
	for _, header := range hostileHeaders {
		fields[header] = struct{}{}
	}
	servers := map[string]hostileServer{}
	for answer := range hostileAnswers {
		switch answer {
		case "token", "bare token":
			servers[answer] = hostileServer{token: answer, projects: "project", connections: "connections", permissions: "permissions", status: 200}
		case "projects", "project":
			servers[answer] = hostileServer{token: "bare token", projects: answer, connections: "connections", permissions: "permissions", status: 200}
		default:
			for _, status := range []int{200, 404, 500} {
				servers[fmt.Sprint(answer, status)] = hostileServer{token: "token", connections: answer, permissions: answer, status: status}
			}
			servers[answer+" of IAM"] = hostileServer{token: answer, projects: answer, connections: "connections", permissions: "permissions", status: 200}
		}
	}
	for name, server := range servers {
		for field := range fields {
			if !server.writes(field) {
				continue
			}
			for kind, text := range texts {
				s := server
				s.field, s.text = field, text
				for _, written := range allWritten(t, &s) {
					if what := unfitIn(written); what != "" {
						t.Errorf("%s, %s in %s: %s", name, kind, field, what)
					}
				}
			}
		}
	}
}

// unfitIn tells what is wrong with a text that was written.
func unfitIn(text string) string {
	if len(text) > 4000 {
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
func allWritten(t *testing.T, s *hostileServer) (written []string) {
	t.Helper()
	var log bytes.Buffer
	ctx, cancel := context.WithTimeout(tflogtest.RootLogger(t.Context(), &log), time.Minute)
	defer cancel()
	settings, diags := signin.ByEnvironment("", env(map[string]string{
		"HW_USER_NAME": "user", "HW_USER_PASSWORD": "pass-word", "HW_DOMAIN_NAME": "d", "HW_REGION_NAME": "cn-north-4", "HW_MAX_RETRIES": "0",
	}))
	if diags.HasError() {
		t.Fatal(problems(diags))
	}
	p, _, err := newProviderData(settings, s, "test")
	if err != nil {
		t.Fatal(err)
	}
	gw := apig.Gateway{Region: "cn-north-4", ProjectID: "p1", InstanceID: "instance"}
	failed := func(err error) {
		if err == nil {
			return
		}
		d := p.apiError(err, "It failed", gw)
		written = append(written, d.Summary()+"\n"+d.Detail(), p.explainLookup("cn-north-4", err), inBrief(err), err.Error())
	}
	if id, err := p.projectID(ctx, "cn-north-4"); err != nil {
		failed(err)
	} else {
		gw.ProjectID = id
		written = append(written, id, gw.String())
	}
	session := p.session(gw)
	listed, err := session.Get(ctx, []string{"endpoint-1"}, gateway.OfThisRun())
	failed(err)
	all, err := session.List(ctx, gateway.Now())
	failed(err)
	permissions, err := session.Permissions(ctx, gateway.OfThisRun())
	failed(err)
	if s.status != http.StatusOK {
		failed(session.Settle(ctx, []*settle.Item{{EndpointID: "endpoint-1", Goal: endpoint.Accept}}, 0))
	}
	for _, connections := range []map[string]endpoint.Connection{listed, all} {
		for id, c := range connections {
			written = append(written, id, c.ID, c.DomainID, string(c.Status), c.CreatedAt, c.UpdatedAt)
		}
	}
	for account, permission := range permissions {
		written = append(written, account, permission.ID, permission.Account, permission.CreatedAt)
	}
	for line := range strings.Lines(log.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		for key, value := range entry {
			written = append(written, key, fmt.Sprint(value))
		}
	}
	return written
}
