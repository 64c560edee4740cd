// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// scope is what a token is for. The zero value is the user's account.
type scope struct {
	projectID, projectName string
}

// of is the scope as IAM takes it, of a user of the account.
func (s scope) of(account domain) any {
	switch {
	case s.projectID != "":
		return map[string]any{"project": map[string]any{"id": s.projectID}}
	case s.projectName != "":
		return map[string]any{"project": map[string]any{"name": s.projectName, "domain": account}}
	default:
		return map[string]any{"domain": account}
	}
}

// String is how messages name the scope.
func (s scope) String() string {
	switch {
	case s.projectID != "":
		return "project " + s.projectID
	case s.projectName != "":
		return fmt.Sprintf("project %q", s.projectName)
	default:
		return "the account"
	}
}

// token is an IAM token and what IAM said of it.
type token struct {
	value   string
	project project // zero when it is for an account
	life
}

// password gets tokens for a user and keeps one for each scope. Safe for concurrent use.
type password struct {
	ask         func(context.Context, scope) (token, error) // asks IAM
	projectName string                                      // of a request that names no project; may be empty
	used        func(token string)                          // told of each token that is used
	tokens      *store[scope, token]

	turn    *flight.Turn   // of who asks IAM
	granted map[scope]bool // the scopes that there ever was a token for; of who has the turn
	doubted bool           // a project was answered 401; of who has the turn
	scopes  refusals       // the scopes that were refused
	user    refusals       // the user with the password, whatever the scope
}

func newPassword(projectName string, ask func(context.Context, scope) (token, error), used func(string)) *password {
	p := &password{ask: ask, projectName: projectName, used: used, turn: flight.NewTurn(), granted: map[scope]bool{}}
	p.tokens = newStore(p.create)
	p.tokens.also = token.scopes
	return p
}

// scopes are those of the token's project, as IAM tells its ID and name.
func (t token) scopes() (all []scope) {
	if t.project.ID != "" {
		all = append(all, scope{projectID: t.project.ID})
	}
	if t.project.Name != "" {
		all = append(all, scope{projectName: t.project.Name})
	}
	return all
}

type scopeKey struct{}

// withScope makes the token of a request without X-Project-Id one for s.
func withScope(ctx context.Context, s scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, s)
}

func (p *password) authorize(req *http.Request) error {
	t, err := p.tokens.get(req.Context(), p.scopeOf(req))
	if err != nil {
		return err
	}
	p.used(t.value)
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

// create gets a token for s, one scope after the other: a wrong password is tried twice at most.
func (p *password) create(ctx context.Context, s scope) (token, error) {
	ctx, done, err := p.turn.Take(ctx)
	if err != nil {
		return token{}, err
	}
	defer done()
	if err := cmp.Or(p.user.of(""), p.scopes.of(s)); err != nil {
		return token{}, err
	}
	t, err := p.ask(ctx, s)
	if err != nil {
		return token{}, p.note(s, err)
	}
	for _, s := range append(t.scopes(), s) {
		p.granted[s] = true
	}
	return t, nil
}

// note remembers a refusal. IAM answers 401 to a wrong password, and to a project that is not the user's, and locks a user who
// is refused a few times: that is remembered even while there is a good token, other refusals are not.
func (p *password) note(s scope, err error) error {
	e, ok := errors.AsType[*rest.Error](err)
	if ok && e.Kind == rest.KindUnauthenticated {
		if p.wrongPassword(s) {
			return p.user.note("", err)
		}
		p.doubted = true
	} else if _, ok := p.tokens.good(s); ok {
		return err
	}
	return p.scopes.note(s, err)
}

// wrongPassword reports whether a 401 for s is the password's: a good one may be refused for any scope that never had a token,
// another one is wrong if it is refused for its own account, or for a second project.
func (p *password) wrongPassword(s scope) bool {
	if len(p.granted) > 0 {
		return p.granted[s]
	}
	return p.doubted || s == scope{}
}

// forget drops the token that refused carries, if it is still in use: all who were refused get a new one together.
func (p *password) forget(refused *http.Request) bool {
	value := refused.Header.Get(headerToken)
	return p.tokens.drop(p.scopeOf(refused), func(t token) bool { return t.value == value })
}

func (p *password) hold(refused *http.Request) { p.tokens.hold(p.scopeOf(refused)) }
