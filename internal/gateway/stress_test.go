// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// setting is what a stress test is run with.
type setting struct {
	endpoints int // that are decided on
	others    int // that only make the gateway large
	callers   int
	span      time.Duration // in which they come
	slow      time.Duration
	creating  time.Duration
	fails     float64
}

// Whatever many callers do at the same time, and however the network and the
// console's users behave, each gets an answer that is true: one that the server
// would have given to a caller alone, at a time that is not too early.
func TestStress(t *testing.T) {
	t.Parallel()
	seeds := []uint64{1, 2, 3, rand.Uint64()}
	settings := map[string]setting{
		"crowded":     {20, 0, 300, 20 * time.Second, 100 * time.Millisecond, time.Second, 0.05},
		"calm":        {300, 0, 200, 2 * time.Minute, 100 * time.Millisecond, time.Second, 0},
		"large":       {60, 1200, 150, time.Minute, 50 * time.Millisecond, time.Second, 0.01},
		"bad network": {100, 0, 200, time.Minute, 2 * time.Second, 3 * time.Second, 0.4},
		"at once":     {150, 450, 300, time.Millisecond, 300 * time.Millisecond, 500 * time.Millisecond, 0.03},
	}
	for name, with := range settings {
		for _, seed := range seeds {
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { stress(t, with, seed) })
			})
		}
	}
}

// stressRun is one run of it.
type stressRun struct {
	*chaos
	t       *testing.T
	with    setting
	session *gateway.Session
	holders *holders
	began   time.Time
	ids     []string
	initial map[string]endpoint.Status
	refused []string // by the server, in whatever company

	mu      sync.Mutex
	looks   []*looked
	settled []*settled
	console []consoleChange
}

// looked is one Look, and what came of it.
type looked struct {
	began, ended, notBefore time.Time
	deadline                time.Time
	endpoints               []string
	found                   map[string]endpoint.Connection
	err                     error
}

// settled is one Settle, and what came of it.
type settled struct {
	holder                 string
	began, ended, deadline time.Time
	cases                  []*settle.Item
	err                    error
}

type consoleChange struct {
	at     time.Time
	id     string
	status endpoint.Status
	before int // how many decisions had taken effect
}

func stress(t *testing.T, with setting, seed uint64) {
	s := newServer(t)
	s.creating = with.creating
	c := newChaos(s, seed)
	c.slow, c.fails = with.slow, with.fails
	r := &stressRun{
		chaos: c, t: t, with: with, session: gateway.NewRegistry(c).Session(theGateway), holders: newHolders(), began: time.Now(),
		ids: ids(with.endpoints), initial: map[string]endpoint.Status{},
	}
	for _, id := range r.ids {
		status := endpoint.Statuses()[c.pick(4)]
		r.initial[id] = status
		s.connect(status, id)
		s.endpoints[id].fails = c.roll() < 0.05
		if c.roll() < 0.03 {
			r.refused = append(r.refused, id)
		}
	}
	for i := range with.others {
		s.connect(endpoint.StatusAccepted, fmt.Sprint("other", i))
	}
	s.before = refuseAny(badRequest(), r.refused...)

	var group sync.WaitGroup
	for range with.callers {
		starts, act := c.within(with.span), c.roll()
		group.Go(func() {
			passes(starts)
			switch {
			case act < 0.35:
				r.look()
			case act < 0.9:
				r.settle()
			default:
				r.change()
			}
		})
	}
	group.Wait()
	r.check()
}

// some draws endpoints, of which the last may be unknown to the gateway.
func (r *stressRun) some() []string {
	n := 1
	if r.roll() < 0.3 {
		n += r.pick(len(r.ids)/2 + 2)
	}
	start := r.pick(len(r.ids))
	picked := make([]string, 0, n+1)
	for i := range min(n, len(r.ids)) {
		picked = append(picked, r.ids[(start+i)%len(r.ids)])
	}
	if r.roll() < 0.1 {
		picked = append(picked, "unknown")
	}
	return picked
}

// context draws when a caller loses patience.
func (r *stressRun) context() (context.Context, context.CancelFunc) {
	patience := 3 * time.Minute
	if r.roll() < 0.3 {
		patience = r.within(2*r.with.creating + 4*r.with.slow)
	}
	return context.WithTimeout(r.t.Context(), patience)
}

func (r *stressRun) look() {
	l := &looked{endpoints: r.some()}
	ctx, cancel := r.context()
	defer cancel()
	l.deadline, _ = ctx.Deadline()
	l.began = time.Now()
	if r.roll() < 0.5 {
		l.notBefore = l.began.Add(-r.within(2 * time.Second))
	}
	l.found, l.err = r.session.Get(ctx, l.endpoints, gateway.Since(l.notBefore))
	l.ended = time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looks = append(r.looks, l)
}

func (r *stressRun) settle() {
	goals := []endpoint.Goal{endpoint.Accept, endpoint.Accept, endpoint.Reject, endpoint.Release}
	holder := fmt.Sprint("holder ", r.pick(20))
	st := &settled{holder: holder, cases: cases(goals[r.pick(4)], r.some()...)}
	if st.cases[0].Goal == endpoint.Release {
		r.holders.of(holder, st.cases)
	}
	if st.cases[0].Goal == endpoint.Accept && r.roll() < 0.3 {
		r.holders.claim(holder, caseIDs(st.cases)...)
	}
	ctx, cancel := r.context()
	defer cancel()
	st.deadline, _ = ctx.Deadline()
	st.began = time.Now()
	st.err = r.session.Settle(ctx, st.cases, r.within(5*time.Second))
	st.ended = time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settled = append(r.settled, st)
}

// change is what a user of the console, or the consumer, does.
func (r *stressRun) change() {
	id := r.ids[r.pick(len(r.ids))]
	status := append(endpoint.Statuses(), endpoint.Absent)[r.pick(7)]
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.server.change(id, 0, status)
	r.console = append(r.console, consoleChange{time.Now(), id, status, len(r.effects)})
}

func caseIDs(cs []*settle.Item) []string {
	ids := make([]string, len(cs))
	for i, c := range cs {
		ids[i] = c.EndpointID
	}
	return ids
}

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
			for _, connection := range page.Entries {
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
