// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

const ms = time.Millisecond

// gateway takes calls, and answers them after a while.
type gateway struct {
	sync.WaitGroup // of its callers

	latency time.Duration
	answer  func(n int, endpoints []string) error // to the n-th call, counted from 1; nil grants all

	mu    sync.Mutex
	calls []made
}

type made struct {
	at        time.Time
	deadline  time.Time
	decision  endpoint.Decision
	endpoints []string
}

func (g *gateway) call(ctx context.Context, decision endpoint.Decision, endpoints []string) error {
	g.mu.Lock()
	g.calls = append(g.calls, made{time.Now(), flight.Deadline(ctx), decision, slices.Sorted(slices.Values(endpoints))})
	n := len(g.calls)
	g.mu.Unlock()
	if rest.Sleep(ctx, g.latency) != nil {
		return &rest.Error{Operation: apig.OperationDecide, Kind: rest.KindUnreachable, Err: context.Cause(ctx)}
	}
	if g.answer == nil {
		return nil
	}
	return g.answer(n, endpoints)
}

func (g *gateway) sizes() (sizes []int) {
	for _, c := range g.calls {
		sizes = append(sizes, len(c.endpoints))
	}
	return sizes
}

// run runs a test on a clock of its own, with a batch of its own, which has nothing pending in the end.
func run(t *testing.T, name any, test func(t *testing.T, g *gateway, b *Batch)) {
	t.Helper()
	t.Run(fmt.Sprint(name), func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := &gateway{}
			b := New(g.call)
			test(t, g, b)
			g.Wait()
			assert.Check(t, len(b.Pending()) == 0 && b.queues[endpoint.Accepted].underWay+b.queues[endpoint.Rejected].underWay == 0,
				"pending are %v", b.Pending())
		})
	})
}

// decide decides endpoints, and returns what became of the first.
func decide(ctx context.Context, b *Batch, decision endpoint.Decision, endpoints ...string) settle.Outcome {
	return b.Decide(ctx, decision, items(decision, endpoints...))[endpoints[0]]
}

func items(decision endpoint.Decision, endpoints ...string) (items []*settle.Item) {
	for _, id := range endpoints {
		items = append(items, settle.Decide(id, decision, nil, false))
	}
	return items
}

// numbered names endpoints from one number up to another one.
func numbered(from, to int) (names []string) {
	for n := from; n < to; n++ {
		names = append(names, fmt.Sprintf("e%03d", n))
	}
	return names
}

func passes(d time.Duration) { <-time.After(d) }

func apiError(status int, code string, kind rest.Kind) error {
	return &rest.Error{Operation: apig.OperationDecide, StatusCode: status, Code: code, Kind: kind}
}

// What many callers decide at about the same time travels together. A call that has
// room waits for those who are expected, for as long as they may take.
func TestTogether(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		callers  int
		gap      time.Duration
		expected int
		sizes    []int
		at       []time.Duration // when they are made
	}{
		{"one", 1, 0, 0, []int{1}, []time.Duration{50 * ms}},
		{"ten at once", 10, 0, 0, []int{10}, []time.Duration{50 * ms}},
		{"a full call does not wait", 50, 0, 0, []int{50}, []time.Duration{0}},
		{"one more", 51, 0, 0, []int{50, 1}, []time.Duration{0, 50 * ms}},
		{"a hundred at once", 100, 0, 0, []int{50, 50}, []time.Duration{0, 0}},
		{"close to each other", 20, 5 * ms, 0, []int{20}, []time.Duration{(95 + 50) * ms}},
		{"as far apart as may be", 2, 49 * ms, 0, []int{2}, []time.Duration{(49 + 50) * ms}},
		{"too far apart", 2, 51 * ms, 0, []int{1, 1}, []time.Duration{50 * ms, (51 + 50) * ms}},
		{"full before they end", 60, 3 * ms, 0, []int{50, 10}, []time.Duration{49 * 3 * ms, (59*3 + 50) * ms}},
		{"no end of them", 60, 27 * ms, 0, []int{38, 22}, []time.Duration{1000 * ms, (59*27 + 50) * ms}},
		{"one is expected and comes", 2, 120 * ms, 2, []int{2}, []time.Duration{170 * ms}},
		{"many are expected and come", 10, 20 * ms, 10, []int{10}, []time.Duration{230 * ms}},
		{"one is expected and does not come", 1, 0, 2, []int{1}, []time.Duration{250 * ms}},
		{"one is expected and comes too late", 2, 300 * ms, 2, []int{1, 1}, []time.Duration{250 * ms, 350 * ms}},
		{"a full call, though many are expected", 55, 0, 60, []int{50, 5}, []time.Duration{0, 250 * ms}},
	} {
		run(t, test.name, func(t *testing.T, g *gateway, b *Batch) {
			for range test.expected {
				b.Expect()
			}
			began := time.Now()
			for i, id := range numbered(0, test.callers) {
				g.Go(func() {
					passes(time.Duration(i) * test.gap)
					b.Arrive()
					o := decide(t.Context(), b, endpoint.Accepted, id)
					assert.Check(t, o.Err == nil && o.Size != 0, "%s: %+v", id, o)
				})
			}
			g.Wait()
			assert.Assert(t, slices.Equal(g.sizes(), test.sizes), "calls of %v, want %v", g.sizes(), test.sizes)
			for i, want := range test.at {
				got := g.calls[i].at.Sub(began)
				assert.Check(t, got >= want && got <= want+ms, "call %d was made after %s, want %s", i, got, want)
			}
		})
	}
}

// A call has one verb.
func TestApart(t *testing.T) {
	t.Parallel()
	run(t, "accepted and rejected", func(t *testing.T, g *gateway, b *Batch) {
		g.Go(func() { decide(t.Context(), b, endpoint.Accepted, numbered(0, 3)...) })
		g.Go(func() { decide(t.Context(), b, endpoint.Rejected, numbered(3, 5)...) })
		g.Wait()
		for _, c := range g.calls {
			assert.Check(t, slices.Equal(c.endpoints, map[endpoint.Decision][]string{endpoint.Accepted: numbered(0, 3), endpoint.Rejected: numbered(3, 5)}[c.decision]),
				"%s: %v", c.decision, c.endpoints)
		}
	})
}

// An endpoint that several callers decide alike is in a call once, and stays in it when
// one of them leaves. Callers with many endpoints share calls, too.
func TestTheSameTwice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first, second []string
		leaves        time.Duration // the first one
		sizes         []int
	}{
		"both stay":                {numbered(0, 1), numbered(0, 1), time.Hour, []int{1}},
		"one leaves":               {numbered(0, 1), numbered(0, 1), 20 * ms, []int{1}},
		"one leaves with others":   {numbered(0, 3), numbered(2, 4), 20 * ms, []int{2}},
		"one has as many as go":    {numbered(0, 30), numbered(0, 50), time.Hour, []int{50}},
		"each has many of its own": {numbered(0, 70), numbered(50, 120), time.Hour, []int{50, 50, 20}},
	} {
		run(t, name, func(t *testing.T, g *gateway, b *Batch) {
			ctx, cancel := context.WithTimeout(t.Context(), test.leaves)
			defer cancel()
			g.Go(func() { b.Decide(ctx, endpoint.Rejected, items(endpoint.Rejected, test.first...)) })
			g.Go(func() {
				passes(ms)
				outcomes := b.Decide(t.Context(), endpoint.Rejected, items(endpoint.Rejected, test.second...))
				for _, id := range test.second {
					o := outcomes[id]
					assert.Check(t, o.Err == nil && o.Size != 0, "%s: %+v", id, o)
				}
			})
			g.Wait()
			assert.Check(t, slices.Equal(g.sizes(), test.sizes), "calls of %v", g.sizes())
		})
	}
}

// At most four calls are under way at once, whoever asks; while one waits for its turn,
// it takes in what comes, also what another one asks for.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	run(t, "of 240", func(t *testing.T, g *gateway, b *Batch) {
		g.latency = time.Second
		began := time.Now()
		for i, id := range append(numbered(0, 240), "e239") {
			g.Go(func() {
				passes(time.Duration(i) * 4 * ms)
				decide(t.Context(), b, endpoint.Accepted, id)
			})
		}
		g.Wait()
		assert.Check(t, slices.Equal(g.sizes(), []int{50, 50, 50, 50, 40}), "calls of %v", g.sizes())
		last := g.calls[4].at.Sub(began)
		assert.Check(t, last >= g.calls[0].at.Sub(began)+time.Second, "the fifth call is made after %s", last)
	})
}

// What is held when its call would be made is not called for, also where it waited for
// the calls of others; what nobody asks of the holders is.
func TestSpare(t *testing.T) {
	t.Parallel()
	run(t, "of 250", func(t *testing.T, g *gateway, b *Batch) {
		g.latency = time.Second
		var mu sync.Mutex
		held := map[string]bool{}
		var released []*settle.Item
		for _, id := range numbered(0, 250) {
			released = append(released, settle.Reject(id, func(id string) bool { mu.Lock(); defer mu.Unlock(); return held[id] }, true))
		}
		g.Go(func() {
			passes(ms) // it comes last
			decide(t.Context(), b, endpoint.Rejected, numbered(249, 250)...)
		})
		g.Go(func() {
			outcomes := b.Decide(t.Context(), endpoint.Rejected, released)
			for i, c := range released {
				spared := i == 248 || i == 249
				o := outcomes[c.EndpointID]
				assert.Check(t, o.Err == nil && (o.Size == 0) == spared && (c.Phase == settle.Spared) == spared, "%s: %+v", c.EndpointID, o)
			}
		})
		passes(time.Second / 2)
		mu.Lock()
		held["e248"], held["e249"] = true, true
		mu.Unlock()
		g.Wait()
		assert.Check(t, slices.Equal(g.sizes(), []int{50, 50, 50, 50, 49}) && slices.Contains(g.calls[4].endpoints, "e249"), "calls of %v", g.sizes())
	})
}

// What a call's answer is to those who asked for it, and to those who asked for more.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err   error
		alone settle.Outcome
		// several is what those are told that the failed call named beside another one, and rest
		// what becomes of what the same caller waits for.
		several, rest settle.Outcome
	}{
		"granted": {nil, settle.Outcome{Size: 1}, settle.Outcome{Size: 50}, settle.Outcome{Size: 10}},
		"refused": {apiError(400, "APIC.7211", rest.KindInvalid), settle.Outcome{Size: 1, Final: true, Effect: rest.EffectRefused}, settle.Outcome{Size: 50, Effect: rest.EffectRefused}, settle.Outcome{Size: 10, Effect: rest.EffectRefused}},
		"failed":  {apiError(500, "APIC.9007", rest.KindServer), settle.Outcome{Size: 1, Final: true, Effect: rest.EffectUnknown}, settle.Outcome{Size: 50, Effect: rest.EffectUnknown}, settle.Outcome{Size: 10, Effect: rest.EffectUnknown}},
		"busy":    {apiError(409, "APIC.7701", rest.KindBusy), settle.Outcome{Size: 1}, settle.Outcome{Size: 50}, settle.Outcome{Size: 1}},
		"fatal":   {apiError(403, "APIC.7106", rest.KindForbidden), settle.Outcome{Size: 1, Fatal: true}, settle.Outcome{Size: 50, Fatal: true}, settle.Outcome{}},
	} {
		run(t, name, func(t *testing.T, g *gateway, b *Batch) {
			g.latency, g.answer = 10*ms, func(int, []string) error { return test.err }
			same := func(what string, o, want settle.Outcome) {
				t.Helper()
				if want.Size > 0 {
					want.Err = test.err
				}
				assert.Check(t, o == want, "%s: %+v, want %+v", what, o, want)
			}
			same("alone", decide(t.Context(), b, endpoint.Accepted, "alone"), test.alone)
			outcomes := b.Decide(t.Context(), endpoint.Rejected, items(endpoint.Rejected, numbered(0, 60)...))
			same("several", outcomes["e000"], test.several)
			if name != "busy" { // then which one is called for next is drawn
				same("the rest", outcomes["e059"], test.rest)
			}
		})
	}
}

// A service that fails whatever it is asked for is asked for nothing more, and those who
// wait are told why; a gateway that is busy sends those away who wait, once.
func TestSentAway(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err         error
		least, most int // calls
		want        settle.Outcome
	}{
		"failing": {apiError(500, "APIC.9007", rest.KindServer), 16, 16, settle.Outcome{Fatal: true, Effect: rest.EffectUnknown}},
		"busy":    {apiError(409, "APIC.7701", rest.KindBusy), 2, 6, settle.Outcome{}},
	} {
		run(t, name, func(t *testing.T, g *gateway, b *Batch) {
			g.answer = func(int, []string) error { return test.err }
			for i := range 20 {
				if test.want.Fatal {
					decide(t.Context(), b, endpoint.Accepted, numbered(i, i+1)...)
				}
			}
			outcomes := b.Decide(t.Context(), endpoint.Accepted, items(endpoint.Accepted, numbered(100, 500)...))
			away := 0
			for _, o := range outcomes {
				if o.Size == 0 && errors.Is(o.Err, test.err) && o.Fatal == test.want.Fatal && o.Effect == test.want.Effect {
					away++
				}
			}
			assert.Check(t, len(g.calls) >= test.least && len(g.calls) <= test.most && away >= 100, "calls of %v, %d are sent away", g.sizes(), away)
		})
	}
}

// Who waits is not sent away as long as a call under way may tell otherwise; nor is who comes when nobody waits any more.
func TestNotSentAway(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		calls, fail int // at first
		err         error
		after       time.Duration
	}{
		"failing": {4, 3, apiError(500, "APIC.9007", rest.KindServer), ms / 2},
		"busy":    {2, 2, apiError(409, "APIC.7701", rest.KindBusy), time.Second},
	} {
		run(t, name, func(t *testing.T, g *gateway, b *Batch) {
			g.latency, g.answer = ms, func(n int, _ []string) error {
				if n <= test.fail {
					return test.err
				}
				passes(ms)
				return nil
			}
			g.Go(func() {
				b.Decide(t.Context(), endpoint.Accepted, items(endpoint.Accepted, numbered(0, 50*test.calls)...))
			})
			passes(test.after)
			for id, o := range b.Decide(t.Context(), endpoint.Accepted, items(endpoint.Accepted, numbered(200, 210)...)) {
				assert.Check(t, o.Size != 0 && o.Err == nil, "%s: %+v", id, o)
			}
		})
	}
}

// What calls for endpoints taught of sizes is forgotten with those who followed them, and
// what is found to be as it is to be was no failure.
func TestLearns(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		then func(b *Batch, followed []*settle.Item)
		next int // endpoints of the next call
	}{
		"followed":      {func(*Batch, []*settle.Item) {}, 25},
		"forgotten":     {func(b *Batch, followed []*settle.Item) { b.Forget(followed) }, 50},
		"reached":       {func(b *Batch, followed []*settle.Item) { followed[0].Phase = settle.Done; b.Forget(followed[:1]) }, 25},
		"never refused": {func(b *Batch, followed []*settle.Item) { followed[0].Refusal = nil; b.Forget(followed[:1]) }, 25},
		"found":         {func(b *Batch, _ []*settle.Item) { b.Found(endpoint.Accepted, numbered(0, 50)) }, 50},
	} {
		run(t, name, func(t *testing.T, g *gateway, b *Batch) {
			g.answer = func(n int, _ []string) error {
				if n == 1 {
					return apiError(400, "APIC.7211", rest.KindInvalid)
				}
				return nil
			}
			followed := items(endpoint.Accepted, numbered(0, 50)...)
			for id, o := range b.Decide(t.Context(), endpoint.Accepted, followed) {
				followed[slices.Index(numbered(0, 50), id)].Refusal = o.Err
			}
			test.then(b, followed)
			decide(t.Context(), b, endpoint.Accepted, numbered(100, 150)...)
			assert.Check(t, g.sizes()[1] == test.next, "calls of %v", g.sizes())
		})
	}
}
