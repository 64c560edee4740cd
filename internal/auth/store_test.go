// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A renewal that fails by a passing fault harms nobody while what is renewed is
// still good, and is not tried for each request.
func TestRenewalThatFails(t *testing.T) {
	t.Parallel()
	status := func(status int) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) { return reply(status, "{}"), nil }
	}
	for name, fault := range map[string]func(*http.Request) (*http.Response, error){
		"no answer": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"broken":    func(*http.Request) (*http.Response, error) { return nil, errors.New("broken pipe") },
		"server":    status(http.StatusBadGateway),
		"throttled": status(http.StatusTooManyRequests),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud()
				c.life = time.Hour
				a := newAuthenticator(t, passwordConfig(t), c)
				roundTrip(t, a, "GET", testAPI, "", nil)
				began := time.Now()
				<-time.After(55 * time.Minute)
				failing := &tried{fault: fault}
				c.onToken = failing.do
				together := func() {
					var group sync.WaitGroup
					for range 10 {
						group.Go(func() {
							if resp := roundTrip(t, a, "GET", testAPI, "", nil); resp.StatusCode != http.StatusOK {
								t.Errorf("answer %d", resp.StatusCode)
							}
						})
					}
					group.Wait()
				}
				for range 3 {
					before := failing.times
					together()
					after := failing.times
					together()
					if before == after || failing.times != after {
						t.Errorf("tried %d times, then %d times more at once", after-before, failing.times-after)
					}
					<-time.After(renewalPause)
				}
				<-time.After(time.Until(began.Add(time.Hour)))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if _, err := send(ctx, a, "GET", testAPI, "", nil); err == nil {
					t.Error("a token is used that has ended")
				}
				c.onToken = nil
				together()
			})
		})
	}
}

// tried counts.
type tried struct {
	fault func(*http.Request) (*http.Response, error)
	times int
}

func (f *tried) do(r *http.Request) (*http.Response, error) {
	f.times++
	return f.fault(r)
}

// Keys as well are used to their end, also where others are refused to whoever
// asks, but not if they are refused meanwhile.
func TestKeysThatCantBeRenewed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		ended  bool
		want   bool
	}{
		"server":                 {status: http.StatusServiceUnavailable, want: true},
		"refused as well":        {status: http.StatusServiceUnavailable, ended: true},
		"renewal is forbidden":   {status: http.StatusForbidden, want: true},
		"renewal is refused":     {status: http.StatusUnauthorized, want: true},
		"forbidden, and refused": {status: http.StatusForbidden, ended: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newWorld(mockapig.Config{KeyLifetime: time.Hour})
				a := world(t, m, Config{AccessKey: testKey, SecretKey: testSecret, Roles: []Role{direct}})
				callTogether(t, a, 1)
				<-time.After(56 * time.Minute)
				if tc.ended {
					m.ExpireKeys()
				}
				m.Fail(mockapig.Fault{Operation: mockapig.OpCreateKeys, Status: tc.status, Times: -1, Code: "IAM.0001", Message: "no"})
				if _, err := send(t.Context(), a, "GET", gatewayPath, "", nil); (err == nil) != tc.want {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// An agency that can't be assumed for a while is asked for again while its keys
// are good, and is refused for good only once they have ended.
func TestKeysWhoseRenewalIsRefused(t *testing.T) {
	t.Parallel()
	for _, lasts := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := newWorld(mockapig.Config{KeyLifetime: time.Hour})
			a := world(t, m, Config{AccessKey: testKey, SecretKey: testSecret, Roles: []Role{direct}})
			callTogether(t, a, 1)
			<-time.After(56 * time.Minute)
			refusal := mockapig.Fault{Operation: mockapig.OpCreateKeys, Status: http.StatusForbidden, Code: "IAM.0001", Message: "no"}
			if lasts {
				refusal.Times = -1
			}
			m.Fail(refusal)
			m.ResetJournal()
			for tries := 1; tries <= 2; tries++ {
				callTogether(t, a, 10)
				want := tries // one for each pause, however many calls
				if got := len(operations(m)); got != want {
					t.Errorf("lasts %t: asked %d times, want %d", lasts, got, want)
				}
				<-time.After(renewalPause)
			}
			if !lasts {
				<-time.After(10 * time.Minute) // to the end of the first keys and on
				callTogether(t, a, 3)
				if got := len(operations(m)); got != 2 {
					t.Errorf("asked %d times, want a refusal and a renewal", got)
				}
				return
			}
			<-time.After(10 * time.Minute)
			for range 3 {
				if _, err := send(t.Context(), a, "GET", gatewayPath, "", nil); err == nil {
					t.Error("no error")
				}
			}
			if got := len(operations(m)); got != 3 {
				t.Errorf("asked %d times, want one more after the end", got)
			}
		})
	}
}

// A token serves to its end as well. A password that is refused meanwhile is not
// tried again all the same, a project is.
func TestTokenWhoseRenewalIsRefused(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{http.StatusUnauthorized: 1, http.StatusForbidden: 3} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud()
			c.life = time.Hour
			a := newAuthenticator(t, passwordConfig(t), c)
			roundTrip(t, a, "GET", testAPI, "", forProject("p1"))
			<-time.After(56 * time.Minute)
			refusing := &tried{fault: func(*http.Request) (*http.Response, error) {
				return reply(status, `{"error":{"code":401,"message":"no such user"}}`), nil
			}}
			c.onToken = refusing.do
			for range 2 {
				if resp := roundTrip(t, a, "GET", testAPI, "", forProject("p1")); resp.StatusCode != http.StatusOK {
					t.Errorf("answer %d", resp.StatusCode)
				}
				<-time.After(renewalPause)
			}
			<-time.After(5 * time.Minute)
			for range 3 {
				if _, err := send(t.Context(), a, "GET", testAPI, "", forProject("p1")); !strings.Contains(errorText(err), "no such user") {
					t.Errorf("error %v", err)
				}
			}
			if refusing.times != want {
				t.Errorf("%d: asked %d times, want %d", status, refusing.times, want)
			}
		})
	}
}

// stub is a value that lives for an hour.
type stub struct {
	number int
	life
}

// Who looked just before a new value came does not get another one.
func TestStoreLooksAgain(t *testing.T) {
	t.Parallel()
	s := &store[string, stub]{}
	calls := 0
	s.obtain = func(context.Context, string) (stub, error) {
		calls++
		return stub{number: calls}, nil
	}
	s.keep("k", stub{}, time.Unix(1, 0)) // to be renewed
	first := true
	s.now = func() time.Time {
		if first { // the clock of the first look: another caller is faster
			first = false
			if v, err := s.get(t.Context(), "k"); err != nil || v.number != 1 {
				t.Errorf("value %v, %v", v, err)
			}
		}
		return time.Unix(2, 0)
	}
	if v, err := s.get(t.Context(), "k"); err != nil || v.number != 1 || calls != 1 {
		t.Errorf("value %v, %v after %d calls", v, err, calls)
	}
}
