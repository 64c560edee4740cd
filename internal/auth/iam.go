// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// renewBefore is how long before its end a token is replaced, so that none ends
// on the way. A token that lives shorter than ten times as long is replaced
// when nine tenths of its life are over.
const renewBefore = 5 * time.Minute

// shortestUse is how long a token is used that was not refused.
const shortestUse = time.Minute

// The calls to IAM and to its token service, as errors name them.
const (
	opCreateToken  = "create IAM token"
	opListProjects = "list IAM projects"
	opExchange     = "exchange the ID token"
	opKeysOfToken  = "get temporary keys for a token"
	opKeysOfAgency = "get temporary keys of an agency"
	opAssumeAgency = "assume an agency"
)

// Service returns which service a call that failed was to, by its key in
// `endpoints`: "iam" or "sts". It is "" for one that this package doesn't make, or
// makes to the metadata service.
func Service(e *rest.Error) string {
	switch e.Operation {
	case opCreateToken, opListProjects, opExchange, opKeysOfToken, opKeysOfAgency:
		return "iam"
	case opAssumeAgency:
		return "sts"
	default:
		return ""
	}
}

// iam makes the calls of the identity API and the token service that signing in
// takes.
type iam struct {
	base *url.URL // .../v3
	sts  tokenService
	// plain makes calls without credentials, signed with them.
	plain, signed *rest.Client
	now           func() time.Time
	secret        func(value string) // makes a value known that no text may show
}

// project is a project as IAM names it.
type project struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// domain names an account by either; both would be refused.
type domain struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

type tokenScope struct {
	Project *projectScope `json:"project,omitempty"`
	Domain  *domain       `json:"domain,omitempty"`
}

type projectScope struct {
	ID     string  `json:"id,omitempty"`
	Name   string  `json:"name,omitempty"`
	Domain *domain `json:"domain,omitempty"` // whose project Name is
}

type tokenRequest struct {
	Auth struct {
		Identity struct {
			Methods  []string `json:"methods"`
			Password struct {
				User tokenUser `json:"user"`
			} `json:"password"`
		} `json:"identity"`
		Scope tokenScope `json:"scope"`
	} `json:"auth"`
}

type tokenUser struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	Domain   domain `json:"domain"`
}

type tokenAnswer struct {
	Token struct {
		IssuedAt  string  `json:"issued_at"`
		ExpiresAt string  `json:"expires_at"`
		Project   project `json:"project"`
	} `json:"token"`
}

// createToken gets a token for s with user's password.
func (i *iam) createToken(ctx context.Context, user tokenUser, s scope) (token, error) {
	var body tokenRequest
	body.Auth.Identity.Methods = []string{"password"}
	body.Auth.Identity.Password.User = user
	body.Auth.Scope = scopeBody(s, user.Domain)

	target := rest.Join(i.base, "auth", "tokens")
	var answer tokenAnswer
	response, err := i.plain.Do(ctx, rest.Request{
		Operation: opCreateToken,
		Method:    http.MethodPost,
		URL:       target,
		Body:      body,
		SignsIn:   true,
	}, &answer)
	if err != nil {
		return token{}, fmt.Errorf("signing in as user %q of %s for %s: %w", user.Name, user.Domain, s, err)
	}
	value := response.Header.Get(headerSubjectToken)
	if value == "" {
		return token{}, noSubjectToken(opCreateToken, target, response)
	}
	if id := answer.Token.Project.ID; id != "" && !projectIDs.MatchString(id) {
		return token{}, i.noProjectID(opCreateToken, http.MethodPost, target, response, id)
	}
	i.secret(value)
	return token{
		value:   value,
		project: answer.Token.Project,
		life:    lifeOf(i.now(), answer.Token.IssuedAt, answer.Token.ExpiresAt),
	}, nil
}

// noSubjectToken is the error of an answer that should bring a token.
func noSubjectToken(operation string, target *url.URL, response *rest.Response) error {
	return &rest.Error{
		Operation: operation, Method: http.MethodPost, Host: target.Host, Path: target.Path,
		StatusCode: response.StatusCode, RequestID: response.RequestID, Kind: rest.KindUnreadable,
		Err: errors.New("the answer brings no token (no X-Subject-Token header): is this the address of IAM?"),
	}
}

// projectIDs are what the IDs of projects are made of: they become part of paths, and are kept in states.
var projectIDs = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$`)

// noProjectID is the error of an answer whose ID of a project can't be one.
func (i *iam) noProjectID(operation, method string, target *url.URL, response *rest.Response, id string) error {
	return &rest.Error{
		Operation: operation, Method: method, Host: target.Host, Path: target.Path,
		StatusCode: response.StatusCode, RequestID: response.RequestID, Kind: rest.KindUnreadable, Lasting: true,
		Err: fmt.Errorf("the answer has a project whose ID can't be one: %q", rest.Shown(i.plain.Redact(id), 60)),
	}
}

func scopeBody(s scope, account domain) tokenScope {
	switch {
	case s.projectID != "":
		return tokenScope{Project: &projectScope{ID: s.projectID}}
	case s.projectName != "":
		return tokenScope{Project: &projectScope{Name: s.projectName, Domain: &account}}
	default:
		return tokenScope{Domain: &account}
	}
}

// lifeOf returns how long a token may be used. Where IAM says when it was issued,
// only its life counts, so that a wrong clock here does no harm. Where it doesn't,
// a token may seem to have ended already: a new one is good for shortestUse at
// least, unless it is refused. An end that can't be read gives the zero value.
func lifeOf(now time.Time, issued, expires string) life {
	end, err := time.Parse(time.RFC3339, expires)
	if err != nil {
		return life{}
	}
	whole := end.Sub(now)
	if start, err := time.Parse(time.RFC3339, issued); err == nil {
		whole = end.Sub(start)
	}
	return life{
		renewAt: now.Add(max(whole-min(renewBefore, whole/10), shortestUse)),
		end:     now.Add(whole),
	}
}

// mostIDs is how many IDs a message lists.
const mostIDs = 10

// projectID looks up the ID of the project that is named exactly so.
func (i *iam) projectID(ctx context.Context, name string) (string, error) {
	target := rest.Join(i.base, "projects")
	target.RawQuery = url.Values{"name": {name}}.Encode()
	var answer struct {
		Projects []project `json:"projects"`
	}
	response, err := i.signed.Do(ctx, rest.Request{
		Operation: opListProjects,
		Method:    http.MethodGet,
		URL:       target,
	}, &answer)
	if err != nil {
		return "", fmt.Errorf("looking up the ID of project %q: %w", name, err)
	}

	// IDs once: an answer that repeats one isn't ambiguous.
	var ids []string
	seen := map[string]bool{}
	for _, p := range answer.Projects {
		if p.Name == name && p.ID != "" && !seen[p.ID] {
			if !projectIDs.MatchString(p.ID) {
				return "", i.noProjectID(opListProjects, http.MethodGet, target, response, p.ID)
			}
			seen[p.ID] = true
			ids = append(ids, p.ID)
		}
	}
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		where := i.base.Host
		if response.RequestID != "" {
			where += " (request ID " + response.RequestID + ")"
		}
		return "", fmt.Errorf("no project is named %q among those that these credentials can see at %s: "+
			"check the region and the name, that the account is enabled for the region, and that the user has IAM's permission to list projects, "+
			"without which IAM shows none; or give the project's ID instead", name, where)
	default:
		listed, more := ids[:min(len(ids), mostIDs)], ""
		if len(ids) > mostIDs {
			more = fmt.Sprintf(" and %d more", len(ids)-mostIDs)
		}
		return "", fmt.Errorf("%d projects are named %q (%s%s): give the ID of the one that is meant instead",
			len(ids), name, strings.Trim(i.plain.Redact(fmt.Sprintf("%q", listed)), "[]"), more)
	}
}

// String is how messages name the account.
func (d domain) String() string {
	if d.ID != "" {
		return "account " + d.ID
	}
	return fmt.Sprintf("account %q", d.Name)
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

// checkBase refuses an IAM base that no call could be made to.
func checkBase(base *url.URL) error {
	if base == nil || base.Host == "" {
		return errors.New("no IAM endpoint")
	}
	return nil
}
