// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
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

// undecided lists, and fails in one way to change anything until it is well.
type undecided struct {
	status int // 0: it does not answer

	mu   sync.Mutex
	well bool
}

func (s *undecided) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	well := s.well
	s.mu.Unlock()
	var listed []string
	for i := range resources {
		listed = append(listed, fmt.Sprintf(`{"id":"endpoint-%d","status":"%s"}`, i, map[bool]string{false: "pendingAcceptance", true: "accepted"}[well]))
	}
	status, body := 200, fmt.Sprintf(`{"connections":[%s],"total":%d}`, strings.Join(listed, ","), resources)
	switch {
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/permissions") && well:
		body = `{"permissions":[{"id":"r","permission":"iam:domain::account-0"}],"total":1}`
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/permissions"):
		body = `{"permissions":[],"total":0}`
	case r.Method == http.MethodGet || well:
	case s.status == 0:
		<-r.Context().Done()
		return nil, r.Context().Err()
	default:
		status, body = s.status, `{"error_code":"x","error_msg":"not now"}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

const resources = 1000

// changer makes the change of one resource: of an endpoint, or of an account.
func changer(service http.RoundTripper, gateways int, what string) func(ctx context.Context, i int) error {
	client := &rest.Client{HTTP: &http.Client{Transport: service}, MaxRetries: 5, Throttle: rest.NewThrottle(0, 0)}
	registry := gateway.NewRegistry(apig.New(client, func(string) (*url.URL, error) {
		return &url.URL{Scheme: "https", Host: "api.example.com"}, nil
	}))
	return func(ctx context.Context, i int) error {
		of := theGateway
		of.InstanceID = fmt.Sprintf("instance-%d", i%gateways)
		if what == "accounts" {
			account := fmt.Sprint("account-", i)
			change := &gateway.PermissionChange{Add: []string{account}}
			err := registry.Session(of).Permit(ctx, change)
			return cmp.Or(err, change.Refused[account])
		}
		c := &settle.Item{EndpointID: fmt.Sprint("endpoint-", i), Goal: endpoint.Accept}
		err := registry.Session(of).Settle(ctx, []*settle.Item{c}, 0)
		return cmp.Or(err, c.Refusal)
	}
}

// A thousand resources whose gateways list, and can't change anything, fail within
// one timeout where nobody answers. Those that come later try again.
func TestOutageOfChangesIsRemembered(t *testing.T) {
	t.Parallel()
	const timeout = 10 * time.Minute
	for status, name := range map[int]string{0: "hang", 429: "throttle", 503: "fail"} {
		for _, what := range []string{"endpoints", "accounts"} {
			for _, gateways := range []int{1, 20} {
				t.Run(fmt.Sprintf("%s %s, %d gateways", what, name, gateways), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						service := &undecided{status: status}
						change := changer(service, gateways, what)
						began, next := time.Now(), make(chan int)
						var terraform sync.WaitGroup
						for range 10 {
							terraform.Go(func() {
								for i := range next {
									ctx, cancel := context.WithTimeout(t.Context(), timeout)
									if err := change(ctx, i); err == nil {
										t.Errorf("%d: no error", i)
									}
									cancel()
								}
							})
						}
						for i := range resources {
							next <- i
						}
						close(next)
						terraform.Wait()
						limit := timeout + time.Minute
						if status != 0 && gateways > 1 {
							limit = 10 * timeout // what one gateway answers the others are asked for, until a second one answers so
						}
						if took := time.Since(began); took > limit {
							t.Errorf("it took %s", took)
						}
						passes(time.Minute)
						service.mu.Lock()
						service.well = true
						service.mu.Unlock()
						ctx, cancel := context.WithTimeout(t.Context(), timeout)
						defer cancel()
						if err := change(ctx, 0); err != nil && !errors.As(err, new(*gateway.FaultError)) {
							t.Errorf("after the outage: %v", err)
						}
					})
				})
			}
		}
	}
}

// stubborn decides all endpoints but one, for which it gives no answer.
type stubborn struct {
	mu      sync.Mutex
	decided map[string]bool
}

func (s *stubborn) RoundTrip(r *http.Request) (*http.Response, error) {
	var asked struct {
		Endpoints []string `json:"endpoints"`
	}
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			return nil, err
		}
		if slices.Contains(asked.Endpoints, "endpoint-0") {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range asked.Endpoints {
		s.decided[id] = true
	}
	var listed []string
	for i := range 10 {
		id := fmt.Sprint("endpoint-", i)
		listed = append(listed, fmt.Sprintf(`{"id":"%s","status":"%s"}`, id, map[bool]string{false: "pendingAcceptance", true: "accepted"}[s.decided[id]]))
	}
	body := fmt.Sprintf(`{"connections":[%s],"total":10}`, strings.Join(listed, ","))
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// Where others could be decided meanwhile, that one endpoint can't be is no outage.
func TestOneUndecidableEndpointIsNoOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		change := changer(&stubborn{decided: map[string]bool{}}, 1, "endpoints")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		var all sync.WaitGroup
		for i := range 2 {
			all.Go(func() {
				if err := change(ctx, i); (err == nil) != (i == 1) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		all.Wait()
		later, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := change(later, 2); err != nil {
			t.Error(err)
		}
	})
}
