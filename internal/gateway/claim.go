// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"slices"

	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
)

// claims are who has which endpoint in this run. Each map is of holders, by
// endpoint.
type claims struct {
	holders map[string]string // who has claimed it
	states  map[string]string // who was the first to tell that it is in its state
	keepers map[string]string // who has it in its state and leaves it as it is
	leavers map[string]string // who gives it up, and rejects it if it is accepted by then
	cutters map[string]string // who gives it up, accepted as it is

	yielders map[yielder]struct{}
}

// yielder is a holder that leaves an endpoint to others that have it too.
type yielder struct{ holder, endpoint string }

func newClaims() claims {
	return claims{
		holders: map[string]string{}, states: map[string]string{}, keepers: map[string]string{}, leavers: map[string]string{}, cutters: map[string]string{},
		yielders: map[yielder]struct{}{},
	}
}

// Claim takes endpoints into a holder's care for the rest of the run, and
// returns those that another holder has claimed before, which it leaves to it.
func (v *View) Claim(holder string, endpoints []string) (taken []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range endpoints {
		if v.heldByOther(holder, id) {
			taken = append(taken, id)
			continue
		}
		v.holders[id] = holder
	}
	return taken
}

// Taken returns those of the endpoints that another holder has claimed.
func (v *View) Taken(holder string, endpoints []string) (taken []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range endpoints {
		if v.heldByOther(holder, id) {
			taken = append(taken, id)
		}
	}
	return taken
}

// Hold tells that a holder has endpoints in its state, and which of them it
// leaves to others that have them too. It returns the latter, and those that
// another holder told of before. So one of two who have the same endpoint knows
// of the other, and it alone.
func (v *View) Hold(holder string, endpoints, yielded []string) (others []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range yielded {
		v.yielders[yielder{holder, id}] = struct{}{}
	}
	for _, id := range endpoints {
		_, yields := v.yielders[yielder{holder, id}]
		first, held := v.states[id]
		switch {
		case yields, held && first != holder:
			others = append(others, id)
		case !held:
			v.states[id] = holder
		}
	}
	return others
}

// Keep tells that a holder has endpoints in its state and plans to leave them as
// they are. It returns those that another holder was planned to give up, which
// would reject them.
func (v *View) Keep(holder string, endpoints []string) (leaving []string) {
	return v.meet(holder, endpoints, v.keepers, v.leavers)
}

// Leave tells that a holder was planned to give endpoints up, and rejects those
// that are accepted by then. It returns those that another holder has in its
// state and keeps.
func (v *View) Leave(holder string, endpoints []string) (kept []string) {
	return v.meet(holder, endpoints, v.leavers, v.keepers)
}

// Cut tells that a holder was planned to give endpoints up that are accepted.
func (v *View) Cut(holder string, endpoints []string) {
	v.meet(holder, endpoints, v.cutters, nil)
}

// Leaving returns those of the endpoints that another holder was planned to cut,
// and those of the ones that are known to be accepted that it was planned to
// give up: what it has recorded of them may be outdated.
func (v *View) Leaving(holder string, endpoints, accepted []string) []string {
	leaving := v.meet(holder, endpoints, map[string]string{}, v.cutters)
	for _, id := range v.meet(holder, accepted, map[string]string{}, v.leavers) {
		if !slices.Contains(leaving, id) {
			leaving = append(leaving, id)
		}
	}
	return leaving
}

// meet enters a holder of endpoints into one map, and returns those of the
// endpoints that another holder is in the other map with.
func (v *View) meet(holder string, endpoints []string, own, others map[string]string) (met []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range endpoints {
		own[id] = holder
		if other, ok := others[id]; ok && other != holder {
			met = append(met, id)
		}
	}
	return met
}

// heldByOther needs the lock.
func (v *View) heldByOther(holder, endpoint string) bool {
	other, ok := v.holders[endpoint]
	return ok && other != holder
}

// isTakenOver tells whether another holder has claimed what a case was to
// release, which ends the case. The view is locked.
func (v *View) isTakenOver(c *connection.Case) bool {
	if c.Goal != connection.Release || !v.heldByOther(c.Holder, c.EndpointID) {
		return false
	}
	c.TakenOver()
	return true
}

// giveUp ends the cases that release what another holder has claimed, and did
// not reach their goal by then.
func (v *View) giveUp(cases []*connection.Case) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range cases {
		if !c.Step.Reached() {
			v.isTakenOver(c)
		}
	}
}
