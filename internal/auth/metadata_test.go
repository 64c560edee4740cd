// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

func TestMetadataTokens(t *testing.T) {
	t.Parallel()
	for tokens, want := range map[mockapig.MetadataTokens]int{
		mockapig.MetadataTokensUnknown: 404, mockapig.MetadataTokensOptional: 200, mockapig.MetadataTokensRequired: 200,
	} {
		m := newWorld(mockapig.Config{})
		m.BeInstance(ownerDomain, tokens)
		callTogether(t, world(t, m, Config{Metadata: mustURL(t, "http://169.254.169.254")}), 3)
		if journal := m.Journal(); len(journal) != 5 || journal[0].Status != want || journal[1].Status != 200 {
			t.Errorf("%s: %v", tokens, journal)
		}
	}
}

// However the service fails to give a token, keys may be had without one; where
// they can't, both are told.
func TestMetadataTokenThatCantBeHad(t *testing.T) {
	t.Parallel()
	status := func(status int) mockapig.Fault {
		return mockapig.Fault{Status: status, Body: "<html><title>no tokens here</title></html>", ContentType: "text/html"}
	}
	for name, fault := range map[string]mockapig.Fault{
		"400": status(400), "401": status(401), "403": status(403), "405": status(405), "500": status(500), "501": status(501), "502": status(502), "503": status(503),
		"dropped": {Drop: true}, "never": {Delay: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fault.Operation = mockapig.OpGetMetadataToken
				for _, tokens := range []mockapig.MetadataTokens{mockapig.MetadataTokensOptional, mockapig.MetadataTokensRequired} {
					m := newWorld(mockapig.Config{})
					m.BeInstance(ownerDomain, tokens)
					m.Fail(fault)
					a := world(t, m, Config{Metadata: mustURL(t, "http://169.254.169.254")})
					if tokens == mockapig.MetadataTokensOptional {
						callTogether(t, a, 3)
						continue
					}
					_, err := send(t.Context(), a, "GET", gatewayPath, "", nil)
					if _, ok := errors.AsType[*MetadataError](err); !ok {
						t.Errorf("%s: %T %v", tokens, err, err)
					}
					for _, want := range []string{"get a token of the metadata service: ", "then, without a token: get the keys of the instance's agency: HTTP 401"} {
						if name != "405" && !strings.Contains(errorText(err), want) {
							t.Errorf("error %v, want %q", err, want)
						}
					}
					// A fault that passes ends nothing; a refusal is not asked for again.
					switch name {
					case "400", "401", "403", "405":
						before := len(m.Journal())
						if _, err := send(t.Context(), a, "GET", gatewayPath, "", nil); err == nil || len(m.Journal()) != before {
							t.Errorf("error %v after %d more calls", err, len(m.Journal())-before)
						}
					default:
						callTogether(t, a, 3)
					}
				}
			})
		})
	}
}

// Where tokens are refused for good, the call for keys alone tells whether a
// failure passes: before there are keys, and while they are to be renewed.
func TestMetadataKeysFailWhereTokensAreRefused(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*mockapig.Server, *Authenticator) {
		m := newWorld(mockapig.Config{KeyLifetime: time.Hour})
		m.BeInstance(ownerDomain, mockapig.MetadataTokensOptional)
		m.Fail(mockapig.Fault{Operation: mockapig.OpGetMetadataToken, Status: http.StatusForbidden, Code: "403", Message: "no tokens", Times: -1})
		return m, world(t, m, Config{Metadata: mustURL(t, "http://169.254.169.254")})
	}
	fault := mockapig.Fault{Operation: mockapig.OpGetMetadataKeys, Status: http.StatusInternalServerError, Code: "500", Message: "no keys"}
	t.Run("at first", func(t *testing.T) {
		t.Parallel()
		m, a := start(t)
		m.Fail(fault)
		_, err := send(t.Context(), a, "GET", gatewayPath, "", nil)
		if e, ok := errors.AsType[*rest.Error](err); !ok || e.StatusCode != http.StatusInternalServerError {
			t.Errorf("judged by %v", e)
		}
		for _, want := range []string{"get a token of the metadata service: HTTP 403", "; then, without a token: get the keys of the instance's agency: HTTP 500"} {
			if !strings.Contains(errorText(err), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		}
		callTogether(t, a, 3)
	})
	t.Run("renewal", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m, a := start(t)
			callTogether(t, a, 1)
			<-time.After(56 * time.Minute)
			m.Fail(fault)
			callTogether(t, a, 3)
			<-time.After(time.Hour)
			callTogether(t, a, 3)
		})
	})
}

// Without a metadata service, nobody waits long, and only the first one does.
func TestNoMetadataService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		a := newAuthenticator(t, Config{IAM: mustURL(t, testIAM), Metadata: mustURL(t, "http://169.254.169.254")},
			transport(func(r *http.Request) (*http.Response, error) {
				asked++
				<-r.Context().Done() // as where packets are dropped
				return nil, r.Context().Err()
			}))
		began := time.Now()
		for range 3 {
			_, err := send(t.Context(), a, "GET", testAPI, "", nil)
			if _, ok := errors.AsType[*NoMetadataError](err); !ok {
				t.Errorf("error %v", err)
			}
		}
		if took := time.Since(began); asked != 2 || took > 4*time.Second {
			t.Errorf("asked %d times, for %s", asked, took)
		}
	})
}

// Who leaves early doesn't make others think that there is no service.
func TestMetadataInterrupted(t *testing.T) {
	t.Parallel()
	m := newWorld(mockapig.Config{})
	m.BeInstance(ownerDomain, mockapig.MetadataTokensOptional)
	a := world(t, m, Config{Metadata: mustURL(t, "http://169.254.169.254")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := send(ctx, a, "GET", gatewayPath, "", nil); err == nil {
		t.Error("no error")
	}
	callTogether(t, a, 3)
}
