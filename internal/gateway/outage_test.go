// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
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
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// outageService fails in one way until it is well.
type outageService struct {
	status int // 0: it does not answer
	well   bool
	calls  int
	mu     sync.Mutex
}

func (s *outageService) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.calls++
	status, well := s.status, s.well
	s.mu.Unlock()
	body := `{"error_code":"x","error_msg":"not now"}`
	if well {
		status, body = 200, `{"connections":[],"permissions":[],"total":0}`
	}
	if status == 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// A thousand resources of which Terraform asks for ten at a time fail within one
// timeout, whatever they look for, and those that come later try again.
func TestOutageIsRememberedBetweenWaves(t *testing.T) {
	t.Parallel()
	const timeout = 5 * time.Minute
	for status, name := range map[int]string{0: "hangs", 429: "throttles", 503: "fails"} {
		for _, gateways := range []int{1, 20} {
			t.Run(fmt.Sprintf("%s, %d gateways", name, gateways), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					service := &outageService{status: status}
					client := &rest.Client{HTTP: &http.Client{Transport: service}, MaxRetries: 1000, Throttle: rest.NewThrottle(0, 0)}
					registry := gateway.NewRegistry(apig.New(client, func(string) (*url.URL, error) {
						return &url.URL{Scheme: "https", Host: "api.example.com"}, nil
					}))
					look := func(i int) error {
						ctx, cancel := context.WithTimeout(t.Context(), timeout)
						defer cancel()
						of := theGateway
						of.InstanceID = fmt.Sprintf("instance-%d", i%gateways)
						var err error
						switch session := registry.Session(of); i / gateways % 3 {
						case 0:
							_, err = session.Get(ctx, []string{fmt.Sprint("endpoint-", i)}, gateway.OfThisRun())
						case 1:
							_, err = session.List(ctx, gateway.OfThisRun())
						default:
							_, err = session.Permissions(ctx, gateway.OfThisRun())
						}
						return err
					}
					began, next := time.Now(), make(chan int)
					var terraform sync.WaitGroup
					for range 10 {
						terraform.Go(func() {
							for i := range next {
								if err := look(i); err == nil {
									t.Errorf("%d: no error", i)
								}
							}
						})
					}
					for i := range 1000 {
						next <- i
					}
					close(next)
					terraform.Wait()
					limit := timeout + time.Minute
					if status != 0 && gateways > 1 {
						limit = 10 * timeout // what one gateway answers the others are asked for, until a second one answers so; a hundred waves ask
					}
					if took := time.Since(began); took > limit {
						t.Errorf("it took %s", took)
					}
					passes(time.Minute)
					service.mu.Lock()
					service.well = true
					service.mu.Unlock()
					if err := look(0); err != nil {
						t.Errorf("after the outage: %v", err)
					}
				})
			})
		}
	}
}
