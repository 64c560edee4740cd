// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// credentials are one method's way to authorize a request.
type credentials interface {
	// authorize adds credentials to req, which is the callee's to change.
	authorize(req *http.Request) error
	// forget drops what refused was refused with, and reports whether another authorize would bring something new.
	forget(refused *http.Request) bool
	// hold tells that what is new after a forget was refused as well: for refusalPause, a forget of its like drops nothing.
	hold(refused *http.Request)
}

const (
	headerToken        = "X-Auth-Token"    // carries an IAM token
	headerSubjectToken = "X-Subject-Token" // brings one
)

// fixed are credentials that nobody here can make other ones of: what was refused would be refused again.
type fixed struct{}

func (fixed) forget(*http.Request) bool { return false }

func (fixed) hold(*http.Request) {}

// staticToken is a token that was issued elsewhere.
type staticToken struct {
	fixed
	token string
}

func (t staticToken) authorize(req *http.Request) error {
	req.Header.Set(headerToken, t.token)
	return nil
}

// Authenticator is an [http.RoundTripper] that authorizes what passes through it. Safe for concurrent use.
type Authenticator struct {
	credentials credentials
	base        http.RoundTripper
	prepare     func(context.Context) // nil where nothing can be done before the first call
	iam         *iam
	allow       func(*url.URL) bool
	redactor    *redactor
	projects    *store[string, projectID] // by name
}

var _ http.RoundTripper = (*Authenticator)(nil)

// New returns an Authenticator. Requests leave through base. plain makes the calls to IAM, without credentials.
func New(cfg Config, base http.RoundTripper, plain *rest.Client) *Authenticator {
	a := &Authenticator{base: base, allow: cfg.Allow}
	a.projects = newStore(a.lookUpProject)
	a.redactor = newRedactor(append([]string{cfg.Token, cfg.AccessKey, cfg.SecretKey, cfg.SecurityToken, cfg.Password, cfg.OIDC.Token}, cfg.Secrets...)...)
	bare := *plain
	bare.Redact = a.Redact
	a.iam = &iam{base: cfg.IAM, sts: tokenService{base: cfg.STS, optional: cfg.STSOptional}, plain: &bare, now: time.Now, secret: a.redactor.add}
	a.credentials = a.first(cfg)
	for _, role := range cfg.Roles {
		as := a.clientAs(a.credentials)
		a.credentials = newTemporaryKey(role.String, func(ctx context.Context) (keys, error) { return a.iam.assume(ctx, as, role) }, a.redactor.add)
	}
	a.iam.signed = a.clientAs(a.credentials)
	return a
}

func (a *Authenticator) first(cfg Config) credentials {
	switch cfg.Method {
	case MethodToken:
		return staticToken{token: cfg.Token}
	case MethodOIDC:
		return a.byIDToken(cfg.OIDC)
	case MethodMetadata:
		instance := func() string { return "" }
		return newTemporaryKey(instance, newMetadata(cfg.Metadata, a.base, a.iam).obtain, a.redactor.add)
	case MethodPassword:
		user := tokenUser{Name: cfg.UserName, Password: cfg.Password, Domain: domain{ID: cfg.DomainID}}
		if cfg.DomainID == "" {
			user.Domain.Name = cfg.DomainName
		}
		ask := func(ctx context.Context, s scope) (token, error) { return a.iam.createToken(ctx, user, s) }
		return newPassword(cfg.ProjectName, ask, a.redactor.add)
	default:
		return accessKey{key: cfg.AccessKey, secret: cfg.SecretKey, securityToken: cfg.SecurityToken, now: time.Now}
	}
}

// Prepare exchanges an ID token in the background, since it may end before the first call, which tells what fails.
func (a *Authenticator) Prepare(ctx context.Context) {
	if a.prepare != nil {
		a.prepare(ctx)
	}
}

// clientAs returns a client like the one without credentials, whose calls have these.
func (a *Authenticator) clientAs(as credentials) *rest.Client {
	client := *a.iam.plain
	httpClient := *cmp.Or(client.HTTP, &http.Client{})
	httpClient.Transport = layer{a, as}
	client.HTTP = &httpClient
	return &client
}

// layer authorizes with other credentials than the outermost.
type layer struct {
	*Authenticator
	as credentials
}

// RoundTrip sends req with the layer's credentials.
func (l layer) RoundTrip(req *http.Request) (*http.Response, error) { return l.send(req, l.as) }

// Redact replaces credentials in a text, also those that were made of others: servers may send back what they were sent.
func (a *Authenticator) Redact(text string) string { return a.redactor.redact(text) }

// RoundTrip sends req with credentials. After a 401 that is not about the account, tokens and temporary keys are renewed once
// for all requests that were refused together, and the request is repeated once. After a second 401 nothing is renewed for a time.
func (a *Authenticator) RoundTrip(req *http.Request) (*http.Response, error) {
	return a.send(req, a.credentials)
}

func (a *Authenticator) send(req *http.Request, as credentials) (*http.Response, error) {
	if !a.allows(req.URL) {
		closeBody(req)
		return nil, final(req, fmt.Errorf("credentials are not sent to %s://%s, which is none of the configured endpoints", req.URL.Scheme, req.URL.Host))
	}
	// The caller's request stays as it is: the transport's contract.
	first := req.Clone(req.Context())
	if err := as.authorize(first); err != nil {
		closeBody(req)
		return nil, err
	}
	resp, err := a.base.RoundTrip(first)
	if err != nil || !a.refuses(resp) || !as.forget(first) {
		return resp, err
	}
	second, ok := repeatable(req)
	if !ok {
		return resp, nil
	}
	// What was refused is read to a sane end, so that its connection can be used again.
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
	_ = resp.Body.Close()
	if err := as.authorize(second); err != nil {
		closeBody(second)
		return nil, fmt.Errorf("the credentials were refused and could not be renewed: %w", err)
	}
	resp, err = a.base.RoundTrip(second)
	if err == nil && a.refuses(resp) {
		as.hold(second)
	}
	return resp, err
}

// refuses reports whether an answer refuses the credentials, and not the account.
func (a *Authenticator) refuses(resp *http.Response) bool {
	return resp.StatusCode == http.StatusUnauthorized && a.iam.plain.KindOf(resp) == rest.KindUnauthenticated
}

func (a *Authenticator) allows(u *url.URL) bool {
	return a.allow == nil || sameHost(u, a.iam.base) || a.iam.sts.base != nil && sameHost(u, a.iam.sts.base) || a.allow(u)
}

func sameHost(u, base *url.URL) bool {
	return u.Scheme == base.Scheme && strings.EqualFold(u.Host, base.Host)
}

// final makes err one that package rest does not repeat the call for.
func final(req *http.Request, err error) error {
	return &rest.Error{Operation: "authorize the request", Method: req.Method, Kind: rest.KindInvalid, Err: err}
}

func repeatable(req *http.Request) (*http.Request, bool) {
	again := req.Clone(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return again, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	again.Body = body
	return again, err == nil
}

// closeBody does what a RoundTripper owes its caller when it fails early.
func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// projectID is the ID of a project, which doesn't end.
type projectID struct {
	id string
	life
}

// ProjectID returns the ID of the project with exactly this name. It asks IAM once for each name; failures are not kept.
func (a *Authenticator) ProjectID(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", errors.New("a project without a name can't be looked up")
	}
	found, err := a.projects.get(ctx, name)
	return found.id, err
}

// lookUpProject asks IAM. A password needs a token for the project anyway, and the answer that brings it tells the ID.
func (a *Authenticator) lookUpProject(ctx context.Context, name string) (projectID, error) {
	if p, ok := a.credentials.(*password); ok {
		t, err := p.tokens.get(ctx, scope{projectName: name})
		if err != nil {
			return projectID{}, err
		}
		if t.project.Name == name && t.project.ID != "" {
			return projectID{id: t.project.ID}, nil
		}
		ctx = withScope(ctx, scope{projectName: name})
	}
	id, err := a.iam.projectID(ctx, name)
	return projectID{id: id}, err
}
