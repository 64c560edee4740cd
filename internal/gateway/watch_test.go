// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// failingService is a service that answers calls with an error, but those of a
// method that goes well: the listing is of pending endpoints.
type failingService struct {
	well    string
	pending []string
	status  int
	code    string
	header  http.Header
	latency time.Duration // of calls that fail
}

func (s failingService) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != s.well && s.latency > 0 {
		select {
		case <-time.After(s.latency):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	status, body := s.status, fmt.Sprintf(`{"error_code":%q,"error_msg":"not now"}`, s.code)
	if r.Method == s.well {
		var entries []string
		for _, id := range s.pending {
			if filter := r.URL.Query().Get("id"); filter == "" || filter == id {
				entries = append(entries, fmt.Sprintf(`{"id":%q,"status":"pendingAcceptance"}`, id))
			}
		}
		status, body = 200, fmt.Sprintf(`{"connections":[%s],"total":%d}`, strings.Join(entries, ","), len(entries))
	}
	return &http.Response{StatusCode: status, Header: s.header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// viewOf is a session with the calls as they are made, attempts, retries and throttle
// included, to a service.
func viewOf(service http.RoundTripper, maxRetries int) *gateway.Session {
	client := &rest.Client{HTTP: &http.Client{Transport: service}, MaxRetries: maxRetries, Throttle: rest.NewThrottle(0, 0)}
	return gateway.NewRegistry(apig.New(client, func(string) (*url.URL, error) {
		return &url.URL{Scheme: "https", Host: "api.example.com"}, nil
	})).Session(theGateway)
}

// Of many who wait until their time is up for a call that fails again and again,
// each knows why, and whether what it asked for may have been done: not only the
// last one, or the one who makes the call.
func TestAllKnowWhyTheyWaited(t *testing.T) {
	t.Parallel()
	header := http.Header{"X-Request-Id": {"r-1"}}
	for name, s := range map[string]failingService{
		"throttled decision": {well: http.MethodGet, status: 429, code: "APIGW.0308", header: header},
		"busy decision":      {well: http.MethodGet, status: 409, code: "APIC.7701", header: header},
		"failed decision":    {well: http.MethodGet, status: 500, code: "APIC.9007", header: header},
		"throttled listing":  {well: http.MethodPost, status: 429, code: "APIGW.0308", header: header, latency: 20 * time.Millisecond},
		"busy listing":       {well: http.MethodPost, status: 409, code: "APIC.7701", header: header, latency: 20 * time.Millisecond},
		"failed listing":     {well: http.MethodPost, status: 500, code: "APIC.9007", header: header, latency: 20 * time.Millisecond},
	} {
		for _, gap := range []time.Duration{0, time.Millisecond, 300 * time.Millisecond} {
			t.Run(fmt.Sprint(name, " ", gap), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := s
					s.pending = ids(200)
					if gap > 0 {
						s.pending = ids(230) // more than travel at once: some wait for a call to be made
					}
					v := viewOf(s, 100)
					knows := func(what string, err error) {
						var e *rest.Error
						if !errors.As(err, &e) || e.Code != s.code || e.RequestID != "r-1" || !errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("%s: %v", what, err)
						}
					}
					var group sync.WaitGroup
					for i, c := range cases(endpoint.Accept, s.pending...) {
						ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second+time.Duration(i)*gap)
						defer cancel()
						group.Go(func() {
							knows(c.EndpointID, v.Settle(ctx, []*settle.Item{c}, 0))
							if failed := s.status == 500 && c.Asked(); c.Calls != 0 || c.MayTakeEffect() != failed {
								t.Errorf("%s: %+v", c.EndpointID, c)
							}
						})
					}
					passes(5 * time.Second)
					ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
					defer cancel()
					if _, err := v.List(ctx, gateway.Now()); name != "busy decision" {
						knows("all", err)
					} else if err != nil { // between two calls, nothing is pending
						t.Error(err)
					}
					group.Wait()
				})
			})
		}
	}
}

// The same of those who wait for a call about permissions.
func TestAllKnowWhyTheyWaitedForPermissions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := viewOf(failingService{status: 409, code: "APIC.7701"}, 100)
		var group sync.WaitGroup
		for i := range 10 {
			ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second+time.Duration(i)*time.Millisecond)
			defer cancel()
			group.Go(func() {
				_, err := v.Permissions(ctx, gateway.Now())
				wantCode(t, err, 409)
				wantEnd(t, err, context.DeadlineExceeded)
			})
		}
		group.Wait()
	})
}
