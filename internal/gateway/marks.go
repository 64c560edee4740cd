// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"slices"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// mark is what the session knows of the decisions on one endpoint.
type mark struct {
	pending int // queued or under way
	ended   int // by the epoch, the last one's end
	// last is what was decided last, and what may have been since: calls of
	// which nobody knows. A decision that was refused is none.
	last []endpoint.Decision
	// asked are the decisions that took effect, or may yet, but for those that the
	// opposite was seen to have overtaken.
	asked map[endpoint.Decision]asked
}

// asked is a decision that was asked for.
type asked struct {
	at   time.Time // when its last call ended, or began if it is under way
	seen bool      // to have taken effect
}

// mark begins a decision. The session is locked.
func (v *Session) mark(id string) { v.markOf(id).pending++ }

func (v *Session) markOf(id string) *mark {
	if v.marks[id] == nil {
		v.marks[id] = &mark{asked: map[endpoint.Decision]asked{}}
	}
	return v.marks[id]
}

// unmark ends decisions. The session is locked.
func (v *Session) unmark(items []*item) {
	v.epoch++
	for _, i := range items {
		v.marks[i.id].pending--
		v.marks[i.id].ended = v.epoch
	}
	close(v.idle)
	v.idle = make(chan struct{})
}

// askFor takes in that a call for endpoints begins. The session is locked.
func (v *Session) askFor(action endpoint.Decision, items []*item) {
	for _, i := range items {
		m := v.marks[i.id]
		if before, was := m.asked[action]; was {
			i.before = &before
		}
		m.asked[action] = asked{at: time.Now()}
	}
}

// keepDecision keeps what a call decided, or may have. The session is locked.
func (v *Session) keepDecision(action endpoint.Decision, c *call) {
	refused := c.err != nil && c.ctx.Err() == nil && !apig.IsFault(c.err)
	for _, i := range c.items {
		m := v.marks[i.id]
		switch {
		case !refused:
			if c.err == nil {
				m.last = nil
			}
			m.last = append(m.last, action)
			m.asked[action] = asked{at: time.Now()}
		case i.before != nil:
			m.asked[action] = *i.before
		default:
			delete(m.asked, action)
		}
	}
}

// oppose tells the cases whether the opposite was decided last, and until when that
// may take effect. A listing that began after that decision may show the status from
// before all the same: what looks settled by it would be undone.
func (v *Session) tellLastDecisions(cases []*settle.Item) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range cases {
		c.Opposed, c.OpposedAt = false, time.Time{}
		m, opposite := v.marks[c.EndpointID], opposite(c.Goal.Decision())
		if m == nil {
			continue
		}
		c.Opposed = slices.Contains(m.last, opposite)
		c.OpposedAt = m.asked[opposite].at
	}
}

func opposite(action endpoint.Decision) endpoint.Decision {
	if action == endpoint.Accepted {
		return endpoint.Rejected
	}
	return endpoint.Accepted
}

// believe takes in what a look told cases: decisions that were seen to have taken
// effect, and others that those overtook. What was decided since, it says nothing of.
func (v *Session) believe(cases []*settle.Item, s *snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range cases {
		if m := v.marks[c.EndpointID]; m != nil && m.pending == 0 && m.ended <= s.epoch {
			m.believe(c)
		}
	}
}

func (m *mark) believe(c *settle.Item) {
	action := c.Goal.Decision()
	decision, decided := endpoint.Decided(c.Observed.Status)
	shown := decided && decision == action
	if own, was := m.asked[action]; was && (shown || c.Phase == settle.Done || c.Phase == settle.Failed) {
		own.seen = true
		m.asked[action] = own
	}
	switch c.Phase {
	case settle.Done:
		delete(m.asked, opposite(action))
		if len(m.last) > 0 {
			m.last = []endpoint.Decision{action}
		}
	case settle.Gone:
		clear(m.asked)
	default:
	}
}

// Asked are decisions that were asked for, and when.
type Asked map[endpoint.Decision]time.Time

// Remember takes in what an earlier run asked for of endpoints and did not see take
// effect.
func (v *Session) Remember(unseen map[string]Asked) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id, decisions := range unseen {
		m := v.markOf(id)
		for decision, at := range decisions {
			action := decision
			if now := time.Now(); at.After(now) { // by another machine's clock
				at = now
			}
			if m.asked[action].at.Before(at) {
				m.asked[action] = asked{at: at}
				m.last = append(m.last, action)
			}
		}
	}
}

// Unseen are the decisions on endpoints that were asked for, in this run or as an earlier
// one left it, and not seen to have taken effect or to be overtaken.
func (v *Session) Unseen(endpoints []string) map[string]Asked {
	v.mu.Lock()
	defer v.mu.Unlock()
	unseen := map[string]Asked{}
	for _, id := range endpoints {
		m := v.marks[id]
		if m == nil {
			continue
		}
		asked := Asked{}
		for _, decision := range []endpoint.Decision{endpoint.Accepted, endpoint.Rejected} {
			if a, was := m.asked[decision]; was && !a.seen {
				asked[decision] = a.at
			}
		}
		if len(asked) > 0 {
			unseen[id] = asked
		}
	}
	return unseen
}
