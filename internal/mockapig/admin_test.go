// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// told is what the administration answers.
type told struct {
	Connections []Connection
	Permissions []Permission
	Calls       []Call
}

func admin(t *testing.T, s *Server, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	AdminHandler(s).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/mock/"+path, strings.NewReader(body)))
	return w
}

func tell(t *testing.T, s *Server, method, path, body string) (got told) {
	t.Helper()
	w := admin(t, s, method, path, body)
	err := json.Unmarshal(w.Body.Bytes(), &got)
	assert.Assert(t, err == nil && w.Code == http.StatusOK, "%s: got %d %s, %v", path, w.Code, w.Body, err)
	return got
}

func TestAdminPlaysTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld(Config{})
		do := func(path, body string) told {
			t.Helper()
			return tell(t, s, http.MethodPost, path, strings.Replace(body, "{", `{"gateway":"`+testGateway+`",`, 1))
		}
		got := do("connect", `{"endpoint":"a","domain_id":"d","marker_id":7,"status":"accepted"}`).Connections
		assert.Check(t, len(got) == 1 && got[0].ID == "a" && got[0].DomainID == "d" && got[0].MarkerID == 7 && got[0].Status == StatusAccepted,
			"connect: %+v", got)
		assert.Check(t, is.Len(do("connect", `{"endpoint":"b","after":"1m"}`).Connections, 0))
		pass(time.Minute)
		assert.Check(t, truth(s) == "accepted, pendingAcceptance", "then it is %s", truth(s))
		assert.Check(t, is.Equal(do("status", `{"endpoint":"a","status":"rejected"}`).Connections[0].Status, StatusRejected))
		do("fail-acceptance", `{"endpoint":"a"}`)
		do("fail-acceptance", `{"endpoint":"b","times":-1}`)
		act(t, s, "receive", "a", "b")
		act(t, s, "receive", "a", "b")
		assert.Check(t, truth(s) == "accepted, failed", "after the failures it is %s", truth(s))
		do("refuse", `{"endpoint":"a"}`)
		assert.Check(t, is.Equal(act(t, s, "reject", "a").status, http.StatusBadRequest), "refused for good")
		assert.Check(t, is.Equal(truth(s), "accepted, failed"), "refused for good")
		do("refuse", `{"endpoint":"a","times":0}`)
		assert.Check(t, is.Equal(act(t, s, "reject", "a").status, http.StatusOK), "refused no more")
		assert.Check(t, is.Len(do("disconnect", `{"endpoint":"b"}`).Connections, 0))
		all := tell(t, s, http.MethodGet, "connections?gateway="+testGateway, "").Connections
		assert.Check(t, len(all) == 1 && all[0].ID == "a", "connections: %+v", all)
	})
}

func TestAdminJournal(t *testing.T) {
	s := seeded(Config{}, StatusPending)
	list(t, s, "")
	act(t, s, "receive", endpoint(0))
	for path, want := range map[string]int{"journal": 2, "journal?since=1": 1, "journal?since=2": 0} {
		got := tell(t, s, http.MethodGet, path, "").Calls
		assert.Check(t, got != nil && len(got) == want, "%s: %+v", path, got)
	}
	assert.Check(t, len(s.Journal()) == 2, "the journal has calls of the administration")
}

func TestAdminRefuses(t *testing.T) {
	at := `{"gateway":"` + testGateway + `",`
	for _, tc := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{http.MethodPost, "connect", `{"endpoint":"a"}`, 400, "gateway"}, // there are two
		{http.MethodPost, "connect", `{"gateway":"unknown","endpoint":"a"}`, 400, "no such gateway"},
		{http.MethodPost, "connect", at + `"marker_id":1}`, 400, "endpoint is missing"},
		{http.MethodPost, "connect", at + `"endpoint":"` + endpoint(0) + `"}`, 400, "never uses"},
		{http.MethodPost, "connect", at + `"endpoint":"a","after":"soon"}`, 400, "duration"},
		{http.MethodPost, "disconnect", at + `"endpoint":"a"}`, 400, "no endpoint"},
		{http.MethodPost, "status", at + `"endpoint":"` + endpoint(0) + `","status":"done"}`, 400, "no such status"},
		{http.MethodPost, "status", at + `"endpoint":"a","status":"failed"}`, 400, "no endpoint"},
		{http.MethodPost, "status", `{"id":"a"}`, 400, "unknown field"},
		{http.MethodPost, "status", `status`, 400, "invalid"},
		{http.MethodPost, "permit", at + `"domain_id":""}`, 400, "neither"},
		{http.MethodGet, "journal?since=yesterday", "", 400, "since"},
		{http.MethodGet, "connections", "", 400, "gateway"},
		{http.MethodGet, "permissions?gateway=none", "", 400, "gateway"},
		{http.MethodGet, "connect", "", 405, ""},
		{http.MethodGet, "unknown", "", 404, ""},
	} {
		w := admin(t, seeded(Config{}, StatusPending), tc.method, tc.path, tc.body)
		assert.Check(t, w.Code == tc.status && strings.Contains(w.Body.String(), tc.says), "%s %s %s: got %d %s", tc.method, tc.path, tc.body, w.Code, w.Body)
	}
	got := get(t, newWorld(Config{}), "/mock/connections")
	assert.Check(t, got.status == http.StatusNotFound, "on the mock itself: got %d", got.status)
}

func TestAdminPermissions(t *testing.T) {
	s := newWorld(Config{})
	for _, change := range [][2]string{{"permit", account(1)}, {"permit", "*"}, {"forbid", account(1)}} {
		tell(t, s, http.MethodPost, change[0], `{"gateway":"`+testGateway+`","domain_id":"`+change[1]+`"}`)
	}
	wantPermitted(t, s, "owner", "*")
	assert.Check(t, is.Len(tell(t, s, http.MethodGet, "permissions?gateway="+testGateway, "").Permissions, 2))
}

func TestJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(Config{}, StatusPending, StatusAccepted)
		at := time.Now()
		list(t, s, "?limit=500&status=accepted")
		act(t, s, "receive", endpoints(0, 2)...)
		askToken(t, s, login(projectScope))
		get(t, s, "/unknown%2Fpath?x=y")
		want := []Call{
			{
				Number: 1, At: at, Operation: OpListConnections, Method: http.MethodGet, Path: listPath, Query: "limit=500&status=accepted",
				Limit: 500, Filter: Filter{Status: StatusAccepted}, Status: 200,
			},
			{
				Number: 2, At: at, Operation: OpAcceptOrReject, Method: http.MethodPost, Path: actionPath,
				Action: "receive", Endpoints: endpoints(0, 2), Decided: endpoints(0, 1), Status: 200,
			},
			{Number: 3, At: at, Operation: OpCreateToken, Method: http.MethodPost, Path: "/v3/auth/tokens", Status: 201},
			{Number: 4, At: at, Method: http.MethodGet, Path: "/unknown%2Fpath", Query: "x=y", Status: 404, Code: "APIGW.0101"},
		}
		got := s.Journal()
		for i := range got {
			if len(got[i].RequestID) != 32 || i > 0 && got[i].RequestID == got[i-1].RequestID {
				t.Errorf("request ID %q", got[i].RequestID)
			}
			want[i].RequestID = got[i].RequestID
		}
		g, w := string(encode(got)), string(encode(want))
		assert.Check(t, g == w, "got  %s\nwant %s", g, w)
		assert.Check(t, s.Count(OpListConnections) == 1 && s.Count(OpListProjects) == 0, "miscounted")
		s.ResetJournal()
		list(t, s, "")
		got = s.Journal()
		assert.Check(t, len(got) == 1 && got[0].Number == 5, "after a reset: %+v", got)
	})
}
