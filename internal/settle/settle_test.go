// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package settle_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// world fakes all that settling asks. A decision shows after a while.
type world struct {
	shown   map[string]endpoint.Status
	late    map[string]time.Duration  // how long a decision takes to show
	fails   map[string]settle.Outcome // what becomes of an endpoint in place of a decision, or beside one that may have been made
	outage  error
	opposed bool  // the opposite was asked for just now
	dark    error // of looks
	lit     int   // looks before that

	looks, forgotten int
	announced, ended int // looks to come
	next             []string
	due              time.Time // of the next look, as announced
	astray           int       // looks that were announced otherwise
	arrived          []int     // after how many looks
	calls, found     []string
	decided          map[string]time.Time // when a decision to accept shows
	vain             error                // what Unsettled was told
}

func (w *world) settler() settle.Settler {
	return settle.Settler{Looker: w, Decider: w, Outages: w, Pacer: w, Patience: w}
}

func (w *world) Look(_ context.Context, endpoints []string, _ time.Time) (settle.Seen, error) {
	if w.looks++; w.looks > 1 && (!slices.Equal(endpoints, w.next) || time.Now().Before(w.due)) {
		w.astray++
	}
	seen := settle.Seen{Began: time.Now(), Connections: map[string]endpoint.Connection{}}
	for _, id := range endpoints {
		status := w.shown[id]
		if at, decided := w.decided[id]; decided && !time.Now().Before(at) {
			status = endpoint.StatusAccepted
		}
		if status != endpoint.Absent {
			seen.Connections[id] = endpoint.Connection{ID: id, DomainID: "a", Status: status}
		}
	}
	if w.looks > w.lit {
		return seen, w.dark
	}
	return seen, nil
}

func (w *world) Decide(_ context.Context, decision endpoint.Decision, items []*settle.Item) map[string]settle.Outcome {
	outcomes := map[string]settle.Outcome{}
	for _, i := range items {
		if i.Spare() {
			continue
		}
		w.calls = append(w.calls, string(decision)+" "+i.EndpointID)
		o, fails := w.fails[i.EndpointID]
		_, before := w.decided[i.EndpointID]
		if o.Size = len(items); !before && (!fails || o.Effect == rest.EffectUnknown) {
			w.decided[i.EndpointID] = time.Now().Add(w.late[i.EndpointID])
		}
		outcomes[i.EndpointID] = o
	}
	return outcomes
}

func (w *world) Expect(endpoints []string, due time.Time) func() {
	w.announced++
	w.next, w.due = endpoints, due
	return func() { w.ended++ }
}

func (w *world) LastDecisions(items []*settle.Item) {
	for _, i := range items {
		if w.opposed {
			i.OpposedAt = time.Now()
		}
	}
}

func (w *world) Recall([]*settle.Item)       {}
func (w *world) Believe([]*settle.Item, int) {}
func (w *world) Found(_ endpoint.Decision, endpoints []string) {
	w.found = append(w.found, endpoints...)
}
func (w *world) Forget(items []*settle.Item)  { w.forgotten += len(items) }
func (w *world) Arrive()                      { w.arrived = append(w.arrived, w.looks) }
func (w *world) Outage(context.Context) error { return w.outage }
func (w *world) After(string) func() time.Duration {
	return func() time.Duration { return time.Second }
}
func (w *world) Next(wait time.Duration) time.Time { return time.Now().Add(wait) }
func (w *world) Learn(string, time.Duration)       {}
func (w *world) Ended(time.Duration, time.Time)    {}
func (w *world) Listed()                           {}
func (w *world) Until(began time.Time, asked time.Duration) (time.Time, time.Duration) {
	return began.Add(asked), 0
}

func (w *world) Unsettled(_ context.Context, _ time.Time, _ []*settle.Item, err error) { w.vain = err }

func TestSettle(t *testing.T) {
	t.Parallel()
	busy := &rest.Error{Kind: rest.KindBusy, RetryAfter: 40 * time.Second}
	busyOrNot := &rest.Error{Kind: rest.KindBusy, RetryAfter: 40 * time.Second, Unsure: true}
	no := errors.New("no")
	asked := false
	heldOnceAsked := func(string) bool { was := asked; asked = true; return was }
	for name, test := range map[string]struct {
		world world
		items []*settle.Item
		until time.Duration // the context's end, 0 for none
		want  map[string]settle.Phase
		calls int
		looks int
		told  []string
		found []string // though the call failed
		err   error
		named bool // the error tells of a call
	}{
		"nothing": {},
		"what is accepted": {
			world: world{shown: map[string]endpoint.Status{"e": endpoint.StatusAccepted}}, items: []*settle.Item{settle.Decide("e", endpoint.Accepted, nil, false)},
			want: map[string]settle.Phase{"e": settle.Done}, looks: 1, told: []string{"e"},
		},
		"what is on its way": {
			world: world{shown: map[string]endpoint.Status{"e": endpoint.StatusCreating}}, items: []*settle.Item{settle.Decide("e", endpoint.Accepted, nil, false)},
			until: 5500 * time.Millisecond, want: map[string]settle.Phase{"e": settle.Waiting}, looks: 6, err: context.DeadlineExceeded,
		},
		"each as soon as it is settled": {
			world: world{
				shown: map[string]endpoint.Status{"slow": endpoint.StatusPendingAcceptance, "bad": endpoint.StatusPendingAcceptance, "is": endpoint.StatusAccepted},
				late:  map[string]time.Duration{"slow": 89500 * time.Millisecond},
				fails: map[string]settle.Outcome{"bad": {Err: no, Final: true, Effect: rest.EffectRefused}},
			},
			items: []*settle.Item{settle.Decide("slow", endpoint.Accepted, nil, false), settle.Decide("bad", endpoint.Accepted, nil, false), settle.Decide("is", endpoint.Accepted, nil, false)},
			want:  map[string]settle.Phase{"slow": settle.Done, "bad": settle.Refused, "is": settle.Done}, calls: 2, looks: 91, told: []string{"is", "bad", "slow"},
		},
		"an account that is not expected, before any call": {
			world: world{shown: map[string]endpoint.Status{"e": endpoint.StatusPendingAcceptance, "f": endpoint.StatusPendingAcceptance}},
			items: []*settle.Item{settle.Decide("e", endpoint.Accepted, map[string]struct{}{"b": {}}, false), settle.Decide("f", endpoint.Accepted, nil, false)},
			want:  map[string]settle.Phase{"e": settle.UnexpectedAccount, "f": settle.ToCall}, looks: 1, told: []string{"e"}, err: settle.ErrUnexpectedAccount,
		},
		"what others hold": {
			world: world{shown: map[string]endpoint.Status{"e": endpoint.StatusAccepted}},
			items: []*settle.Item{settle.Release("e", endpoint.StatusAccepted, func(string) bool { return true }, true)},
			want:  map[string]settle.Phase{"e": settle.Spared}, looks: 1, told: []string{"e"},
		},
		"what others hold by the time of the call": {
			world: world{shown: map[string]endpoint.Status{"e": endpoint.StatusAccepted}},
			items: []*settle.Item{settle.Release("e", endpoint.StatusAccepted, heldOnceAsked, true)},
			want:  map[string]settle.Phase{"e": settle.Spared}, looks: 1, told: []string{"e"},
		},
		"what never comes": {
			items: []*settle.Item{settle.Decide("e", endpoint.Accepted, nil, false)}, want: map[string]settle.Phase{"e": settle.Unlisted}, looks: 11,
		},
		"a look that fails": {
			world: world{dark: no}, items: []*settle.Item{settle.Decide("e", endpoint.Accepted, nil, false)}, want: map[string]settle.Phase{"e": settle.ToLook}, looks: 1, err: no,
		},
		"a look that fails after a call": {
			world: world{shown: map[string]endpoint.Status{"e": endpoint.StatusPendingAcceptance}, late: map[string]time.Duration{"e": time.Hour}, dark: no, lit: 2},
			items: []*settle.Item{settle.Decide("e", endpoint.Accepted, nil, false)}, want: map[string]settle.Phase{"e": settle.Waiting}, calls: 1, looks: 3, err: no,
		},
		"an outage, without a call": {
			world: world{shown: map[string]endpoint.Status{"e": endpoint.StatusPendingAcceptance}, outage: no},
			items: []*settle.Item{settle.Decide("e", endpoint.Accepted, nil, false)}, want: map[string]settle.Phase{"e": settle.ToCall}, looks: 1, err: no,
		},
		"a failure, beside what was called for": {
			world: world{
				shown: map[string]endpoint.Status{"e": endpoint.StatusPendingAcceptance, "f": endpoint.StatusPendingAcceptance},
				late:  map[string]time.Duration{"e": 4500 * time.Millisecond}, fails: map[string]settle.Outcome{"f": {Err: no, Fatal: true}},
			},
			items: []*settle.Item{settle.Decide("e", endpoint.Accepted, nil, false), settle.Decide("f", endpoint.Accepted, nil, false)},
			want:  map[string]settle.Phase{"e": settle.Done, "f": settle.ToCall}, calls: 2, looks: 6, told: []string{"e"}, err: no,
		},
		"a busy gateway, at its pace, until there is no more time": {
			world: world{shown: map[string]endpoint.Status{"e": endpoint.StatusPendingAcceptance}, fails: map[string]settle.Outcome{"e": {Err: busy}}},
			items: []*settle.Item{settle.Decide("e", endpoint.Accepted, nil, false)}, until: 100 * time.Second,
			want: map[string]settle.Phase{"e": settle.ToCall}, calls: 3, looks: 3, err: context.DeadlineExceeded, named: true,
		},
		"a busy gateway that may have taken the call, at the usual pace": {
			world: world{
				shown: map[string]endpoint.Status{"e": endpoint.StatusPendingAcceptance}, late: map[string]time.Duration{"e": 4500 * time.Millisecond},
				fails: map[string]settle.Outcome{"e": {Err: busyOrNot, Effect: rest.EffectUnknown}},
			},
			items: []*settle.Item{settle.Decide("e", endpoint.Accepted, nil, false)},
			want:  map[string]settle.Phase{"e": settle.Done}, calls: 5, looks: 6, told: []string{"e"}, found: []string{"e"},
		},
		"a refusal that the opposite may explain, until there is no more time": {
			world: world{
				shown: map[string]endpoint.Status{"e": endpoint.StatusPendingAcceptance}, opposed: true,
				fails: map[string]settle.Outcome{"e": {Err: &rest.Error{Kind: rest.KindInvalid}, Effect: rest.EffectRefused, Final: true}},
			},
			items: []*settle.Item{settle.Decide("e", endpoint.Accepted, nil, false)}, until: 5500 * time.Millisecond,
			want: map[string]settle.Phase{"e": settle.Waiting}, calls: 1, looks: 6, err: context.DeadlineExceeded,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, w := t.Context(), test.world
				w.decided = map[string]time.Time{}
				if test.until > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.until)
					defer cancel()
				}
				var told []string
				err := w.settler().Settle(ctx, test.items, 10*time.Second, func(i *settle.Item) { told = append(told, i.EndpointID) })
				assert.Check(t, errors.Is(err, test.err) && (test.err != nil || err == nil), "error %v, want %v", err, test.err)
				for _, i := range test.items {
					assert.Check(t, i.Phase == test.want[i.EndpointID], "%s: phase %d, want %d", i.EndpointID, i.Phase, test.want[i.EndpointID])
				}
				assert.Check(t, len(w.calls) == test.calls && w.looks == test.looks && slices.Equal(told, test.told) && w.announced >= w.looks-1 && w.ended == w.announced && w.astray == 0,
					"calls for %v, %d looks, told of %v; %d looks were announced, %d of them otherwise, %d announcements ended", w.calls, w.looks, told, w.announced, w.astray, w.ended)
				if w.forgotten != len(test.items)+len(told) || !slices.Equal(w.arrived, []int{min(1, len(test.items))}) { // not before it is known what is to be decided
					t.Errorf("forgot %d, arrived after %v looks", w.forgotten, w.arrived)
				}
				assert.Check(t, errors.As(err, new(*rest.Error)) == test.named && slices.Equal(w.found, test.found),
					"the error is %v, and %q are found", err, w.found)
			})
		})
	}
}
