// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	keys := Config{AccessKey: "AKEY", SecretKey: "AKEY-secret", SecurityToken: "temporary", IAM: mustURL(t, testIAM)}
	for name, tc := range map[string]struct {
		config     Config
		text, want string
	}{
		"token":      {Config{Token: "issued", IAM: mustURL(t, testIAM)}, "no issued, no ISSUED", "no ***, no ISSUED"},
		"access key": {keys, "AKEY AKEY-secret temporary", "*** *** ***"},
		"password":   {passwordConfig(t), "user pass-secret-word", "user ***"},
		"signature":  {keys, "Access=AKEY, Signature=0aF9, x", "Access=***, Signature=***, x"},
		"too short":  {Config{Token: "no", IAM: mustURL(t, testIAM)}, "nothing is known", "nothing is known"},
	} {
		if got := newAuthenticator(t, tc.config, newCloud()).Redact(tc.text); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// The tokens of a password are not told either, new ones and old ones, nor is
// the password when IAM sends it back.
func TestRedactTokens(t *testing.T) {
	t.Parallel()
	c := newCloud()
	a := newAuthenticator(t, passwordConfig(t), c)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			roundTrip(t, a, "GET", testAPI, "", forProject(fmt.Sprint("p", i)))
			a.Redact("token-1")
		})
	}
	group.Wait()
	c.revokeAll()
	roundTrip(t, a, "GET", testAPI, "", forProject("p0"))
	for i := range 21 {
		if got := a.Redact(fmt.Sprintf("no token-%d.", i+1)); got != "no ***." {
			t.Errorf("got %q", got)
		}
	}
	c.onToken = func(r *http.Request) (*http.Response, error) {
		return reply(http.StatusBadRequest, `{"error":{"code":400,"message":"what is pass-secret-word or token-1"}}`), nil
	}
	_, err := send(t.Context(), a, "GET", testAPI, "", forProject("another"))
	if text := errorText(err); !strings.Contains(text, "what is *** or ***") || strings.Contains(text, "secret") {
		t.Errorf("got %s", text)
	}
}

func TestRedactorForgets(t *testing.T) {
	t.Parallel()
	r := newRedactor("configured")
	for i := range mostTokens + 2 {
		r.add(fmt.Sprintf("token-%04d", i))
		r.add(fmt.Sprintf("token-%04d", i))
	}
	if got, want := r.redact("configured token-0001 token-0002"), "*** token-0001 ***"; got != want || len(r.made) != mostTokens {
		t.Errorf("got %q of %d", got, len(r.made))
	}
}
