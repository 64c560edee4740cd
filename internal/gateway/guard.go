// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"slices"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

// Guard says what may stand accepted on a gateway, in the judgment of one holder
// that rejects everything else.
type Guard struct {
	Holder    string
	Endpoints map[string]struct{}
	Accounts  map[string]struct{}
	// Owners are the accounts of the endpoints that the holder knows of.
	Owners map[string]string
}

// letsStand tells whether the guard lets an endpoint stand, as far as is known:
// one whose owner is not known, or not told, may turn out to belong to an account
// that may. The view is locked.
func (v *View) letsStand(endpoint string) bool {
	g := v.guard
	if _, named := g.Endpoints[endpoint]; named {
		return true
	}
	owner, known := g.Owners[endpoint]
	if !known && v.whole != nil {
		var c apig.Connection
		c, known = v.whole.connections[endpoint]
		owner = c.DomainID
	}
	if !known || owner == "" {
		return len(g.Accounts) > 0
	}
	_, named := g.Accounts[owner]
	return named
}

// Guard sets the guard of the run. It returns the endpoints which holders accept
// that it would reject, sorted, and reports false if another holder's guard was
// set before, which stays.
func (v *View) Guard(g Guard) (conflicts []string, alone bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.guard != nil && v.guard.Holder != g.Holder {
		return nil, false
	}
	v.guard = &g
	for id := range v.accepting {
		if !v.letsStand(id) {
			conflicts = append(conflicts, id)
		}
	}
	slices.Sort(conflicts)
	return conflicts, true
}

// Accepts tells that endpoints are to stand accepted, and returns those that the
// guard of the run would reject.
func (v *View) Accepts(endpoints []string) (conflicts []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range endpoints {
		v.accepting[id] = struct{}{}
		if v.guard != nil && !v.letsStand(id) {
			conflicts = append(conflicts, id)
		}
	}
	return conflicts
}

// Accepting returns those of the endpoints that are to stand accepted.
func (v *View) Accepting(endpoints []string) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(endpoints), func(id string) bool {
		_, ok := v.accepting[id]
		return !ok
	})
}
