// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"time"
)

// scope is what a token is for. The zero value is the user's account.
type scope struct {
	projectID, projectName string
}

// token is an IAM token and what IAM said of it.
type token struct {
	value   string
	project project   // zero when it is for an account
	renewAt time.Time // by this machine's clock; zero: only when it is refused
}

// password gets tokens for a user and keeps one for each scope. Safe for
// concurrent use.
type password struct {
	create func(context.Context, scope) (token, error) // asks IAM
	now    func() time.Time

	// projectName scopes a request that names no project; may be empty.
	projectName string

	mu      sync.Mutex
	tokens  map[scope]token
	flights flights[scope, token]
}

type scopeKey struct{}

// withScope makes the token of a request without X-Project-Id one for s.
func withScope(ctx context.Context, s scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, s)
}

func (p *password) authorize(req *http.Request) error {
	t, err := p.token(req.Context(), p.scopeOf(req))
	if err != nil {
		return err
	}
	req.Header.Set(headerToken, t.value)
	return nil
}

func (p *password) scopeOf(req *http.Request) scope {
	if id := req.Header.Get(headerProject); id != "" {
		return scope{projectID: id}
	}
	if s, ok := req.Context().Value(scopeKey{}).(scope); ok {
		return s
	}
	return scope{projectName: p.projectName}
}

// token returns a token for s: the one at hand while it is good, or a new one
// that all who ask for it at the same time share.
func (p *password) token(ctx context.Context, s scope) (token, error) {
	if t, ok := p.cached(s); ok {
		return t, nil
	}
	return p.flights.do(ctx, s, func(ctx context.Context) (token, error) {
		// Another flight may have landed between the look above and this one's start.
		if t, ok := p.cached(s); ok {
			return t, nil
		}
		t, err := p.create(ctx, s)
		if err != nil {
			return token{}, err
		}
		p.keep(s, t)
		return t, nil
	})
}

func (p *password) cached(s scope) (token, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, ok := p.tokens[s]
	if !ok || (!t.renewAt.IsZero() && !p.now().Before(t.renewAt)) {
		return token{}, false
	}
	return t, true
}

// keep remembers t for s, and, as IAM tells both, for its project's ID and name.
func (p *password) keep(s scope, t token) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tokens == nil {
		p.tokens = map[scope]token{}
	}
	p.tokens[s] = t
	if t.project.ID != "" {
		p.tokens[scope{projectID: t.project.ID}] = t
	}
	if t.project.Name != "" {
		p.tokens[scope{projectName: t.project.Name}] = t
	}
}

// forget drops the token that refused carries, unless that was done already,
// and reports true: the next authorize has a new one. So any number of requests
// that were refused with the same token make one new token together.
func (p *password) forget(refused *http.Request) bool {
	value := refused.Header.Get(headerToken)
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.tokens, func(_ scope, t token) bool { return t.value == value })
	return true
}
