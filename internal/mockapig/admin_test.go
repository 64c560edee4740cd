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
)

func admin(t *testing.T, s *Server, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	AdminHandler(s).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
	return w
}

func adminConnections(t *testing.T, w *httptest.ResponseRecorder) []Connection {
	t.Helper()
	var body struct{ Connections []Connection }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
	}
	return body.Connections
}

func TestAdminPlaysTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld(Config{})
		post := func(path, body string) []Connection {
			return adminConnections(t, admin(t, s, http.MethodPost, "/mock/"+path, strings.Replace(body, "{", `{"gateway":"`+testGateway+`",`, 1)))
		}
		got := post("connect", `{"endpoint":"a","domain_id":"d","marker_id":7,"status":"accepted"}`)
		if len(got) != 1 || got[0].ID != "a" || got[0].DomainID != "d" || got[0].MarkerID != 7 || got[0].Status != StatusAccepted {
			t.Errorf("connect: %+v", got)
		}
		if got := post("connect", `{"endpoint":"b","after":"1m"}`); len(got) != 0 {
			t.Errorf("connect later: %+v", got)
		}
		if pass(time.Minute); truth(s) != "accepted, pendingAcceptance" {
			t.Errorf("then it is %s", truth(s))
		}
		if got := post("status", `{"endpoint":"a","status":"rejected"}`); got[0].Status != StatusRejected {
			t.Errorf("status: %+v", got)
		}
		post("fail-acceptance", `{"endpoint":"a"}`)
		post("fail-acceptance", `{"endpoint":"b","times":-1}`)
		act(t, s, "receive", "a", "b")
		if act(t, s, "receive", "a", "b"); truth(s) != "accepted, failed" {
			t.Errorf("after the failures it is %s", truth(s))
		}
		post("refuse", `{"endpoint":"a"}`)
		if got := act(t, s, "reject", "a"); got.status != http.StatusBadRequest || truth(s) != "accepted, failed" {
			t.Errorf("refused for good: %d %s, %s", got.status, got.body, truth(s))
		}
		post("refuse", `{"endpoint":"a","times":0}`)
		if got := act(t, s, "reject", "a"); got.status != http.StatusOK {
			t.Errorf("refused no more: %d %s", got.status, got.body)
		}
		if got := post("disconnect", `{"endpoint":"b"}`); len(got) != 0 {
			t.Errorf("disconnect: %+v", got)
		}
		all := adminConnections(t, admin(t, s, http.MethodGet, "/mock/connections?gateway="+testGateway, ""))
		if len(all) != 1 || all[0].ID != "a" {
			t.Errorf("connections: %+v", all)
		}
	})
}

func TestAdminJournal(t *testing.T) {
	s := seeded(Config{}, StatusPending)
	list(t, s, "")
	act(t, s, "receive", endpoint(0))
	for path, want := range map[string]int{"/mock/journal": 2, "/mock/journal?since=1": 1, "/mock/journal?since=2": 0} {
		w := admin(t, s, http.MethodGet, path, "")
		var body struct{ Calls []Call }
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Calls == nil || len(body.Calls) != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if len(s.Journal()) != 2 {
		t.Error("the journal has calls of the administration")
	}
}

func TestAdminRefuses(t *testing.T) {
	for _, tc := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{http.MethodPost, "connect", `{"endpoint":"a"}`, 400, "gateway"}, // there are two
		{http.MethodPost, "connect", `{"gateway":"unknown","endpoint":"a"}`, 400, "no such gateway"},
		{http.MethodPost, "connect", `{"gateway":"` + testGateway + `"}`, 400, "endpoint is missing"},
		{http.MethodPost, "connect", `{"gateway":"` + testGateway + `","endpoint":"` + endpoint(0) + `"}`, 400, "never uses"},
		{http.MethodPost, "connect", `{"gateway":"` + testGateway + `","endpoint":"a","after":"soon"}`, 400, "duration"},
		{http.MethodPost, "disconnect", `{"gateway":"` + testGateway + `","endpoint":"a"}`, 400, "no endpoint"},
		{http.MethodPost, "status", `{"gateway":"` + testGateway + `","endpoint":"` + endpoint(0) + `","status":"done"}`, 400, "no such status"},
		{http.MethodPost, "status", `{"id":"a"}`, 400, "unknown field"},
		{http.MethodPost, "status", `status`, 400, "invalid"},
		{http.MethodGet, "journal?since=yesterday", "", 400, "since"},
		{http.MethodGet, "connections", "", 400, "gateway"},
		{http.MethodGet, "connect", "", 405, ""},
		{http.MethodGet, "unknown", "", 404, ""},
	} {
		w := admin(t, seeded(Config{}, StatusPending), tc.method, "/mock/"+tc.path, tc.body)
		if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.says) {
			t.Errorf("%s %s %s: got %d %s", tc.method, tc.path, tc.body, w.Code, w.Body)
		}
	}
}

func TestAdminIsNotOnTheMockItself(t *testing.T) {
	if got := mustSend(t, newWorld(Config{}), newRequest(t.Context(), http.MethodGet, "/mock/connections", "")); got.status != http.StatusNotFound {
		t.Errorf("got %d", got.status)
	}
}

func TestAdminPermissions(t *testing.T) {
	s := newWorld(Config{})
	change := func(path, account string, code int) {
		t.Helper()
		w := admin(t, s, http.MethodPost, "/mock/"+path, `{"gateway":"`+testGateway+`","domain_id":"`+account+`"}`)
		if w.Code != code {
			t.Errorf("%s %s: %d %s", path, account, w.Code, w.Body)
		}
	}
	change("permit", account(1), 200)
	change("permit", "*", 200)
	change("permit", "", 400)
	change("forbid", account(1), 200)
	wantPermitted(t, s, "owner", "*")
	var body struct{ Permissions []Permission }
	w := admin(t, s, http.MethodGet, "/mock/permissions?gateway="+testGateway, "")
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || len(body.Permissions) != 2 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := admin(t, s, http.MethodGet, "/mock/permissions?gateway=none", ""); w.Code != http.StatusBadRequest {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
