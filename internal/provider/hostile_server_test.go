// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

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

func (s *hostileServer) environment() map[string]string {
	variables := map[string]string{"HW_REGION_NAME": "cn-north-4", "HW_MAX_RETRIES": "0"}
	maps.Copy(variables, hostileSignIns[s.signIn])
	return variables
}

// lists tells whether the answers in question are the API's to listings, and
// decides whether they are those to other calls.
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
	return slices.Sorted(maps.Keys(fields))
}
