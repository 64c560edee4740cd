// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// The operations of IAM and of its token service.
const (
	OpCreateToken     = "createToken"
	OpListProjects    = "listProjects"
	OpExchangeIDToken = "exchangeIDToken"
	OpCreateKeys      = "createKeys"
	OpAssumeAgency    = "assumeAgency"
)

var iamRoutes = []operationRoute{
	{operation: OpCreateToken, method: http.MethodPost, pattern: "/v3/auth/tokens", iam: true, handle: withBody((*Server).createToken)},
	{operation: OpListProjects, method: http.MethodGet, pattern: "/v3/projects", iam: true, handle: (*Server).listProjects},
	{operation: OpExchangeIDToken, method: http.MethodPost, pattern: "/v3.0/OS-AUTH/id-token/tokens", iam: true, handle: withBody((*Server).exchangeIDToken)},
	{operation: OpCreateKeys, method: http.MethodPost, pattern: "/v3.0/OS-CREDENTIAL/securitytokens", iam: true, handle: withBody((*Server).createKeys)},
	{operation: OpAssumeAgency, method: http.MethodPost, pattern: "/v5/agencies/assume", handle: withBody((*Server).assumeAgency)},
}

// identities are what IAM knows: who signs in, by what, and as whom.
type identities struct {
	accounts []Account
	projects map[string]Project
	tokens   map[string]*tokenRecord
	keys     map[string]*keyRecord // temporary ones, by access key
	agencies []Agency
	idTokens map[string]IDToken
}

func newIdentities() identities {
	return identities{projects: map[string]Project{}, tokens: map[string]*tokenRecord{}, keys: map[string]*keyRecord{}, idTokens: map[string]IDToken{}}
}

// iamTime is IAM's form of a time, in UTC.
const iamTime = "2006-01-02T15:04:05.000000Z"

type iamDomain struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

type iamProject struct {
	ID     string     `json:"id,omitempty"`
	Name   string     `json:"name,omitempty"`
	Domain *iamDomain `json:"domain,omitempty"`
}

type iamScope struct {
	Project *iamProject `json:"project,omitempty"`
	Domain  *iamDomain  `json:"domain,omitempty"`
}

// tokenRequest asks for a token with a password.
type tokenRequest struct {
	Auth struct {
		Identity struct {
			Methods  []string `json:"methods"`
			Password struct {
				User struct {
					Name     string    `json:"name"`
					Password string    `json:"password"`
					Domain   iamDomain `json:"domain"`
				} `json:"user"`
			} `json:"password"`
		} `json:"identity"`
		Scope iamScope `json:"scope"`
	} `json:"auth"`
}

// withBody answers a call with a JSON body. The handler has the lock.
func withBody[T any](handle func(s *Server, c *call, asked T, now time.Time) (answer, *refusal)) handler {
	return func(s *Server, c *call) (answer, *refusal) {
		var asked T
		if refused := decodeStrictly(c, &asked); refused != nil {
			return answer{}, refused
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return handle(s, c, asked, time.Now())
	}
}

func (s *Server) createToken(c *call, asked tokenRequest, now time.Time) (answer, *refusal) {
	if refused := onlyParameters(c.URL, "nocatalog"); refused != nil {
		return answer{}, refused
	}
	if !slices.Equal(asked.Auth.Identity.Methods, []string{"password"}) {
		return answer{}, iamRefusal(http.StatusBadRequest, "The authentication method is not supported")
	}
	account, ok := s.login(asked)
	if !ok {
		return answer{}, iamRefusal(http.StatusUnauthorized, "The username or password is wrong")
	}
	project, ok := s.scope(account, asked.Auth.Scope)
	if !ok {
		return answer{}, iamRefusal(http.StatusUnauthorized, "The scope is not the user's")
	}
	domain := iamDomain{ID: account.DomainID, Name: account.DomainName}
	described := map[string]any{"methods": []string{"password"}, "user": map[string]any{"name": account.User, "domain": domain}}
	if project.ID != "" {
		described["project"] = iamProject{ID: project.ID, Name: project.Name, Domain: &domain}
	} else {
		described["domain"] = domain
	}
	return s.grant("mock-token-", Token{DomainID: account.DomainID, ProjectID: project.ID}, now, described), nil
}

// grant issues a token that can't be guessed nor taken for a real one, and describes it; the caller holds the lock.
func (s *Server) grant(prefix string, issued Token, now time.Time, described map[string]any) answer {
	issued.ExpiresAt = now.Add(s.config.TokenLifetime)
	token := prefix + newID() + newID()
	// One that ended long ago is unknown, so that a mock that issues them for hours stays small.
	maps.DeleteFunc(s.tokens, func(_ string, t *tokenRecord) bool {
		return !t.ExpiresAt.IsZero() && now.Sub(t.ExpiresAt) > s.config.TokenLifetime
	})
	s.tokens[token] = &tokenRecord{Token: issued}
	described["issued_at"], described["expires_at"] = now.UTC().Format(iamTime), issued.ExpiresAt.UTC().Format(iamTime)
	return answer{status: http.StatusCreated, header: http.Header{"X-Subject-Token": {token}}, body: encode(map[string]any{"token": described})}
}

// login finds the account of a user, named within a domain that is named by its name or ID.
func (s *Server) login(asked tokenRequest) (Account, bool) {
	user := asked.Auth.Identity.Password.User
	if user.Name == "" || user.Password == "" || user.Domain == (iamDomain{}) {
		return Account{}, false
	}
	for _, a := range s.accounts {
		if a.User == user.Name && a.Password == user.Password && user.Domain.is(a) {
			return a, true
		}
	}
	return Account{}, false
}

// is says whether a domain, as far as it is given, is the account's.
func (d iamDomain) is(a Account) bool {
	return cmp.Or(d.ID, a.DomainID) == a.DomainID && cmp.Or(d.Name, a.DomainName) == a.DomainName
}

// scope finds the project that a token is asked for; none for the scope of a domain or no scope at all.
func (s *Server) scope(account Account, asked iamScope) (Project, bool) {
	if asked.Project == nil {
		return Project{}, asked.Domain == nil || asked.Domain.is(account)
	}
	want := *asked.Project
	if asked.Domain != nil || want.ID == "" && want.Name == "" || want.Domain != nil && !want.Domain.is(account) {
		return Project{}, false
	}
	for _, p := range s.projects {
		if p.DomainID == account.DomainID && cmp.Or(want.ID, p.ID) == p.ID && cmp.Or(want.Name, p.Name) == p.Name {
			return p, true
		}
	}
	return Project{}, false
}

func (s *Server) listProjects(c *call) (answer, *refusal) {
	if refused := onlyParameters(c.URL, "name"); refused != nil {
		return answer{}, refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	who, refused := s.authenticate(c, time.Now())
	if refused != nil {
		return answer{}, refused
	}
	name := c.URL.Query().Get("name")
	found := []map[string]any{}
	for _, id := range slices.Sorted(maps.Keys(s.projects)) {
		p := s.projects[id]
		if p.DomainID == who.domain && cmp.Or(name, p.Name) == p.Name {
			found = append(found, map[string]any{
				"id": p.ID, "name": p.Name, "domain_id": p.DomainID, "parent_id": p.DomainID,
				"enabled": true, "is_domain": false, "description": "",
			})
		}
	}
	return answer{status: http.StatusOK, body: encode(map[string]any{"projects": found})}, nil
}

// onlyParameters refuses a query with any parameter but these, each once.
func onlyParameters(u *url.URL, names ...string) *refusal {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return iamRefusal(http.StatusBadRequest, "The query is malformed")
	}
	for name, given := range values {
		if len(given) != 1 || !slices.Contains(names, name) {
			return iamRefusal(http.StatusBadRequest, "The query has a parameter that the call does not take")
		}
	}
	return nil
}

// iamRefusal is an error in IAM's own form.
func iamRefusal(status int, message string) *refusal {
	return &refusal{status: status, message: message}
}
