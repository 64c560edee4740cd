// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

var federatedCalls = []string{mockapig.OpExchangeIDToken, mockapig.OpCreateKeys, mockapig.OpAssumeAgency}

// shortLived is a configuration whose ID token IAM takes for eight seconds.
func shortLived(m *mockapig.Server, role Role) Config {
	m.AddIDToken("id-token-brief", mockapig.IDToken{ProviderID: "ci", DomainID: userDomain, ExpiresAt: time.Now().Add(8 * time.Second)})
	return Config{OIDC: OIDC{ProviderID: "ci", Token: "id-token-brief", Role: role}}
}

// A token of an identity provider is exchanged before it ends, though the first
// call comes later, and once.
func TestIDTokenIsExchangedEarly(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		first time.Duration // when the first call comes
		roles []Role        // that are assumed with the token's
		more  []string
	}{
		"at once":           {},
		"on the way":        {first: 1500 * time.Millisecond},
		"seconds later":     {first: 14 * time.Second},
		"minutes later":     {first: 20 * time.Minute},
		"as another agency": {first: 20 * time.Minute, roles: []Role{{Agency: "second", DomainName: "owner"}}, more: []string{mockapig.OpCreateKeys}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newWorld(mockapig.Config{Latency: time.Second})
				cfg := shortLived(m, directID)
				if cfg.Roles = tc.roles; tc.roles != nil {
					cfg.OIDC.Role = Role{Agency: "first", DomainID: middleDomain}
				}
				a := world(t, m, cfg)
				configure, end := context.WithCancel(t.Context())
				a.Prepare(configure)
				end() // as the call ends that configures the provider
				<-time.After(tc.first)
				callTogether(t, a, 5)
				if got, want := operations(m), slices.Concat(federatedCalls, tc.more); !slices.Equal(got, want) {
					t.Errorf("calls %q, want %q", got, want)
				}
			})
		})
	}
}

// Nothing else signs in before it has to.
func TestNothingElseIsPrepared(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"key":      {AccessKey: testKey, SecretKey: testSecret, Roles: []Role{direct}},
		"token":    {Token: "user-token"},
		"password": {UserName: "user", Password: "pass-secret-word", DomainName: "user-account"},
		"instance": {Metadata: mustURL(t, "http://169.254.169.254")},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := newWorld(mockapig.Config{})
			world(t, m, cfg).Prepare(t.Context())
			synctest.Wait()
			if got := m.Journal(); len(got) > 0 {
				t.Errorf("%s: calls %v", name, got)
			}
		})
	}
}

// What the early exchange came to is told by the first call that needs it: a
// refusal without another try, and a fault that may have passed beside the one that
// it led to.
func TestEarlyExchangeFails(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault mockapig.Fault
		calls int
		want  []string
		not   string
		kind  rest.Kind
	}{
		"refused": {
			fault: mockapig.Fault{Operation: mockapig.OpExchangeIDToken, Status: http.StatusUnauthorized, Code: "401", Message: "no such provider"},
			calls: 1, want: []string{"no such provider"}, not: "before, when the provider was configured", kind: rest.KindUnauthenticated,
		},
		"not understood": {
			fault: mockapig.Fault{Operation: mockapig.OpExchangeIDToken, Status: http.StatusBadRequest, Code: "400", Message: "what is that"},
			calls: 1, want: []string{"what is that"}, not: "before, when the provider was configured", kind: rest.KindInvalid,
		},
		"IAM failed for a moment": {
			fault: mockapig.Fault{Operation: mockapig.OpExchangeIDToken, Status: http.StatusInternalServerError, Code: "500", Message: "out of order"},
			calls: 2, want: []string{"The ID token is invalid or has expired", "; before, when the provider was configured: ", "out of order"},
			kind: rest.KindUnauthenticated,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newWorld(mockapig.Config{})
				m.Fail(tc.fault)
				a := world(t, m, shortLived(m, directID))
				a.Prepare(t.Context())
				<-time.After(14 * time.Second)
				_, err := send(t.Context(), a, "GET", gatewayPath, "", nil)
				for _, want := range tc.want {
					if !strings.Contains(errorText(err), want) {
						t.Errorf("error %v, want %q", err, want)
					}
				}
				if tc.not != "" && strings.Contains(errorText(err), tc.not) {
					t.Errorf("error %v", err)
				}
				if e, ok := errors.AsType[*rest.Error](err); !ok || e.Kind != tc.kind {
					t.Errorf("error %v, want one of the kind %s", err, tc.kind)
				}
				if got := operations(m); len(got) != tc.calls {
					t.Errorf("calls %q, want %d", got, tc.calls)
				}
			})
		})
	}
}

// An exchange that IAM leaves without an answer ends: soon after the last call that
// waits for it has given up, who knows why, and otherwise by itself.
func TestEarlyExchangeEnds(t *testing.T) {
	t.Parallel()
	for name, waits := range map[string]bool{"with the last that waits": true, "by itself": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan struct{})
				silent := transport(func(r *http.Request) (*http.Response, error) {
					<-r.Context().Done()
					close(ended)
					return nil, r.Context().Err()
				})
				cfg := Config{OIDC: OIDC{ProviderID: "ci", Token: "id-token-1", Role: direct}, IAM: mustURL(t, testIAM)}
				a, err := New(cfg, silent, &rest.Client{HTTP: &http.Client{Transport: silent}, AttemptTimeout: 24 * time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				a.Prepare(t.Context())
				synctest.Wait()
				if waits {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					_, err := send(ctx, a, "GET", gatewayPath, "", nil)
					if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(errorText(err), "exchange the ID token") {
						t.Errorf("error %v", err)
					}
				}
				<-ended // or else all that is left here is asleep, which ends the test
			})
		})
	}
}

// A file that has no token yet is read again by the first call, and so is one that
// has another than the one that was refused.
func TestEarlyExchangeOfAFile(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]string{"empty": "", "refused": "stale-id-token"} {
		synctest.Test(t, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "token")
			write := func(token string) {
				if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write(before)
			m := newWorld(mockapig.Config{})
			a := world(t, m, Config{OIDC: OIDC{ProviderID: "ci", TokenFile: file, Role: directID}})
			a.Prepare(t.Context())
			synctest.Wait()
			if _, err := send(t.Context(), a, "GET", gatewayPath, "", nil); err == nil || strings.Contains(err.Error(), "before, when") {
				t.Errorf("%s: error %v", name, err)
			}
			write("id-token-1")
			callTogether(t, a, 2)
		})
	}
}
