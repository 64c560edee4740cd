// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"net/http"
	"strings"
	"time"
)

// Account is somebody who can sign in: for a token, or by signature. One domain may have several of them.
type Account struct {
	DomainID   string `json:"domain_id"`
	DomainName string `json:"domain_name"`
	User       string `json:"user,omitempty"`
	Password   string `json:"password,omitempty"`
	AccessKey  string `json:"access_key,omitempty"`
	SecretKey  string `json:"secret_key,omitempty"`
	// SecurityToken makes the key a temporary one, which is refused without it.
	SecurityToken string `json:"security_token,omitempty"`
}

// Project is a part of an account that owns gateways. Its name is the region's; that of a sub-project adds _ and more.
type Project struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	DomainID string `json:"domain_id"`
}

// isSub tells a sub-project, where a signed call must say its project.
func (p Project) isSub() bool { return strings.Contains(p.Name, "_") }

// Token is what a token is good for.
type Token struct {
	DomainID string `json:"domain_id"`
	// ProjectID is the project that the token is scoped to. Without one it is good for IAM, but for no gateway.
	ProjectID string `json:"project_id,omitempty"`
	// ExpiresAt is when the token ends; the zero time means never.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

type tokenRecord struct {
	Token
	revoked bool
}

// AddAccount adds an account that can sign in.
func (s *Server) AddAccount(a Account) { s.locked(func() { s.accounts = append(s.accounts, a) }) }

// AddProject adds a project.
func (s *Server) AddProject(p Project) { s.locked(func() { s.projects[p.ID] = p }) }

// AddToken adds a token that was issued elsewhere.
func (s *Server) AddToken(token string, t Token) {
	s.locked(func() { s.tokens[token] = &tokenRecord{Token: t} })
}

// ExpireTokens has every token so far refused from now on (401 APIGW.0307), as after a change of password.
func (s *Server) ExpireTokens() {
	s.locked(func() {
		for _, t := range s.tokens {
			t.revoked = true
		}
	})
}

// principal is who makes a call.
type principal struct {
	domain string
	// project is the token's scope. A signature has none: it is good for every project of the domain.
	project string
	signed  bool
}

// authenticate finds out who makes a call; the caller holds the lock.
func (s *Server) authenticate(c *call, now time.Time) (principal, *refusal) {
	token, authorization := c.Header.Get("X-Auth-Token"), c.Header.Get("Authorization")
	switch {
	case token != "" && authorization != "":
		return principal{}, unauthorized(codeBadSignature, "Incorrect IAM authentication information: both a token and a signature")
	case token != "":
		return s.byToken(token, now)
	case authorization != "":
		account, refused := s.bySignature(c, authorization, now)
		return principal{domain: account.DomainID, signed: true}, refused
	default:
		return principal{}, unauthorized(codeMissingToken, "The request has no token")
	}
}

func (s *Server) byToken(token string, now time.Time) (principal, *refusal) {
	t := s.tokens[token]
	switch {
	case t == nil:
		return principal{}, unauthorized(codeBadToken, "Incorrect token or token resolution failed")
	case t.revoked:
		return principal{}, unauthorized(codeStaleToken, "The token must be updated")
	case !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt):
		return principal{}, unauthorized(codeExpiredToken, "The token has expired")
	}
	return principal{domain: t.DomainID, project: t.ProjectID}, nil
}

// admit lets a caller in to the gateway that the path names; the caller of admit holds the lock.
func (s *Server) admit(c *call, now time.Time) (*gateway, *refusal) {
	who, refused := s.authenticate(c, now)
	if refused != nil {
		return nil, refused
	}
	project, exists := s.projects[c.params["project_id"]]
	if !exists || project.DomainID != who.domain || !who.signed && who.project != project.ID {
		return nil, forbidden()
	}
	named, isNamed := c.Header["X-Project-Id"]
	if isNamed && (len(named) != 1 || named[0] != project.ID) || !isNamed && who.signed && project.isSub() {
		return nil, forbidden()
	}
	g := s.gateways[c.params["instance_id"]]
	switch {
	case g == nil || g.ProjectID != project.ID:
		return nil, absent(codeUnknownGateway)
	case g.NLB:
		return nil, &refusal{
			status: http.StatusPreconditionFailed, code: codeUnsupported,
			message: "The specification of the gateway does not support this",
		}
	case g.NoEndpointService:
		return nil, absent(codeNoEndpointService)
	}
	if refused := g.blinking.strike(s.config.Behavior.Blink, c.Method); refused != nil {
		return nil, refused
	}
	g.settle(now)
	return g, nil
}
