// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"net/http"
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
				c, a := byPassword(t)
				c.life = time.Hour
				works(t, a, "")
				<-time.After(55 * time.Minute)
				c.onToken = fault
				call := func() int {
					before := c.count("POST")
					together(10, func(int) { works(t, a, "") })
					return c.count("POST") - before
				}
				for range 3 {
					if tried, again := call(), call(); tried == 0 || again != 0 {
						t.Errorf("tried %d times, then %d times more at once", tried, again)
					}
					<-time.After(renewalPause)
				}
				<-time.After(5 * time.Minute)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := send(ctx, a, "GET", testAPI, "", "")
				says(t, err) // the token has ended
				c.onToken = nil
				call()
			})
		})
	}
}

// renewed makes who assumes an agency, whose keys are to be renewed and can't.
func renewed(t *testing.T, status, times int) (*mockapig.Server, *Authenticator) {
	t.Helper()
	m := newWorld(mockapig.Config{KeyLifetime: time.Hour})
	a := world(t, m, with(keyConfig, direct))
	callTogether(t, a, 1)
	<-time.After(56 * time.Minute)
	m.Fail(mockapig.Fault{Operation: mockapig.OpCreateKeys, Status: status, Times: times, Code: "IAM.0001", Message: "no"})
	m.ResetJournal()
	return m, a
}

// An agency that can't be assumed for a while is asked for again while its keys
// are good, and is refused for good only once they have ended.
func TestKeysWhoseRenewalIsRefused(t *testing.T) {
	t.Parallel()
	for times, want := range map[int]int{1: 2, -1: 3} {
		synctest.Test(t, func(t *testing.T) {
			m, a := renewed(t, http.StatusForbidden, times)
			for tries := 1; tries <= 2; tries++ {
				callTogether(t, a, 10)
				if got := m.Count(mockapig.OpCreateKeys); got != tries { // one for each pause, however many calls
					t.Errorf("asked %d times, want %d", got, tries)
				}
				<-time.After(renewalPause)
			}
			<-time.After(10 * time.Minute) // to the end of the first keys and on
			for range 3 {
				if times > 0 {
					callTogether(t, a, 1)
				} else {
					fails(t, a, "")
				}
			}
			if got := m.Count(mockapig.OpCreateKeys); got != want {
				t.Errorf("asked %d times, want %d", got, want)
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
			c, a := byPassword(t)
			c.life = time.Hour
			works(t, a, "p1")
			<-time.After(56 * time.Minute)
			c.refuseTokens(status)
			for range 2 {
				works(t, a, "p1")
				<-time.After(renewalPause)
			}
			<-time.After(5 * time.Minute)
			for range 3 {
				fails(t, a, "p1", "no such user")
			}
			asked(t, c, 1+want)
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
	calls := 0
	s := newStore(func(context.Context, string) (stub, error) {
		calls++
		return stub{number: calls}, nil
	})
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
