// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
)

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

// TestJournalShowsRefusedCalls checks that a throttled call is told with its endpoints, and a call under way without a
// status.
func TestJournalShowsRefusedCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(Config{Latency: time.Minute}, StatusPending)
		s.Limit(Limit{Calls: 0, Per: time.Second})
		var wait sync.WaitGroup
		wait.Go(func() { act(t, s, "receive", endpoint(0)) })
		synctest.Wait()
		entry := last(t, s)
		assert.Check(t, entry.Status == 0 && slices.Equal(entry.Endpoints, endpoints(0, 1)), "under way: %+v", entry)
		wait.Wait()
		entry = last(t, s)
		assert.Check(t, entry.Status == 429 && entry.Code == "APIGW.0308" && entry.Decided == nil, "throttled: %+v", entry)
	})
}

func TestJournalHasNoSecret(t *testing.T) {
	s := seeded(Config{}, StatusPending)
	s.AddAccount(Account{DomainID: testDomain, AccessKey: "TEMPORARY", SecretKey: "temporary-secret", SecurityToken: "sts-token"})
	issued := askToken(t, s, login(projectScope)).header.Get("X-Subject-Token")
	list(t, s, "")
	mustSend(t, s, signed(t.Context(), t, http.MethodGet, listPath, "", "TEMPORARY", "temporary-secret", nil,
		map[string]string{"X-Security-Token": "sts-token"}))
	journal, err := json.Marshal(s.Journal())
	assert.NilError(t, err)
	for _, secret := range []string{issued, testToken, "test-password", "temporary-secret", "sts-token", "SDK-HMAC"} {
		assert.Check(t, !strings.Contains(string(journal), secret), "the journal has %q: %s", secret, journal)
	}
}
