// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func TestFaultStrikesWhatItMatches(t *testing.T) {
	const ok, bad = http.StatusOK, http.StatusServiceUnavailable
	calls := []func(*testing.T, *Server) reply{
		func(t *testing.T, s *Server) reply { return list(t, s, "") },
		func(t *testing.T, s *Server) reply { return list(t, s, "?id="+endpoint(1)) },
		func(t *testing.T, s *Server) reply { return act(t, s, "receive", endpoint(0)) },
		func(t *testing.T, s *Server) reply { return act(t, s, "reject", endpoints(0, 2)...) },
		func(t *testing.T, s *Server) reply { return act(t, s, "receive", endpoint(1)) },
	}
	for _, tc := range []struct {
		name  string
		fault Fault
		want  []int
	}{
		{"any call, once", Fault{}, []int{bad, ok, ok, ok, ok}},
		{"any call, twice", Fault{Times: 2}, []int{bad, bad, ok, ok, ok}},
		{"any call, always", Fault{Times: -1}, []int{bad, bad, bad, bad, bad}},
		{"after two", Fault{Skip: 2, Times: 2}, []int{ok, ok, bad, bad, ok}},
		{"an operation", Fault{Operation: OpAcceptOrReject, Times: -1}, []int{ok, ok, bad, bad, bad}},
		{"another operation", Fault{Operation: OpCreateToken}, []int{ok, ok, ok, ok, ok}},
		{"an action", Fault{Action: "reject"}, []int{ok, ok, ok, bad, ok}},
		{"an endpoint", Fault{Endpoint: endpoint(1), Times: -1}, []int{ok, bad, ok, bad, bad}},
		{"an endpoint alone", Fault{Endpoint: endpoint(1), Alone: true, Times: -1}, []int{ok, bad, ok, ok, bad}},
		{"an endpoint's second", Fault{Endpoint: endpoint(1), Skip: 1}, []int{ok, ok, ok, bad, ok}},
	} {
		s := seeded(Config{}, StatusPending, StatusPending)
		tc.fault.Status = bad
		s.Fail(tc.fault)
		for n, call := range calls {
			assert.Check(t, is.Equal(call(t, s).status, tc.want[n]), "%s, call %d", tc.name, n)
		}
	}
}

func TestFaultBodies(t *testing.T) {
	const page = "<html><head><title>502 Bad Gateway</title></head></html>"
	for name, tc := range map[string]struct {
		fault       Fault
		status      int
		contentType string
		body        string
	}{
		"code":                {Fault{Status: 500, Code: "APIC.9007", Message: "Failed"}, 500, "application/json", `{"error_code":"APIC.9007","error_msg":"Failed"}`},
		"after":               {Fault{Status: 500, Body: "x", After: true}, 500, "application/json", "x"},
		"HTML":                {Fault{Status: 502, Body: page, ContentType: "text/html", Header: http.Header{"server": {"elb"}}}, 502, "text/html", page},
		"HTML with 200":       {Fault{Body: page, ContentType: "text/html"}, 200, "text/html", page},
		"text without a type": {Fault{Status: 400, Body: "what?"}, 400, "application/json", "what?"},
		"nothing":             {Fault{Status: 504}, 504, "application/json", ""},
		"redirect":            {Fault{Status: 302, Header: http.Header{"Location": {"https://elsewhere.test"}}}, 302, "application/json", ""},
	} {
		s := seeded(Config{}, StatusPending)
		s.Fail(tc.fault)
		got := act(t, s, "receive", endpoint(0))
		assert.Check(t, got.status == tc.status && got.body == tc.body && got.header.Get("Content-Type") == tc.contentType && got.header.Get("X-Request-Id") != "",
			"%s: got %d %v %s", name, got.status, got.header, got.body)
		for header, values := range tc.fault.Header {
			assert.Check(t, slices.Equal(got.header.Values(header), values), "%s: %v", name, got.header)
		}
		entry := last(t, s)
		assert.Check(t, entry.Status == tc.status && entry.Code == tc.fault.Code, "%s: the journal has %+v", name, entry)
		assert.Check(t, (len(entry.Decided) == 1) == tc.fault.After && (truth(s) == StatusAccepted) == tc.fault.After,
			"%s: the journal has %+v, then it is %s", name, entry, truth(s))
	}
}

// TestBrokenConnections is the same over a socket and in memory.
func TestBrokenConnections(t *testing.T) {
	for _, tc := range []struct {
		name   string
		fault  Fault
		header bool // the answer's header arrives
		after  string
	}{
		{"dropped before", Fault{Drop: true}, false, StatusPending},
		{"dropped after", Fault{Drop: true, After: true}, false, StatusAccepted},
		{"truncated", Fault{Truncate: true}, true, StatusAccepted},
		{"truncated error", Fault{Truncate: true, Status: 500, Code: "APIC.9000", Message: "Internal"}, true, StatusPending},
	} {
		for _, medium := range []string{"memory", "socket"} {
			t.Run(tc.name+" in "+medium, func(t *testing.T) {
				s := seeded(Config{}, StatusPending)
				s.Fail(tc.fault)
				r := newRequest(t.Context(), http.MethodPost, actionPath, actionBody("receive", endpoint(0)))
				body := &closeRecorder{Reader: r.Body}
				through := s.Transport()
				if medium == "socket" {
					server := httptest.NewServer(s)
					defer server.Close()
					r.URL.Host = server.Listener.Addr().String()
					through = server.Client().Transport
				} else {
					r.Body = body
				}
				response, err := through.RoundTrip(r)
				want := io.EOF
				if tc.header && err == nil {
					defer func() { _ = response.Body.Close() }()
					_, err = io.ReadAll(response.Body)
					want = io.ErrUnexpectedEOF
				}
				assert.Check(t, errors.Is(err, want) && truth(s) == tc.after, "got %v, %v, then it is %s", response, err, truth(s))
				assert.Check(t, body.closed == (medium == "memory"), "the request's body is open")
				entry := last(t, s)
				assert.Check(t, (entry.Status == 0) != tc.header, "the journal has %+v", entry)
			})
		}
	}
}

func TestDelays(t *testing.T) {
	for _, tc := range []struct {
		name   string
		config Config
		fault  Fault
		after  string // what it is once the client has given up
	}{
		{"latency", Config{Latency: time.Minute}, Fault{Skip: 9}, StatusPending},
		{"before", Config{}, Fault{Delay: time.Minute}, StatusPending},
		{"after", Config{}, Fault{Delay: time.Minute, After: true}, StatusAccepted},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := seeded(tc.config, StatusPending)
				s.Fail(tc.fault)
				began := time.Now()
				act(t, s, "receive", endpoint(0))
				assert.Check(t, time.Since(began) == time.Minute && truth(s) == StatusAccepted, "took %v, then %s", time.Since(began), truth(s))
				s = seeded(tc.config, StatusPending)
				s.Fail(tc.fault)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began = time.Now()
				_, err := send(s, newRequest(ctx, http.MethodPost, actionPath, actionBody("receive", endpoint(0))))
				assert.Check(t, errors.Is(err, context.DeadlineExceeded) && time.Since(began) == time.Second, "got %v after %v", err, time.Since(began))
				pass(time.Hour)
				assert.Check(t, truth(s) == tc.after, "then it is %s", truth(s))
				entry := last(t, s)
				assert.Check(t, entry.Status == 0 && (len(entry.Decided) == 1) == tc.fault.After, "the journal has %+v", entry)
			})
		})
	}
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(Config{}, StatusPending)
		s.Limit(Limit{Calls: 2, Per: 5 * time.Minute})
		statuses := func() []int {
			return []int{list(t, s, "").status, list(t, s, "").status, act(t, s, "receive", endpoint(0)).status}
		}
		assert.Check(t, is.DeepEqual(statuses(), []int{200, 200, 429}))
		entry := last(t, s)
		assert.Check(t, slices.Equal(entry.Endpoints, endpoints(0, 1)) && entry.Status == 429 && entry.Code == "APIGW.0308" && truth(s) == StatusPending,
			"the journal has %+v, then it is %s", entry, truth(s))
		got := list(t, s, "")
		assert.Check(t, got.Code == "APIGW.0308" && strings.HasSuffix(got.Message, "policy user over ratelimit,limit:2,time:5 minute") && got.RequestID != "",
			"got %s", got.body)
		iam := get(t, s, "/v3/projects")
		assert.Check(t, iam.status == http.StatusOK, "IAM is limited too: %d", iam.status)
		pass(5 * time.Minute)
		assert.Check(t, is.DeepEqual(statuses(), []int{200, 200, 429}), "in the next window")
		s.Limit(Limit{})
		assert.Check(t, is.DeepEqual(statuses(), []int{200, 200, 200}), "without a limit")
	})
	for per, want := range map[time.Duration]string{time.Second: "1 second", 90 * time.Second: "90 second", 250 * time.Millisecond: "250 millisecond"} {
		assert.Check(t, is.Equal((Limit{Per: per}).window(), want), per)
	}
}

// closeRecorder is a request body that knows whether it was closed.
type closeRecorder struct {
	io.Reader
	closed bool
}

func (b *closeRecorder) Close() error {
	b.closed = true
	return nil
}

func TestTransportHonorsTheContext(t *testing.T) {
	s := seeded(Config{}, StatusPending)
	ctx, cancel := context.WithCancel(t.Context())
	r := newRequest(ctx, http.MethodGet, listPath, "")
	r.Body = nil // as http.NewRequest leaves it
	response, err := s.Transport().RoundTrip(r)
	assert.Assert(t, err == nil && response.StatusCode == http.StatusOK && response.Request == r, "got %+v, %v", response, err)
	defer func() { _ = response.Body.Close() }()
	cancel()
	_, err = io.ReadAll(response.Body)
	assert.Check(t, is.ErrorIs(err, context.Canceled), "reading on")
	again, err := s.Transport().RoundTrip(r)
	if !errors.Is(err, context.Canceled) {
		_ = again.Body.Close()
		t.Errorf("another call: %v", err)
	}
	assert.Check(t, is.Equal(s.Count(OpListConnections), 1), "calls arrived")
}

func TestTransportPassesOtherPanicsOn(t *testing.T) {
	defer func() {
		assert.Check(t, is.Equal(recover(), "trouble"))
	}()
	broken := transport{handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("trouble") }), absent: newWorld(Config{}).absent}
	response, err := broken.RoundTrip(newRequest(t.Context(), http.MethodGet, "/", ""))
	if err == nil {
		_ = response.Body.Close()
	}
	t.Error("no panic")
}
