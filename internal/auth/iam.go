// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// renewBefore is how long before its end a token is replaced: a tenth of its life, if that is less.
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

// Service returns which service a failed call was to, by its key in `endpoints`: "iam" or "sts", or "" for another one.
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

// iam makes the calls of the identity API and the token service that signing in takes.
type iam struct {
	base          *url.URL // .../v3
	sts           tokenService
	plain, signed *rest.Client // make calls without and with credentials
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

// tokenUser is who signs in by password.
type tokenUser struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	Domain   domain `json:"domain"`
}

// signIn is a call that exchanges credentials for others.
func signIn(operation string, target *url.URL, body any) rest.Request {
	return rest.Request{Operation: operation, Method: http.MethodPost, URL: target, Body: body, SignsIn: true}
}

// identity is the body of a call to IAM that signs in by one method, for a scope if there is one.
func identity(method string, by, scope any) any {
	auth := map[string]any{"identity": map[string]any{"methods": []string{method}, method: by}}
	if scope != nil {
		auth["scope"] = scope
	}
	return map[string]any{"auth": auth}
}

func (i *iam) createToken(ctx context.Context, user tokenUser, s scope) (token, error) {
	asked := signIn(opCreateToken, rest.Join(i.base, "auth", "tokens"), identity("password", map[string]any{"user": user}, s.of(user.Domain)))
	var answer struct {
		Token struct {
			IssuedAt  string  `json:"issued_at"`
			ExpiresAt string  `json:"expires_at"`
			Project   project `json:"project"`
		} `json:"token"`
	}
	response, err := i.plain.Do(ctx, asked, &answer)
	if err != nil {
		return token{}, fmt.Errorf("signing in as user %q of %s for %s: %w", user.Name, user.Domain, s, err)
	}
	issued, _ := time.Parse(time.RFC3339, answer.Token.IssuedAt)
	t := token{project: answer.Token.Project, life: lifeOf(i.now(), issued, answer.Token.ExpiresAt)}
	if t.value, err = i.subjectToken(asked, response); err != nil {
		return token{}, err
	}
	return t, i.checkProjectID(asked, response, t.project.ID)
}

// subjectToken is the token that an answer brings, which is a secret from then on.
func (i *iam) subjectToken(asked rest.Request, response *rest.Response) (string, error) {
	value := response.Header.Get(headerSubjectToken)
	if value == "" {
		return "", asked.Unreadable(response, errors.New("the answer brings no token (no X-Subject-Token header): is this the address of IAM?"))
	}
	i.secret(value)
	return value, nil
}

func (i *iam) temporaryKeys(ctx context.Context, as *rest.Client, operation string, body any) (keys, error) {
	return i.keys(ctx, as, signIn(operation, rest.Join(i.base.JoinPath(".."), "v3.0", "OS-CREDENTIAL", "securitytokens"), body))
}

// keys makes a call that brings keys, which are secrets from then on.
func (i *iam) keys(ctx context.Context, as *rest.Client, asked rest.Request) (keys, error) {
	var answer struct {
		IAM struct {
			Access        string `json:"access"`
			Secret        string `json:"secret"`
			SecurityToken string `json:"securitytoken"`
			ExpiresAt     string `json:"expires_at"`
		} `json:"credential"`
		STS struct {
			Access        string `json:"access_key_id"`
			Secret        string `json:"secret_access_key"`
			SecurityToken string `json:"security_token"`
			ExpiresAt     string `json:"expiration"`
		} `json:"credentials"`
	}
	response, err := as.Do(ctx, asked, &answer)
	if err != nil {
		return keys{}, err
	}
	k := keys{
		access: cmp.Or(answer.IAM.Access, answer.STS.Access), secret: cmp.Or(answer.IAM.Secret, answer.STS.Secret),
		securityToken: cmp.Or(answer.IAM.SecurityToken, answer.STS.SecurityToken),
	}
	if k.access == "" || k.secret == "" || k.securityToken == "" {
		return keys{}, asked.Unreadable(response, errors.New("the answer brings no access key with secret key and security token"))
	}
	k.each(i.secret)
	// The answer doesn't say when the keys were made, but when it was sent, by the clock that their end is told by.
	sent, _ := http.ParseTime(response.Header.Get("Date"))
	k.life = lifeOf(i.now(), sent, cmp.Or(answer.IAM.ExpiresAt, answer.STS.ExpiresAt))
	return k, nil
}

// projectIDs are what the IDs of projects are made of: they become part of paths, and are kept in states.
var projectIDs = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$`)

// checkProjectID refuses an answer whose ID of a project, if it has one, can't be one.
func (i *iam) checkProjectID(asked rest.Request, response *rest.Response, id string) error {
	if id == "" || projectIDs.MatchString(id) {
		return nil
	}
	err := asked.Unreadable(response, fmt.Errorf("the answer has a project whose ID can't be one: %q", rest.Shown(i.plain.Redact(id), 60)))
	err.Lasting = true
	return err
}

// lifeOf returns how long a token may be used. Where issued is zero, it may seem to have ended already by the clock here: it is
// used for shortestUse at least, unless it is refused. An end that can't be read gives the zero value.
func lifeOf(now, issued time.Time, expires string) life {
	end, err := time.Parse(time.RFC3339, expires)
	if err != nil {
		return life{}
	}
	if issued.IsZero() {
		issued = now
	}
	whole := end.Sub(issued)
	return life{renewAt: now.Add(max(whole-min(renewBefore, whole/10), shortestUse)), end: now.Add(whole)}
}

// mostIDs is how many IDs a message lists.
const mostIDs = 10

// projectID looks up the ID of the project that is named exactly so.
func (i *iam) projectID(ctx context.Context, name string) (string, error) {
	asked := rest.Request{Operation: opListProjects, Method: http.MethodGet, URL: rest.Join(i.base, "projects")}
	asked.URL.RawQuery = url.Values{"name": {name}}.Encode()
	var answer struct {
		Projects []project `json:"projects"`
	}
	response, err := i.signed.Do(ctx, asked, &answer)
	if err != nil {
		return "", fmt.Errorf("looking up the ID of project %q: %w", name, err)
	}

	var ids []string
	for _, p := range answer.Projects {
		// An answer that repeats an ID isn't ambiguous.
		if p.Name != name || p.ID == "" || slices.Contains(ids, p.ID) {
			continue
		}
		if err := i.checkProjectID(asked, response, p.ID); err != nil {
			return "", err
		}
		ids = append(ids, p.ID)
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
