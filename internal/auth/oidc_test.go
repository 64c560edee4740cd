// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/textfile"
)

// tokenFile makes a file of a token, and gives what writes another to it.
func tokenFile(t *testing.T, token string) (path string, write func(string)) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "token")
	write = func(token string) { assert.NilError(t, os.WriteFile(path, []byte(token), 0o600)) }
	write(token)
	return path, write
}

// byFile signs in with the token in a file.
func byFile(path string, role Role) Config {
	return Config{Method: MethodOIDC, OIDC: OIDC{ProviderID: "ci", TokenFile: path, Role: role}}
}

// What is no file of a token is an error, which doesn't show a token in the place
// of the path. The file is read again for each renewal.
func TestIDTokenFileIsReadAgain(t *testing.T) {
	t.Parallel()
	m := newWorld(mockapig.Config{})
	m.AddIDToken("id-token-2", mockapig.IDToken{ProviderID: "ci", DomainID: userDomain})
	file, write := tokenFile(t, "")
	a := world(t, m, byFile(file, directID))
	for content, want := range map[string]string{
		" \n": "is empty",
		strings.Repeat("x", textfile.MostBytes+1): file + " is longer than",
	} {
		write(content)
		fails(t, a, "", want)
	}
	for path, want := range map[string]string{
		"/does/not/exist": "/does/not/exist",
		"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2lnbmF0dXJl": "looks like the content of a file",
	} {
		err := fails(t, world(t, m, byFile(path, directID)), "", want)
		assert.Check(t, errors.Is(err, ErrTokenFile) && !strings.Contains(err.Error(), "eyJ"), "%s: %v", path, err)
	}
	write("id-token-1\n")
	callTogether(t, a, 3)
	m.AddIDToken("id-token-1", mockapig.IDToken{ProviderID: "another"}) // it has ended
	write("id-token-2\n")
	m.ExpireKeys()
	callTogether(t, a, 3)
	assert.Check(t, is.Equal(a.Redact("id-token-1 id-token-2"), "*** ***"), "tokens from a file")
}

// Another token in the file is other credentials, for an agency that is assumed with them too. So it is where the first
// token was exchanged early, and where there was none yet.
func TestIDTokenRefusedThenReplaced(t *testing.T) {
	t.Parallel()
	const exchange = mockapig.OpExchangeIDToken
	for before, refused := range map[string][]string{"": nil, "stale-id-token": {exchange}} {
		synctest.Test(t, func(t *testing.T) {
			file, write := tokenFile(t, before)
			m := newWorld(mockapig.Config{})
			a := world(t, m, with(byFile(file, firstID), second))
			a.Prepare(t.Context())
			synctest.Wait()
			for range 3 {
				err := fails(t, a, "")
				assert.Check(t, !strings.Contains(err.Error(), "before, when"), "%q: error %v", before, err)
			}
			write("id-token-1")
			callTogether(t, a, 3)
			made(t, m, append(refused, exchange, mockapig.OpCreateKeys, mockapig.OpAssumeAgency, mockapig.OpCreateKeys)...)
		})
	}
}

// What is given on the way, and sent to get the next, is secret: in messages and later.
func TestIDTokenWayIsRedacted(t *testing.T) {
	t.Parallel()
	m := newWorld(mockapig.Config{})
	var given []string
	cfg := byIDToken("id-token-1", directID)
	cfg.STS = testSTS
	a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
		resp, err := m.Transport().RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body = io.NopCloser(bytes.NewReader(body))
		var answer struct {
			Credential struct{ Access, Secret, SecurityToken string }
		}
		if json.Unmarshal(body, &answer) == nil {
			c := answer.Credential
			given = append(given, c.Access, c.Secret, c.SecurityToken)
		}
		given = append(given, resp.Header.Get("X-Subject-Token"))
		return resp, err
	}))
	m.Fail(mockapig.Fault{Operation: mockapig.OpAssumeAgency, Status: http.StatusBadRequest, Code: "PAP5.0001", Message: "What is", Echo: true})
	err := fails(t, a, "", "What is", redacted)
	given = slices.DeleteFunc(given, func(s string) bool { return s == "" })
	assert.Check(t, len(given) == 4, "given were %d secrets, want a token and a key", len(given))
	for _, secret := range append(given, "id-token-1") {
		got := a.Redact("x" + secret + "y")
		assert.Check(t, got == "x***y" && !strings.Contains(err.Error(), secret), "%s is shown: %v", got, err)
	}
}

// shortLived is a configuration whose ID token IAM takes for eight seconds.
func shortLived(m *mockapig.Server, role Role) Config {
	m.AddIDToken("id-token-brief", mockapig.IDToken{ProviderID: "ci", DomainID: userDomain, ExpiresAt: time.Now().Add(8 * time.Second)})
	return byIDToken("id-token-brief", role)
}

// A token of an identity provider is exchanged before it ends, though the first call comes later, and once.
func TestIDTokenIsExchangedEarly(t *testing.T) {
	t.Parallel()
	for first, roles := range map[time.Duration][]Role{0: nil, 1500 * time.Millisecond: nil, 14 * time.Second: nil, 20 * time.Minute: {second}} {
		timed(t, first.String(), func(t *testing.T) {
			m := newWorld(mockapig.Config{Latency: time.Second})
			role, calls := directID, []string{mockapig.OpExchangeIDToken, mockapig.OpCreateKeys, mockapig.OpAssumeAgency}
			if roles != nil {
				role, calls = firstID, append(calls, mockapig.OpCreateKeys)
			}
			a := world(t, m, with(shortLived(m, role), roles...))
			configure, end := context.WithCancel(t.Context())
			a.Prepare(configure)
			end() // as the call ends that configures the provider
			<-time.After(first)
			callTogether(t, a, 5)
			made(t, m, calls...)
		})
	}
}

// Nothing else signs in before it has to.
func TestNothingElseIsPrepared(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"key": with(keyConfig, direct), "token": byToken("user-token"), "password": passwordConfig, "instance": instance,
	} {
		synctest.Test(t, func(t *testing.T) {
			m := newWorld(mockapig.Config{})
			world(t, m, cfg).Prepare(t.Context())
			synctest.Wait()
			assert.Check(t, is.Len(m.Journal(), 0), name)
		})
	}
}

// What the early exchange came to is told by the first call that needs it: a refusal without another try, and a fault
// that may have passed beside the one that it led to.
func TestEarlyExchangeFails(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		calls  int
		want   []string
		kind   rest.Kind
	}{
		"refused":        {http.StatusUnauthorized, 1, []string{"no such thing"}, rest.KindUnauthenticated},
		"not understood": {http.StatusBadRequest, 1, []string{"no such thing"}, rest.KindInvalid},
		"IAM failed for a moment": {
			http.StatusInternalServerError, 2,
			[]string{"The ID token is invalid or has expired", "; before, when the provider was configured: ", "no such thing"},
			rest.KindUnauthenticated,
		},
	} {
		timed(t, name, func(t *testing.T) {
			m := newWorld(mockapig.Config{})
			m.Fail(mockapig.Fault{Operation: mockapig.OpExchangeIDToken, Status: tc.status, Code: "1", Message: "no such thing"})
			a := world(t, m, shortLived(m, directID))
			a.Prepare(t.Context())
			<-time.After(14 * time.Second)
			err := fails(t, a, "", tc.want...)
			e, ok := errors.AsType[*rest.Error](err)
			assert.Check(t, ok && e.Kind == tc.kind && (tc.calls != 1 || !strings.Contains(err.Error(), "before, when")),
				"error %v, want one of the kind %s", err, tc.kind)
			assert.Check(t, is.Len(operations(m), tc.calls))
		})
	}
}

// An exchange that IAM leaves without an answer ends: soon after the last call that
// waits for it has given up, who knows why, and otherwise by itself.
func TestEarlyExchangeEnds(t *testing.T) {
	t.Parallel()
	for name, waits := range map[string]bool{"with the last that waits": true, "by itself": false} {
		timed(t, name, func(t *testing.T) {
			ended := make(chan struct{})
			a := newAuthenticator(t, byIDToken("id-token-1", direct), transport(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				close(ended)
				return nil, r.Context().Err()
			}), func(c *rest.Client) { c.AttemptTimeout = 24 * time.Hour })
			a.Prepare(t.Context())
			synctest.Wait()
			if waits {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := send(ctx, a, "GET", gatewayPath, "", "")
				says(t, err, "exchange the ID token")
				assert.Check(t, errors.Is(err, context.DeadlineExceeded), "error %v", err)
			}
			<-ended // or else all that is left here is asleep, which ends the test
		})
	}
}
