// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func TestListingPages(t *testing.T) {
	const count = 612
	s := seeded(Config{}, slices.Repeat([]string{StatusPending}, count)...)
	for _, tc := range []struct {
		query    string
		from, to int
	}{
		{"", 0, 20},
		{"?offset=-5&limit=3", 0, 3},
		{"?limit=-1", 0, 20},
		{"?limit=501", 0, 500},
		{"?offset=500&limit=500", 500, count},
		{"?offset=9223372036854775807&limit=500", count, count},
	} {
		got := list(t, s, tc.query)
		assert.Check(t, got.status == http.StatusOK && slices.Equal(got.ids(), append([]string{}, endpoints(tc.from, tc.to)...)),
			"%s: %d with %d connections", tc.query, got.status, len(got.Connections))
		if *got.Size != tc.to-tc.from || *got.Total != count {
			t.Errorf("%s: size %d, total %d", tc.query, *got.Size, *got.Total)
		}
	}
	entry := last(t, s)
	assert.Check(t, entry.Offset == 9223372036854775807 && entry.Limit == 500, "the journal has %+v", entry)
}

func TestListingFilters(t *testing.T) {
	s := newWorld(Config{})
	all := []string{StatusPending, StatusCreating, StatusAccepted, StatusRejected, StatusFailed, StatusDeleting}
	for i, status := range all {
		s.Connect(testGateway, Connection{ID: endpoint(i), MarkerID: int64(i + 1), Status: status})
	}
	const big = 1<<53 + 1
	s.Connect(testGateway, Connection{ID: "big", MarkerID: big, Status: StatusFailed})
	for _, tc := range []struct {
		query string
		want  []string
		entry Filter
	}{
		{"?status=pendingAcceptance", endpoints(0, 1), Filter{Status: StatusPending}},
		{"?status=accepted", endpoints(2, 3), Filter{Status: StatusAccepted}},
		{"?status=rejected", endpoints(3, 4), Filter{Status: StatusRejected}},
		{"?status=failed&limit=1&offset=1", []string{"big"}, Filter{Status: StatusFailed}},
		{"?id=" + endpoint(1), endpoints(1, 2), Filter{ID: endpoint(1)}},
		{"?id=9fa04c5e", []string{}, Filter{ID: "9fa04c5e"}},
		{"?id=big&status=accepted", []string{}, Filter{ID: "big", Status: StatusAccepted}},
		{"?marker_id=" + strconv.Itoa(big), []string{"big"}, Filter{MarkerID: "9007199254740993"}},
		{"?marker_id=0", []string{}, Filter{MarkerID: "0"}},
	} {
		assert.Check(t, is.DeepEqual(list(t, s, tc.query).ids(), tc.want), tc.query)
		entry := last(t, s)
		assert.Check(t, entry.Filter == tc.entry && entry.Operation == OpListConnections, "%s: the journal has %+v", tc.query, entry)
	}
	got := list(t, s, "?status=failed&limit=1")
	assert.Check(t, *got.Total == 2 && *got.Size == 1, "a page of a filtered list: size %d, total %d", *got.Size, *got.Total)
}

// TestDecisions goes through every pair of action and status in the friendliest world.
func TestDecisions(t *testing.T) {
	for status, want := range map[string]struct{ receive, reject string }{
		StatusPending:  {StatusAccepted, StatusRejected},
		StatusCreating: {StatusCreating, StatusRejected},
		StatusAccepted: {StatusAccepted, StatusRejected},
		StatusRejected: {StatusAccepted, StatusRejected},
		StatusFailed:   {StatusAccepted, StatusRejected},
		StatusDeleting: {StatusDeleting, StatusDeleting},
	} {
		for verb, want := range map[string]string{"receive": want.receive, "reject": want.reject} {
			s := seeded(Config{}, status)
			got := act(t, s, verb, endpoint(0))
			assert.Check(t, got.status == http.StatusOK && truth(s) == want, "%s %s: %d, then %s, want %s", verb, status, got.status, truth(s), want)
			changed := len(last(t, s).Decided) == 1
			assert.Check(t, changed == (status != want), "%s %s: decided %v", verb, status, last(t, s).Decided)
		}
	}
}

func TestCreatingTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(Config{Creating: 10 * time.Second}, StatusPending, StatusPending)
		began := time.Now().UTC()
		s.FailAcceptance(testGateway, endpoint(1), 1)
		pass(time.Second)
		act(t, s, "receive", endpoints(0, 2)...)
		pass(9 * time.Second)
		assert.Check(t, is.Equal(list(t, s, "").statuses(), "creating, creating"), "after 9 s")
		pass(time.Minute)
		want := Connection{
			ID: endpoint(0), MarkerID: 167792784, DomainID: DefaultConsumer, Status: StatusAccepted,
			CreatedAt: began.Format(timeFormat), UpdatedAt: began.Add(11 * time.Second).Format(timeFormat),
		}
		got := list(t, s, "")
		if got.Connections[0] != want {
			t.Errorf("got %+v, want %+v", got.Connections[0], want)
		}
		if got.Connections[1].Status != StatusFailed || got.Connections[1].MarkerID != 167792785 {
			t.Errorf("got %+v", got.Connections[1])
		}
		act(t, s, "receive", endpoint(1))
		pass(10 * time.Second)
		assert.Check(t, truth(s) == "accepted, accepted", "the second acceptance: %s", truth(s))
	})
}

func TestConsumersComeAndLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld(Config{})
		s.ConnectAfter(20*time.Second, testGateway, Connection{ID: "late"})
		s.ConnectAfter(10*time.Second, testGateway, Connection{ID: "soon"})
		s.ConnectAfter(10*time.Second, testGateway, Connection{ID: "soon too"})
		s.ConnectAfter(10*time.Second, testGateway, Connection{ID: "never"})
		s.Connect(testGateway, Connection{ID: "now"})
		s.Disconnect(testGateway, "never")
		assert.Check(t, is.DeepEqual(list(t, s, "").ids(), []string{"now"}), "at once")
		pass(10 * time.Second)
		assert.Check(t, is.DeepEqual(list(t, s, "").ids(), []string{"now", "soon", "soon too"}), "after 10 s")
		_, ok := s.Connection(testGateway, "late")
		assert.Check(t, !ok, "it is there too early")
		s.Disconnect(testGateway, "soon")
		pass(10 * time.Second)
		got := list(t, s, "")
		assert.Check(t, slices.Equal(got.ids(), []string{"now", "soon too", "late"}) && *got.Total == 3, "after 20 s: %v", got.ids())
		c, ok := s.Connection(testGateway, "late")
		assert.Check(t, ok && c.Status == StatusPending && c.CreatedAt == time.Now().UTC().Format(timeFormat), "got %+v", c)
	})
}

func TestMisuseOfTheMockPanics(t *testing.T) {
	for name, misuse := range map[string]func(*Server){
		"an ID of one that left, at another gateway": func(s *Server) {
			s.Disconnect(testGateway, endpoint(0))
			s.Connect(otherGateway, Connection{ID: endpoint(0)})
		},
		"no ID": func(s *Server) { s.Connect(testGateway, Connection{}) },
		"a past arrival": func(s *Server) {
			s.ConnectAfter(1, testGateway, Connection{ID: "a", CreatedAt: "2021-05-07T14:20:14Z"})
		},
		"a fault without a status": func(s *Server) { s.Fail(Fault{Code: "APIC.9000"}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				assert.Check(t, recover() != nil, "no panic")
			}()
			misuse(seeded(Config{}, StatusPending))
		})
	}
}
