// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package batch

import (
	"context"
	"slices"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// history is what is known of the decisions on one endpoint.
type history struct {
	pending int // decisions that are queued or under way
	ended   int // epoch in which the last decision ended
	// last is what was decided last, and what may have been since, by calls that were lost.
	last []endpoint.Decision
	// asked are the decisions that may have taken effect, or may yet, and were not seen to be overtaken.
	asked map[endpoint.Decision]asked
}

// asked is a decision that was asked for.
type asked struct {
	at   time.Time // when its last call ended, or began if it is under way
	seen bool      // to have taken effect
}

// historyOf returns the history of an endpoint. The batch is locked.
func (b *Batch) historyOf(id string) *history {
	if b.histories[id] == nil {
		b.histories[id] = &history{asked: map[endpoint.Decision]asked{}}
	}
	return b.histories[id]
}

// known is the history of an endpoint, as far as there is one. The batch is locked.
func (b *Batch) known(id string) history {
	if h := b.histories[id]; h != nil {
		return *h
	}
	return history{}
}

// end ends decisions. The batch is locked.
func (b *Batch) end(items []*item) {
	b.epoch++
	for _, i := range items {
		h := b.histories[i.id]
		h.pending--
		h.ended = b.epoch
	}
	close(b.idle)
	b.idle = make(chan struct{})
}

// begin takes in that a call for endpoints begins. The batch is locked.
func (b *Batch) begin(decision endpoint.Decision, items []*item) {
	for _, i := range items {
		h := b.histories[i.id]
		if before, was := h.asked[decision]; was {
			i.before = &before
		}
		h.asked[decision] = asked{at: time.Now()}
	}
}

// keep records what a call decided, or may have. The batch is locked.
func (b *Batch) keep(decision endpoint.Decision, c *call) {
	refused := c.err != nil && c.ctx.Err() == nil && apig.EffectOf(c.err) != rest.EffectUnknown
	for _, i := range c.items {
		h := b.histories[i.id]
		switch {
		case !refused:
			if c.err == nil {
				h.last = nil
			}
			h.last = append(h.last, decision)
			h.asked[decision] = asked{at: time.Now()}
		case i.before != nil:
			h.asked[decision] = *i.before
		default:
			delete(h.asked, decision)
		}
	}
}

// Epoch counts the listings that began and the decisions that ended.
func (b *Batch) Epoch() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.epoch
}

// NextEpoch is that of a listing that begins.
func (b *Batch) NextEpoch() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.epoch++
	return b.epoch
}

// Pending returns the endpoints on which decisions are queued or under way.
func (b *Batch) Pending() (ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, h := range b.histories {
		if h.pending > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// Await waits until no decision on any of the endpoints is pending.
func (b *Batch) Await(ctx context.Context, endpoints []string) error {
	for {
		b.mu.Lock()
		idle, busy := b.idle, slices.ContainsFunc(endpoints, func(id string) bool { return b.known(id).pending > 0 })
		b.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return b.calls.Ended(ctx)
		}
	}
}

// IsOutdated tells whether a decision on any of the endpoints ended since an epoch, or is pending.
func (b *Batch) IsOutdated(epoch int, endpoints []string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(endpoints, func(id string) bool {
		h := b.known(id)
		return h.pending > 0 || h.ended > epoch
	})
}

// Ended tells whether any decision ended after an epoch, and until another one.
func (b *Batch) Ended(after, until int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, h := range b.histories {
		if h.ended > after && h.ended <= until {
			return true
		}
	}
	return false
}

// LastDecisions tells the items whether the opposite was decided last, and when: a listing may be from before it.
func (b *Batch) LastDecisions(items []*settle.Item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range items {
		h, opposite := b.known(i.EndpointID), opposite(i.Goal.Decision())
		i.Opposed, i.OpposedAt, i.OpposedSeen = slices.Contains(h.last, opposite), h.asked[opposite].at, h.asked[opposite].seen
	}
}

func opposite(decision endpoint.Decision) endpoint.Decision {
	if decision == endpoint.Accepted {
		return endpoint.Rejected
	}
	return endpoint.Accepted
}

// Believe takes in what a listing of an epoch told items: decisions that took effect, and others that those overtook. Of
// what was decided since it says nothing.
func (b *Batch) Believe(items []*settle.Item, epoch int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range items {
		if h := b.histories[i.EndpointID]; h != nil && h.pending == 0 && h.ended <= epoch {
			h.believe(i)
		}
	}
}

func (h *history) believe(i *settle.Item) {
	decision := i.Goal.Decision()
	shown, decided := endpoint.Decided(i.Observed.Status)
	seen := decided && shown == decision || i.Phase == settle.Done || i.Phase == settle.Failed
	if own, was := h.asked[decision]; was && seen {
		own.seen = true
		h.asked[decision] = own
	}
	switch i.Phase {
	case settle.Done:
		delete(h.asked, opposite(decision))
		if len(h.last) > 0 {
			h.last = []endpoint.Decision{decision}
		}
	case settle.Gone:
		clear(h.asked)
	default:
	}
}

// Asked are decisions that were asked for, and when.
type Asked map[endpoint.Decision]time.Time

// Remember takes in what an earlier run asked for and did not see take effect.
func (b *Batch) Remember(unseen map[string]Asked) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, decisions := range unseen {
		h := b.historyOf(id)
		for decision, at := range decisions {
			if now := time.Now(); at.After(now) { // by another machine's clock
				at = now
			}
			if h.asked[decision].at.Before(at) {
				h.asked[decision] = asked{at: at}
				h.last = append(h.last, decision)
			}
		}
	}
}

// Unseen are the decisions that were asked for, in this run or before, and not seen to have taken effect or be overtaken.
func (b *Batch) Unseen(endpoints []string) map[string]Asked {
	b.mu.Lock()
	defer b.mu.Unlock()
	unseen := map[string]Asked{}
	for _, id := range endpoints {
		for decision, a := range b.known(id).asked {
			if a.seen {
				continue
			}
			if unseen[id] == nil {
				unseen[id] = Asked{}
			}
			unseen[id][decision] = a.at
		}
	}
	return unseen
}
