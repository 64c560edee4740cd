// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"net/http"
	"time"
)

// keys are an access key with an end.
type keys struct {
	access, secret, securityToken string
	life
}

// temporaryKey signs with keys from somewhere, which it renews before they end
// and when they are refused. Safe for concurrent use.
type temporaryKey struct {
	keys store[struct{}, keys]
	used func(secret string) // told of each key that is used
}

// newTemporaryKey returns one whose keys obtain gets for the credentials that
// are named at the time. Those that were refused are not tried again, unless that
// was while there are good keys: an agency that nobody may assume for a moment
// doesn't end a run.
func newTemporaryKey(credentials func() string, obtain func(context.Context) (keys, error), used func(string)) *temporaryKey {
	var tried refusals[string]
	t := &temporaryKey{used: used}
	t.keys.now = time.Now
	t.keys.obtain = func(ctx context.Context, _ struct{}) (keys, error) {
		with := credentials()
		if err := tried.of(with); err != nil {
			return keys{}, err
		}
		k, err := obtain(ctx)
		if _, ok := t.keys.good(struct{}{}); ok {
			return k, err
		}
		return k, tried.note(with, err)
	}
	return t
}

func (t *temporaryKey) authorize(req *http.Request) error {
	k, err := t.keys.get(req.Context(), struct{}{})
	if err != nil {
		return err
	}
	for _, secret := range []string{k.access, k.secret, k.securityToken} {
		t.used(secret)
	}
	return accessKey{key: k.access, secret: k.secret, securityToken: k.securityToken, now: t.keys.now}.authorize(req)
}

// forget drops the keys that refused was signed with, unless that was done
// already: so any number of requests that were refused with the same keys get
// new ones together.
func (t *temporaryKey) forget(refused *http.Request) bool {
	token := refused.Header.Get(headerSecurityToken)
	return t.keys.drop(struct{}{}, func(k keys) bool { return k.securityToken == token })
}

func (t *temporaryKey) hold(*http.Request) { t.keys.hold(struct{}{}) }

// keysLife is the life of keys that came in an answer. Such an answer doesn't say
// when they were made, but when it was sent, by the clock that their end is told
// by.
func keysLife(now time.Time, answer http.Header, expires string) life {
	sent := ""
	if at, err := http.ParseTime(answer.Get("Date")); err == nil {
		sent = at.Format(time.RFC3339)
	}
	return lifeOf(now, sent, expires)
}
