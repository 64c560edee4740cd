// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
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
	totals
	Permissions []Permission `json:"permissions"`
}

// permissionList is the body of the calls that add and delete, and of their answers.
type permissionList struct {
	Permissions []string `json:"permissions"`
}

func (s *Server) listPermissions(c *call, g *gateway, now time.Time) (any, *refusal) {
	q, refused := parseQuery(c)
	if refused != nil {
		return nil, refused
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
	start := min(q.offset, len(shown))
	page := shown[start:min(start+q.limit, len(shown))]
	return permissionListing{s.config.Behavior.totals(len(page), len(shown)), page}, nil
}

func (s *Server) addPermissions(c *call, g *gateway, now time.Time) (any, *refusal) {
	asked, refused := parsePermissions(c, s.config.Behavior)
	if refused != nil {
		return nil, refused
	}
	if s.config.Behavior.AddRefused && slices.ContainsFunc(asked.Permissions, func(p string) bool { return s.findPermission(g, p) != nil }) {
		return nil, invalidPermissions("a permission exists already")
	}
	for _, p := range asked.Permissions {
		s.permit(g, p, now, s.config.Behavior.StaleFor)
	}
	return asked, nil
}

func (s *Server) deletePermissions(c *call, g *gateway, now time.Time) (any, *refusal) {
	asked, refused := parsePermissions(c, s.config.Behavior)
	if refused != nil {
		return nil, refused
	}
	missing := func(p string) bool {
		return p == s.permissionsOf(g)[0].Permission.Permission || s.findPermission(g, p) == nil
	}
	if s.config.Behavior.DeleteRefused && slices.ContainsFunc(asked.Permissions, missing) {
		return nil, invalidPermissions("a permission does not exist, or can not be deleted")
	}
	for _, p := range asked.Permissions {
		s.forbid(g, p, now, s.config.Behavior.StaleFor)
	}
	return asked, nil
}

// parsePermissions reads the body of a change strictly.
func parsePermissions(c *call, b Behavior) (asked permissionList, refused *refusal) {
	if refused := decodeStrictly(c, &asked, "permissions"); refused != nil {
		return permissionList{}, refused
	}
	switch n := len(asked.Permissions); {
	case n < 1 || n > documentedBatch:
		return permissionList{}, invalidPermissions(atMost("permissions", documentedBatch))
	case !eachOnce(asked.Permissions, permissionForm.MatchString):
		return permissionList{}, invalidPermissions("a permission is malformed or repeated")
	case n > b.maxBatch():
		return permissionList{}, b.tooManyPermissions()
	}
	return asked, nil
}

func invalidPermissions(why string) *refusal { return invalid(codeInvalidParameter, why) }

// permissionsOf gives the gateway's permissions, the first one its owner's own. The caller holds the lock.
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
	if !s.config.Behavior.RemovedRejects {
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
	must(s.at(gatewayID, func(g *gateway, now time.Time) error {
		for _, account := range accounts {
			do(g, permissionPrefix+account, now, 0)
		}
		return nil
	}))
}

// Permissions gives the true permissions in the order in which they came, the owner's own first.
func (s *Server) Permissions(gatewayID string) (all []Permission) {
	must(s.at(gatewayID, func(g *gateway, _ time.Time) error {
		for _, p := range s.permissionsOf(g) {
			if !p.removed {
				all = append(all, p.Permission)
			}
		}
		return nil
	}))
	return all
}
