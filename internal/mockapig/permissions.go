// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// permissionPrefix begins every permission: what follows is an account's ID, or * for all accounts.
const permissionPrefix = "iam:domain::"

// permissionForm is what the API takes for a permission.
var permissionForm = regexp.MustCompile(`^iam:domain::([0-9a-f]{32}|\*)$`)

// Permission says of an account that it may ask for connections, in the form of the API.
type Permission struct {
	ID         string `json:"id"`
	Permission string `json:"permission"`
	CreatedAt  string `json:"created_at"` // YYYY-MM-DDTHH:MM:SSZ
}

// permission is the mock's own record of one.
type permission struct {
	Permission
	shownFrom  time.Time // by listings
	removed    bool
	shownUntil time.Time // by listings, once it is removed
}

// listed tells whether listings show it.
func (p *permission) listed(now time.Time) bool {
	if p.removed {
		return now.Before(p.shownUntil)
	}
	return !now.Before(p.shownFrom)
}

// permissionListing is the answer to a listing of permissions.
type permissionListing struct {
	Size        *int         `json:"size,omitempty"`
	Total       *int         `json:"total,omitempty"`
	Permissions []Permission `json:"permissions"`
}

// permissionList is the body of the calls that add and delete, and of their answers.
type permissionList struct {
	Permissions []string `json:"permissions"`
}

func (s *Server) listPermissions(c *call) (answer, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	g, refused := s.admit(c, now)
	if refused != nil {
		return answer{}, refused
	}
	if len(c.body) > 0 {
		return answer{}, invalid(codeInvalidRequest, "the call takes no body")
	}
	q, refused := parseQuery(c.URL.RawQuery, (*query).setForPermissions)
	if refused != nil {
		return answer{}, refused
	}
	shown := []Permission{}
	for _, p := range s.permissionsOf(g) {
		if p.listed(now) && strings.Contains(p.Permission.Permission, q.filter.Permission) {
			shown = append(shown, p.Permission)
		}
	}
	if s.config.Behavior.NewestFirst {
		slices.Reverse(shown)
	}
	total := len(shown)
	start := min(q.offset, total)
	page := permissionListing{Permissions: shown[start:min(start+q.limit, total)]}
	if !s.config.Behavior.OmitTotal {
		size := len(page.Permissions)
		page.Size, page.Total = &size, &total
	}
	return answer{status: http.StatusOK, body: encode(page)}, nil
}

// setForPermissions takes one parameter of a listing of permissions.
func (q *query) setForPermissions(name, value string) bool {
	switch name {
	case "offset", "limit":
		return q.set(name, value)
	case "permission":
		q.filter.Permission = value
		return true
	default:
		return false
	}
}

func (s *Server) addPermissions(c *call) (answer, *refusal) {
	return s.changePermissions(c, func(g *gateway, asked []string, now time.Time) *refusal {
		if s.config.Behavior.AddExisting == ExistingRefused && slices.ContainsFunc(asked, func(p string) bool { return s.findPermission(g, p) != nil }) {
			return invalidPermissions("a permission exists already")
		}
		for _, p := range asked {
			s.permit(g, p, now, s.config.Behavior.StaleFor)
		}
		return nil
	})
}

func (s *Server) deletePermissions(c *call) (answer, *refusal) {
	return s.changePermissions(c, func(g *gateway, asked []string, now time.Time) *refusal {
		own := permissionPrefix + s.projects[g.ProjectID].DomainID
		if s.config.Behavior.DeleteMissing == MissingRefused && slices.ContainsFunc(asked, func(p string) bool { return p == own || s.findPermission(g, p) == nil }) {
			return invalidPermissions("a permission does not exist, or can not be deleted")
		}
		for _, p := range asked {
			s.forbid(g, p, now, s.config.Behavior.StaleFor)
		}
		return nil
	})
}

// changePermissions does what adding and deleting have in common.
func (s *Server) changePermissions(c *call, change func(*gateway, []string, time.Time) *refusal) (answer, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	g, refused := s.admit(c, now)
	if refused != nil {
		return answer{}, refused
	}
	if c.URL.RawQuery != "" {
		return answer{}, invalid(codeInvalidRequest, "the call takes no query parameters")
	}
	asked, refused := parsePermissions(c, s.config.Behavior)
	if refused != nil {
		return answer{}, refused
	}
	if refused := change(g, asked, now); refused != nil {
		return answer{}, refused
	}
	return answer{status: http.StatusOK, body: encode(permissionList{asked})}, nil
}

// parsePermissions reads the body of a change strictly.
func parsePermissions(c *call, b Behavior) ([]string, *refusal) {
	var asked permissionList
	if refused := decodeStrictly(c, &asked); refused != nil {
		return nil, refused
	}
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(c.body, &fields) // it was decoded once already
	for name := range fields {
		if name != "permissions" {
			return nil, invalidParameter(name)
		}
	}
	if n := len(asked.Permissions); n < 1 || n > documentedBatch {
		return nil, invalidPermissions(atMost("permissions", documentedBatch))
	}
	seen := map[string]bool{}
	for _, p := range asked.Permissions {
		if !permissionForm.MatchString(p) || seen[p] {
			return nil, invalidPermissions("a permission is malformed or repeated")
		}
		seen[p] = true
	}
	if len(asked.Permissions) > b.maxBatch() {
		return nil, b.tooManyPermissions()
	}
	return asked.Permissions, nil
}

func invalidPermissions(why string) *refusal { return invalid(codeInvalidParameter, why) }

// permissionsOf gives the gateway's permissions, that of its owner, which is there by itself, before the others. The
// caller holds the lock.
func (s *Server) permissionsOf(g *gateway) []*permission {
	own := permissionPrefix + s.projects[g.ProjectID].DomainID
	if len(g.permissions) == 0 || g.permissions[0].Permission.Permission != own {
		g.permissions = slices.Insert(g.permissions, 0, &permission{Permission: Permission{ID: newID(), Permission: own, CreatedAt: ownerPermittedAt}})
	}
	return g.permissions
}

// ownerPermittedAt is since when every owner may connect to its gateway.
const ownerPermittedAt = "2021-05-07T14:20:14Z"

// findPermission finds one that is not removed, however stale the listings are.
func (s *Server) findPermission(g *gateway, name string) *permission {
	for _, p := range s.permissionsOf(g) {
		if p.Permission.Permission == name && !p.removed {
			return p
		}
	}
	return nil
}

func (s *Server) permit(g *gateway, name string, now time.Time, stale time.Duration) {
	if s.findPermission(g, name) != nil {
		return
	}
	// A removed one that listings still show would be there twice.
	g.permissions = slices.DeleteFunc(g.permissions, func(p *permission) bool { return p.Permission.Permission == name })
	g.permissions = append(g.permissions, &permission{
		Permission: Permission{ID: newID(), Permission: name, CreatedAt: now.UTC().Format(timeFormat)},
		shownFrom:  now.Add(stale),
	})
}

func (s *Server) forbid(g *gateway, name string, now time.Time, stale time.Duration) {
	p := s.findPermission(g, name)
	if p == nil || p == s.permissionsOf(g)[0] {
		return
	}
	p.removed, p.shownUntil = true, now.Add(stale)
	if s.config.Behavior.RemovedPermission != RemovedRejects {
		return
	}
	account := strings.TrimPrefix(name, permissionPrefix)
	for _, conn := range g.order {
		if conn.domain == account || account == "*" && s.findPermission(g, permissionPrefix+conn.domain) == nil {
			conn.put(StatusRejected, now, 0)
		}
	}
}

// Permit lets accounts ask for connections, as a console user does; "*" are all accounts.
func (s *Server) Permit(gatewayID string, accounts ...string) {
	s.eachPermission(gatewayID, accounts, s.permit)
}

// Forbid takes the permission from accounts, as a console user does.
func (s *Server) Forbid(gatewayID string, accounts ...string) {
	s.eachPermission(gatewayID, accounts, s.forbid)
}

func (s *Server) eachPermission(gatewayID string, accounts []string, do func(*gateway, string, time.Time, time.Duration)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.gateway(gatewayID)
	must(err)
	for _, account := range accounts {
		do(g, permissionPrefix+account, time.Now(), 0)
	}
}

// Permissions gives the true permissions in the order in which they came, the owner's own first.
func (s *Server) Permissions(gatewayID string) []Permission {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.gateway(gatewayID)
	must(err)
	var all []Permission
	for _, p := range s.permissionsOf(g) {
		if !p.removed {
			all = append(all, p.Permission)
		}
	}
	return all
}
