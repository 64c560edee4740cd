// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"slices"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
)

// mark is what the view knows of the decisions on one endpoint.
type mark struct {
	pending int // queued or under way
	ended   int // by the view's clock, the last one's end
	// last is what was decided last, and what may have been since: calls of
	// which nobody knows. A decision that was refused is none.
	last []apig.Action
}

// mark begins a decision. The view is locked.
func (v *View) mark(id string) {
	if v.marks[id] == nil {
		v.marks[id] = &mark{}
	}
	v.marks[id].pending++
}

// unmark ends decisions. The view is locked.
func (v *View) unmark(items []*item) {
	v.clock++
	for _, i := range items {
		v.marks[i.id].pending--
		v.marks[i.id].ended = v.clock
	}
	close(v.changed)
	v.changed = make(chan struct{})
}

// keepDecision keeps what a call decided, or may have. The view is locked.
func (v *View) keepDecision(action apig.Action, c *call) {
	if c.err != nil && c.ctx.Err() == nil && !isFault(c.err) {
		return
	}
	for _, i := range c.items {
		m := v.marks[i.id]
		if c.err == nil {
			m.last = nil
		}
		m.last = append(m.last, action)
	}
}

// oppose tells the cases whether the opposite was decided last. A listing that
// began after that decision may show the status from before all the same: what
// looks settled by it would be undone.
func (v *View) oppose(cases []*connection.Case) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range cases {
		m := v.marks[c.EndpointID]
		c.Opposed = m != nil && slices.ContainsFunc(m.last, func(a apig.Action) bool { return a != c.Goal.Action() })
	}
}
