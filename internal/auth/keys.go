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

// each tells of each part of the keys.
func (k keys) each(tell func(secret string)) {
	tell(k.access)
	tell(k.secret)
	tell(k.securityToken)
}

// signer signs with the keys.
func (k keys) signer(now func() time.Time) accessKey {
	return accessKey{key: k.access, secret: k.secret, securityToken: k.securityToken, now: now}
}

// temporaryKey signs with keys that it renews before they end and when they are refused. Safe for concurrent use.
type temporaryKey struct {
	keys *store[struct{}, keys]
	used func(secret string) // told of each key that is used
}

// newTemporaryKey returns one whose keys obtain gets for the credentials that are named at the time. Refused credentials
// are not tried again, unless there were good keys: an agency that nobody may assume for a moment doesn't end a run.
func newTemporaryKey(credentials func() string, obtain func(context.Context) (keys, error), used func(string)) *temporaryKey {
	var tried refusals
	t := &temporaryKey{used: used}
	t.keys = newStore(func(ctx context.Context, _ struct{}) (keys, error) {
		with := credentials()
		if err := tried.of(with); err != nil {
			return keys{}, err
		}
		k, err := obtain(ctx)
		if _, ok := t.keys.good(struct{}{}); ok {
			return k, err
		}
		return k, tried.note(with, err)
	})
	return t
}

func (t *temporaryKey) authorize(req *http.Request) error {
	k, err := t.keys.get(req.Context(), struct{}{})
	if err != nil {
		return err
	}
	k.each(t.used)
	return k.signer(t.keys.now).authorize(req)
}

// forget drops the keys that refused was signed with, if they are still in use: all who were refused get new ones
// together.
func (t *temporaryKey) forget(refused *http.Request) bool {
	token := refused.Header.Get(headerSecurityToken)
	return t.keys.drop(struct{}{}, func(k keys) bool { return k.securityToken == token })
}

func (t *temporaryKey) hold(*http.Request) { t.keys.hold(struct{}{}) }
