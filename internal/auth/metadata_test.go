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

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// onInstance makes who signs in by the instance of the gateway's owner.
func onInstance(t *testing.T, tokens mockapig.MetadataTokens, faults ...mockapig.Fault) (*mockapig.Server, *Authenticator) {
	t.Helper()
	m := newWorld(mockapig.Config{KeyLifetime: time.Hour})
	m.BeInstance(ownerDomain, tokens)
	for _, fault := range faults {
		m.Fail(fault)
	}
	return m, world(t, m, instance)
}

// Keys are had with a token, and from a service without tokens, in as few calls.
func TestMetadataTokens(t *testing.T) {
	t.Parallel()
	for tokens, want := range map[mockapig.MetadataTokens]int{
		mockapig.MetadataTokensUnknown: 404, mockapig.MetadataTokensOptional: 200, mockapig.MetadataTokensRequired: 200,
	} {
		m, a := onInstance(t, tokens)
		callTogether(t, a, 3)
		journal := m.Journal()
		assert.Check(t, len(journal) == 5 && journal[0].Status == want && journal[1].Status == 200, "%s: %v", tokens, journal)
	}
}

// However the service fails to give a token, keys may be had without one; where they can't, both are told. A fault that
// passes ends nothing; a refusal is not asked for again.
func TestMetadataTokenThatCantBeHad(t *testing.T) {
	t.Parallel()
	status := func(status int) mockapig.Fault {
		return mockapig.Fault{Status: status, Body: "<html><title>no tokens here</title></html>", ContentType: "text/html"}
	}
	for name, tc := range map[string]struct {
		fault mockapig.Fault
		lasts bool
	}{
		"400": {status(400), true}, "401": {status(401), true}, "403": {status(403), true}, "404": {status(404), true}, "405": {status(405), true},
		"500": {fault: status(500)}, "501": {fault: status(501)}, "502": {fault: status(502)}, "503": {fault: status(503)},
		"dropped": {fault: mockapig.Fault{Drop: true}}, "never": {fault: mockapig.Fault{Delay: time.Minute}},
	} {
		timed(t, name, func(t *testing.T) {
			tc.fault.Operation = mockapig.OpGetMetadataToken
			_, a := onInstance(t, mockapig.MetadataTokensOptional, tc.fault)
			callTogether(t, a, 3)

			m, a := onInstance(t, mockapig.MetadataTokensRequired, tc.fault)
			wants := []string{"get a token of the metadata service: ", "then, without a token: get the keys of the instance's agency: HTTP 401"}
			if name == "404" || name == "405" { // there is no such thing
				wants = []string{ErrMetadata.Error() + ": get the keys of the instance's agency: HTTP 401"}
			}
			err := fails(t, a, "", wants...)
			assert.Check(t, errors.Is(err, ErrMetadata), "%T %v", err, err)
			if !tc.lasts {
				callTogether(t, a, 3)
				return
			}
			before := len(m.Journal())
			fails(t, a, "")
			assert.Check(t, is.Equal(len(m.Journal()), before), "calls")
		})
	}
}

// Where tokens are refused for good, the call for keys alone tells whether a
// failure passes: before there are keys, and while they are to be renewed.
func TestMetadataKeysFailWhereTokensAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		noTokens := mockapig.Fault{Operation: mockapig.OpGetMetadataToken, Status: http.StatusForbidden, Code: "403", Message: "no tokens", Times: -1}
		noKeys := mockapig.Fault{Operation: mockapig.OpGetMetadataKeys, Status: http.StatusInternalServerError, Code: "500", Message: "no keys"}
		m, a := onInstance(t, mockapig.MetadataTokensOptional, noTokens, noKeys)
		err := fails(t, a, "", "get a token of the metadata service: HTTP 403", "; then, without a token: get the keys of the instance's agency: HTTP 500")
		e, ok := errors.AsType[*rest.Error](err)
		assert.Check(t, ok && e.StatusCode == http.StatusInternalServerError, "judged by %v", e)
		callTogether(t, a, 3)
		<-time.After(56 * time.Minute)
		m.Fail(noKeys)
		callTogether(t, a, 3)
		<-time.After(time.Hour)
		callTogether(t, a, 3)
	})
}

// Without a metadata service, nobody waits long, and only the first one does.
func TestNoMetadataService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		a := newAuthenticator(t, instance, transport(func(r *http.Request) (*http.Response, error) {
			asked++
			<-r.Context().Done() // as where packets are dropped
			return nil, r.Context().Err()
		}))
		began := time.Now()
		for range 3 {
			err := fails(t, a, "")
			assert.Check(t, errors.Is(err, ErrNoMetadata), "error %v", err)
		}
		took := time.Since(began)
		assert.Check(t, asked == 2 && took <= 4*time.Second, "asked %d times, for %s", asked, took)
	})
}

// Who leaves early doesn't make others think that there is no service.
func TestMetadataInterrupted(t *testing.T) {
	t.Parallel()
	_, a := onInstance(t, mockapig.MetadataTokensOptional)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := send(ctx, a, "GET", gatewayPath, "", "")
	says(t, err)
	callTogether(t, a, 3)
}
