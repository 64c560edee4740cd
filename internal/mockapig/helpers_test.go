// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// The world of the tests: one owner with a gateway, and somebody else with another.
const (
	testDomain   = "0d00000000000000000000000000000a"
	testProject  = "0a00000000000000000000000000000b"
	testGateway  = "0f00000000000000000000000000000c"
	testToken    = "test-token"
	otherDomain  = "1d00000000000000000000000000000a"
	otherProject = "1a00000000000000000000000000000b"
	otherGateway = "1f00000000000000000000000000000c"
	listPath     = "/v2/" + testProject + "/apigw/instances/" + testGateway + "/vpc-endpoint/connections"
	actionPath   = listPath + "/action"
)

func newWorld(cfg Config) *Server {
	s := New(cfg)
	s.AddAccount(Account{
		DomainID: testDomain, DomainName: "owner", User: "deployer", Password: "test-password",
		AccessKey: "TESTACCESSKEY", SecretKey: "test-secret-key",
	})
	s.AddProject(Project{ID: testProject, Name: "demo-1", DomainID: testDomain})
	s.AddGateway(Gateway{ID: testGateway, ProjectID: testProject})
	s.AddToken(testToken, Token{DomainID: testDomain, ProjectID: testProject})

	s.AddAccount(Account{DomainID: otherDomain, DomainName: "other", User: "deployer", Password: "other-password"})
	s.AddProject(Project{ID: otherProject, Name: "demo-1", DomainID: otherDomain})
	s.AddGateway(Gateway{ID: otherGateway, ProjectID: otherProject})
	return s
}

// seeded is a world with connections of these statuses, whose IDs are those of endpoint.
func seeded(cfg Config, statuses ...string) *Server {
	s := newWorld(cfg)
	for i, status := range statuses {
		s.Connect(testGateway, Connection{ID: endpoint(i), Status: status})
	}
	return s
}

func endpoint(i int) string { return fmt.Sprintf("9fa04c5e-64ec-4106-a014-%012d", i) }

func endpoints(from, to int) []string {
	var ids []string
	for i := from; i < to; i++ {
		ids = append(ids, endpoint(i))
	}
	return ids
}

// reply is an answer in the form that the assertions need.
type reply struct {
	status      int
	header      http.Header
	body        string
	Size        *int
	Total       *int
	Connections []Connection
	Code        string `json:"error_code"`
	Message     string `json:"error_msg"`
	RequestID   string `json:"request_id"`
}

func (r reply) statuses() string {
	all := make([]string, len(r.Connections))
	for i, c := range r.Connections {
		all[i] = c.Status
	}
	return strings.Join(all, ", ")
}

func (r reply) ids() []string {
	ids := make([]string, len(r.Connections))
	for i, c := range r.Connections {
		ids[i] = c.ID
	}
	return ids
}

// newRequest makes a request with the test token; a header of "" is removed.
func newRequest(ctx context.Context, method, path, body string, headers ...string) *http.Request {
	r, err := http.NewRequestWithContext(ctx, method, "http://mock.test"+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("X-Auth-Token", testToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	return r
}

func send(s *Server, r *http.Request) (reply, error) {
	response, err := s.Transport().RoundTrip(r)
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(response.Body)
	got := reply{status: response.StatusCode, header: response.Header, body: string(body)}
	if err != nil {
		return got, err
	}
	if strings.HasPrefix(got.body, "{") {
		err = json.Unmarshal(body, &got)
	}
	return got, err
}

// is says whether an answer has a status and, where one is given, a code.
func (r reply) is(status int, code string) bool {
	return r.status == status && (code == "" || r.Code == code)
}

func mustSend(t *testing.T, s *Server, r *http.Request) reply {
	t.Helper()
	got, err := send(s, r)
	assert.NilError(t, err, "%s %s", r.Method, r.URL)
	return got
}

func get(t *testing.T, s *Server, path string, headers ...string) reply {
	t.Helper()
	return mustSend(t, s, newRequest(t.Context(), http.MethodGet, path, "", headers...))
}

func post(t *testing.T, s *Server, path, body string, headers ...string) reply {
	t.Helper()
	return mustSend(t, s, newRequest(t.Context(), http.MethodPost, path, body, headers...))
}

func list(t *testing.T, s *Server, query string) reply {
	t.Helper()
	return get(t, s, listPath+query)
}

func act(t *testing.T, s *Server, verb string, ids ...string) reply {
	t.Helper()
	return post(t, s, actionPath, actionBody(verb, ids...))
}

func actionBody(verb string, ids ...string) string {
	return string(encode(action{Action: verb, Endpoints: ids}))
}

// truth is the true statuses, in the order of the listing.
func truth(s *Server) string {
	return reply{Connections: s.Connections(testGateway)}.statuses()
}

func last(t *testing.T, s *Server) Call {
	t.Helper()
	calls := s.Journal()
	assert.Assert(t, len(calls) != 0, "the journal is empty")
	return calls[len(calls)-1]
}

// pass lets time go by, in a testing/synctest bubble at once.
func pass(d time.Duration) { <-time.After(d) }
