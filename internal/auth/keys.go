// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// keys are an access key with an end.
type keys struct {
	access, secret, securityToken string
	renewAt                       time.Time // by this machine's clock; zero: only when they are refused
}

// temporaryKey signs with keys from somewhere, which it renews before they end
// and when they are refused. Safe for concurrent use.
type temporaryKey struct {
	obtain func(context.Context) (keys, error)
	now    func() time.Time

	mu      sync.Mutex
	keys    keys // without an access key when there are none yet
	flights flights[struct{}, keys]
}

func (t *temporaryKey) authorize(req *http.Request) error {
	k, err := t.current(req.Context())
	if err != nil {
		return err
	}
	return accessKey{key: k.access, secret: k.secret, securityToken: k.securityToken, now: t.now}.authorize(req)
}

// current returns the keys at hand while they are good, or new ones that all who
// ask at the same time share.
func (t *temporaryKey) current(ctx context.Context) (keys, error) {
	if k, ok := t.cached(); ok {
		return k, nil
	}
	return t.flights.do(ctx, struct{}{}, func(ctx context.Context) (keys, error) {
		// Another flight may have landed between the look above and this one's start.
		if k, ok := t.cached(); ok {
			return k, nil
		}
		k, err := t.obtain(ctx)
		if err != nil {
			return keys{}, err
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.keys = k
		return k, nil
	})
}

func (t *temporaryKey) cached() (keys, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys.access == "" || (!t.keys.renewAt.IsZero() && !t.now().Before(t.keys.renewAt)) {
		return keys{}, false
	}
	return t.keys, true
}

// forget drops the keys that refused was signed with, unless that was done
// already, and reports true: so any number of requests that were refused with
// the same keys get new ones together.
func (t *temporaryKey) forget(refused *http.Request) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if refused.Header.Get(headerSecurityToken) == t.keys.securityToken {
		t.keys = keys{}
	}
	return true
}

// keysEnd is renewAt for keys that came in an answer. Such an answer doesn't say
// when they were made, but when it was sent, by the clock that their end is told
// by.
func keysEnd(now time.Time, answer http.Header, expires string) time.Time {
	sent := ""
	if at, err := http.ParseTime(answer.Get("Date")); err == nil {
		sent = at.Format(time.RFC3339)
	}
	return renewAt(now, sent, expires)
}
