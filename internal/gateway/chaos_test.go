// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// chaos is a server behind a network that takes its time and loses things. It
// keeps a log of what passed.
type chaos struct {
	*server
	slow  time.Duration // no way to or from the server takes longer
	fails float64       // the share of calls that fail

	log      sync.Mutex
	random   *rand.Rand
	listings []*listing
	calls    []*calling
	effects  []decision // in the order in which they took effect
	deciding int        // calls under way
	listed   int        // listings under way
}

// listing is one list call, or one for all pages.
type listing struct {
	began, ended time.Time
	filter       string
	shown        map[string]endpoint.Connection
	whole        bool // what it does not show is not listed
	err          error
}

// calling is one action call.
type calling struct {
	began, ended time.Time
	action       endpoint.Decision
	endpoints    []string
	err          error
}

func newChaos(s *server, seed uint64) *chaos {
	c := &chaos{server: s, random: rand.New(rand.NewPCG(seed, 7))}
	s.after = func(_ int, d decision) error {
		c.effects = append(c.effects, d) // the server's lock is held
		return nil
	}
	return c
}

// roll draws from 0 to 1.
func (c *chaos) roll() float64 {
	c.log.Lock()
	defer c.log.Unlock()
	return c.random.Float64()
}

func (c *chaos) pick(n int) int { return int(c.roll() * float64(n)) }

// within draws a time up to a limit.
func (c *chaos) within(d time.Duration) time.Duration {
	return time.Duration(c.roll() * float64(d))
}

// pass is one way through the network: it takes a while, and may be in vain.
func (c *chaos) pass(ctx context.Context, operation string) error {
	if err := c.travel(ctx, operation, c.within(c.slow)); err != nil {
		return err
	}
	if c.roll() >= c.fails/2 {
		return nil
	}
	kinds := []rest.Kind{rest.KindServer, rest.KindUnreachable, rest.KindUnreadable}
	return &rest.Error{Operation: operation, Kind: kinds[c.pick(3)], Err: errors.New("chaos")}
}

func (c *chaos) ListConnections(ctx context.Context, gw apig.Gateway, f apig.ConnectionFilter) iter.Seq2[apig.ConnectionPage, error] {
	return func(yield func(apig.ConnectionPage, error) bool) {
		l := &listing{began: time.Now(), filter: f.ID, shown: map[string]endpoint.Connection{}}
		c.begin(&c.listed, 4)
		defer func() {
			l.ended = time.Now()
			c.end(&c.listed, func() { c.listings = append(c.listings, l) })
		}()
		if l.err = c.pass(ctx, apig.OperationList); l.err != nil {
			yield(apig.ConnectionPage{}, l.err)
			return
		}
		for page, err := range c.server.ListConnections(ctx, gw, f) {
			if err == nil {
				err = c.pass(ctx, apig.OperationList)
			}
			if l.err = err; err != nil {
				yield(apig.ConnectionPage{}, err)
				return
			}
			for _, connection := range page.Connections {
				l.shown[connection.ID] = connection
			}
			l.whole = !page.Shifted && int64(len(l.shown)) >= page.Total
			if !yield(page, nil) {
				return
			}
		}
	}
}

func (c *chaos) AcceptOrReject(ctx context.Context, gw apig.Gateway, action endpoint.Decision, endpoints []string) (_ []endpoint.Connection, err error) {
	call := &calling{began: time.Now(), action: action, endpoints: slices.Clone(endpoints)}
	c.begin(&c.deciding, 4)
	defer func() {
		call.ended, call.err = time.Now(), err
		c.end(&c.deciding, func() { c.calls = append(c.calls, call) })
	}()
	if err := c.pass(ctx, apig.OperationDecide); err != nil {
		return nil, err
	}
	if _, err := c.server.AcceptOrReject(ctx, gw, action, endpoints); err != nil {
		return nil, err
	}
	return nil, c.pass(ctx, apig.OperationDecide)
}

func (c *chaos) begin(underWay *int, most int) {
	c.log.Lock()
	defer c.log.Unlock()
	if *underWay++; *underWay > most {
		c.t.Errorf("%d calls are under way at once", *underWay)
	}
}

func (c *chaos) end(underWay *int, note func()) {
	c.log.Lock()
	defer c.log.Unlock()
	*underWay--
	note()
}
