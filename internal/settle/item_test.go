// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package settle

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

var start = time.Date(2024, 4, 16, 9, 53, 41, 0, time.UTC)

// unheardOf is a status that the API may have one day.
const unheardOf endpoint.Status = "suspended"

// doubt is for how long a decision may take effect.
const doubt = 2 * time.Minute

var errNo = errors.New("no")

// move is one thing that happens to a case, and the step that it leads to.
type move struct {
	name string
	do   func(c *Item, now *time.Time)
	want Phase
}

// sees is a listing that shows the endpoint of account "a".
func sees(status endpoint.Status, want Phase) move { return seesAt(status, "t0", want) }

// seesAt is one with updated_at.
func seesAt(status endpoint.Status, updatedAt string, want Phase) move {
	return listing(endpoint.Connection{ID: "e", DomainID: "a", Status: status, UpdatedAt: updatedAt}, want)
}

// seesOf is one with another account.
func seesOf(account string, status endpoint.Status, want Phase) move {
	return listing(endpoint.Connection{ID: "e", DomainID: account, Status: status, UpdatedAt: "t0"}, want)
}

// seesNone is a listing without the endpoint.
func seesNone(want Phase) move { return listing(endpoint.Connection{}, want) }

func listing(observed endpoint.Connection, want Phase) move {
	return move{"sees " + string(observed.Status), func(c *Item, now *time.Time) { c.observe(observed, *now) }, want}
}

func called() move {
	return move{"called", func(c *Item, now *time.Time) {
		c.called(*now)
		c.Opposed = false
	}, Waiting}
}

func refused() move {
	return move{"refused", func(c *Item, _ *time.Time) { c.refusedCall(errNo, false) }, Waiting}
}

func refusedAlone() move {
	return move{"refused alone", func(c *Item, _ *time.Time) { c.refusedCall(errNo, true) }, Waiting}
}

func lost() move {
	return move{"lost", func(c *Item, _ *time.Time) { c.lostCall(errNo) }, Waiting}
}

func later(d time.Duration, then move) move {
	return move{d.String() + " later " + then.name, func(c *Item, now *time.Time) {
		*now = now.Add(d)
		then.do(c, now)
	}, then.want}
}

// script is what happens to a case, from the first look on.
type script struct {
	name  string
	goal  endpoint.Goal
	known bool
	// recorded is what the state says of its status.
	recorded endpoint.Status
	// opposed: the opposite was decided last, until a call works.
	opposed bool
	// seen: it was seen to have taken effect.
	seen bool
	// doubted: it was, and somebody else has called since.
	doubted bool
	// expected is the account that is expected; "" is any.
	expected string
	moves    []move
	calls    int
}

func (s script) run(t *testing.T) {
	t.Parallel()
	c := &Item{EndpointID: "e", Goal: s.goal, EverListed: s.known, Recorded: s.recorded, Opposed: s.opposed, OpposedSeen: s.seen}
	if s.opposed || s.doubted {
		c.OpposedAt = start
	}
	if s.expected != "" {
		c.Expected = map[string]struct{}{s.expected: {}}
	}
	assert.Check(t, c.Phase.Open() && !c.Looked && !c.Asked(), "a new case: %+v", c)
	now := start
	for i, m := range s.moves {
		assert.Assert(t, c.Phase.Open(), "move %d (%s): the case is closed (step %d)", i, m.name, c.Phase)
		m.do(c, &now)
		assert.Assert(t, c.Phase == m.want, "move %d (%s): step %d, want %d", i, m.name, c.Phase, m.want)
	}
	assert.Check(t, c.Calls == s.calls, "%d calls, want %d", c.Calls, s.calls)
}

func runScripts(t *testing.T, scripts []script) {
	t.Helper()
	for _, s := range scripts {
		t.Run(s.name, s.run)
	}
}

// Short names keep the scripts readable as tables.
const (
	accept  = endpoint.Accept
	reject  = endpoint.Reject
	release = endpoint.Release

	pending  = endpoint.StatusPendingAcceptance
	creating = endpoint.StatusCreating
	accepted = endpoint.StatusAccepted
	rejected = endpoint.StatusRejected
	failed   = endpoint.StatusFailed
	deleting = endpoint.StatusDeleting

	call       = ToCall
	wait       = Waiting
	await      = Unlisted
	done       = Done
	gone       = Gone
	stays      = Failed
	isRefused  = Refused
	unexpected = UnexpectedAccount
)

func TestPhases(t *testing.T) {
	t.Parallel()
	open, reached := []Phase{ToLook, call, wait, await}, []Phase{done, gone, Spared}
	for p := ToLook; p <= unexpected; p++ {
		assert.Check(t, p.Open() == slices.Contains(open, p) && p.Reached() == slices.Contains(reached, p), "phase %d: open %t, reached %t", p, p.Open(), p.Reached())
	}
}

func TestCaseOrdinary(t *testing.T) {
	t.Parallel()
	runScripts(t, []script{
		{name: "adopts an accepted one", goal: accept, moves: []move{sees(accepted, done)}},
		{name: "adopts one on its way", goal: accept, moves: []move{sees(creating, wait), sees(creating, wait), sees(accepted, done)}},
		{name: "releases one that was accepted and is shown as it was before", goal: release, recorded: accepted, calls: 1, moves: []move{sees(pending, call), called(), sees(pending, done)}},
		{name: "releases one that was on its way, likewise", goal: release, recorded: creating, calls: 1, moves: []move{sees(pending, call), called(), sees(rejected, done)}},
		{name: "a release of it that is refused", goal: release, recorded: accepted, moves: []move{sees(pending, call), refused(), sees(pending, call), refusedAlone(), sees(pending, isRefused)}},
		{name: "leaves one alone that was pending", goal: release, recorded: pending, moves: []move{sees(pending, done)}},
		{name: "accepts", goal: accept, calls: 1, moves: []move{sees(pending, call), called(), sees(creating, wait), sees(accepted, done)}},
		{name: "an old status is not the answer", goal: accept, calls: 1, moves: []move{
			sees(pending, call), called(), sees(pending, wait), seesAt(pending, "t1", wait), later(doubt-1, sees(pending, wait)), sees(accepted, done),
		}},
		{name: "what does not show is asked for again", goal: reject, calls: 2, moves: []move{
			sees(accepted, call), called(), later(doubt-1, sees(accepted, wait)), later(1, sees(accepted, call)), called(), sees(accepted, wait), sees(rejected, done),
		}},
		{name: "a final rejection is waited for", goal: accept, calls: 3, moves: []move{
			sees(rejected, call), called(), later(doubt, sees(rejected, call)), called(), later(doubt, sees(rejected, call)), called(), later(time.Hour, sees(rejected, wait)),
		}},
		{name: "asks again when it became accepted all the same", goal: reject, calls: 2, moves: []move{
			sees(creating, call), called(), sees(creating, wait), sees(accepted, call), called(), sees(accepted, wait), sees(rejected, done),
		}},
		{name: "releases one on its way", goal: release, calls: 1, moves: []move{sees(creating, call), called(), sees(failed, done)}},
		{name: "leaves a pending one in peace", goal: release, moves: []move{sees(pending, done)}},
		{name: "never acts on what it does not know", goal: accept, moves: []move{sees(unheardOf, wait), sees(accepted, done)}},
		{name: "nor when rejecting", goal: reject, calls: 1, moves: []move{sees(unheardOf, wait), sees(accepted, call), called(), sees(unheardOf, wait), sees(rejected, done)}},
		{name: "an unknown account is as good as any", goal: accept, calls: 1, moves: []move{seesOf("", pending, call), called(), seesOf("", accepted, done)}},
	})
}

func TestCaseAgainstOthers(t *testing.T) {
	t.Parallel()
	runScripts(t, []script{
		{name: "somebody takes back what was on its way", goal: accept, calls: 2, moves: []move{
			sees(rejected, call), called(), sees(rejected, wait), sees(creating, wait), sees(rejected, call), called(), sees(rejected, wait), sees(accepted, done),
		}},
		{name: "but not for ever", goal: accept, calls: 3, moves: []move{
			sees(pending, call), called(), sees(rejected, call), called(), sees(pending, call), called(),
			sees(rejected, wait), sees(pending, wait), sees(rejected, wait), sees(accepted, done),
		}},
		{name: "a failure in between gets its one call", goal: accept, calls: 4, moves: []move{
			sees(pending, call), called(), sees(rejected, call), called(), sees(pending, call), called(),
			sees(failed, call), called(), sees(rejected, wait), sees(failed, stays),
		}},
		{name: "and no more after refusals", goal: accept, calls: 4, moves: []move{
			sees(pending, call), called(), sees(rejected, call), called(), sees(pending, call), called(),
			sees(failed, call), refused(), sees(rejected, call), called(), sees(failed, stays),
		}},
	})
}

func TestCaseFailed(t *testing.T) {
	t.Parallel()
	const grace = 30 * time.Second
	runScripts(t, []script{
		{name: "failed after a call gets one more", goal: accept, calls: 2, moves: []move{
			sees(pending, call), called(), sees(creating, wait), sees(failed, call), called(), sees(accepted, done),
		}},
		{name: "and only one, seen to have passed through creating", goal: accept, calls: 1, moves: []move{
			sees(failed, call), called(), sees(failed, wait), sees(creating, wait), sees(failed, stays),
		}},
		{name: "and only one, with updated_at moved", goal: accept, calls: 1, moves: []move{
			seesAt(failed, "t0", call), called(), seesAt(failed, "t0", wait), seesAt(failed, "t1", stays),
		}},
		{name: "unchanged within the grace", goal: accept, calls: 1, moves: []move{
			sees(failed, call), called(), sees(failed, wait), later(grace-time.Nanosecond, sees(failed, wait)), sees(accepted, done),
		}},
		{name: "the grace begins with the last call", goal: accept, calls: 2, moves: []move{
			sees(pending, call), called(), later(grace, sees(failed, call)), called(), later(grace-1, sees(failed, wait)), later(1, sees(failed, stays)),
		}},
		{name: "rejecting one that stays failed", goal: reject, calls: 1, moves: []move{sees(failed, call), called(), later(grace, sees(failed, stays))}},
		{name: "a refused call was none", goal: accept, calls: 1, moves: []move{
			sees(failed, call), refused(), sees(failed, call), called(), sees(failed, wait), later(grace, sees(failed, stays)),
		}},
	})
}

func TestCaseRefused(t *testing.T) {
	t.Parallel()
	runScripts(t, []script{
		{name: "alone", goal: accept, moves: []move{sees(pending, call), refusedAlone(), sees(pending, isRefused)}},
		{name: "a smaller call works", goal: accept, calls: 1, moves: []move{sees(pending, call), refused(), sees(pending, call), called(), sees(pending, wait), sees(accepted, done)}},
		{name: "it took effect all the same", goal: accept, moves: []move{sees(pending, call), refusedAlone(), sees(accepted, done)}},
		{name: "it took effect, and is on its way", goal: accept, moves: []move{sees(pending, call), refusedAlone(), sees(creating, wait), sees(accepted, done)}},
		{name: "on its way, and nothing came of it", goal: accept, moves: []move{sees(pending, call), refusedAlone(), sees(creating, wait), sees(failed, isRefused)}},
		{name: "the consumer left meanwhile", goal: accept, moves: []move{sees(pending, call), refusedAlone(), seesNone(gone)}},
		{name: "it is being deleted", goal: reject, moves: []move{sees(accepted, call), refusedAlone(), sees(deleting, gone)}},
		{name: "a later call is refused", goal: accept, calls: 1, moves: []move{
			sees(pending, call), called(), sees(rejected, call), refusedAlone(), sees(rejected, isRefused),
		}},
		{name: "a repeated one, since the first may still show", goal: accept, calls: 1, moves: []move{
			sees(pending, call), called(), later(doubt, sees(pending, call)), refused(), sees(pending, call), refusedAlone(), later(time.Hour, sees(pending, wait)), sees(accepted, done),
		}},
		{name: "a repeated one, and it went back", goal: accept, calls: 1, moves: []move{
			sees(pending, call), called(), later(doubt, sees(pending, call)), refusedAlone(), sees(pending, wait), sees(rejected, call), refusedAlone(), sees(rejected, isRefused),
		}},
		{name: "a lost call is asked again, in a call as large", goal: accept, calls: 1, moves: []move{
			sees(pending, call), lost(), sees(pending, call), lost(), sees(pending, call), called(), sees(pending, wait), sees(accepted, done),
		}},
		{name: "a lost call took effect", goal: reject, moves: []move{sees(pending, call), lost(), sees(rejected, done)}},
	})
}

// Where the opposite was decided last, what is shown may be from before, and that decision may yet take effect.
func TestCaseOpposed(t *testing.T) {
	t.Parallel()
	const soon = time.Second
	scripts := []script{
		{name: "an old status that shows what was decided before the call", goal: accept, calls: 1, moves: []move{
			sees(accepted, call), called(), sees(accepted, wait), seesAt(rejected, "t1", wait), later(soon-1, seesAt(rejected, "t1", wait)), seesAt(creating, "t2", wait), seesAt(accepted, "t3", done),
		}},
		{name: "the call was lost in the decision before it", goal: accept, calls: 2, moves: []move{
			sees(accepted, call), called(), sees(accepted, wait), later(doubt/2, seesAt(rejected, "t1", wait)), later(soon, seesAt(rejected, "t1", call)), called(),
			seesAt(rejected, "t1", wait), seesAt(accepted, "t2", done),
		}},
		{name: "the call came long after it, and so may its effect", goal: accept, calls: 2, moves: []move{
			sees(accepted, call), later(3*time.Second, called()), seesAt(rejected, "t1", wait), later(3*time.Second-1, seesAt(rejected, "t1", wait)),
			later(1, seesAt(rejected, "t1", call)), called(), seesAt(accepted, "t2", done),
		}},
		{name: "lost, and the next one does not work either", goal: accept, calls: 2, moves: []move{
			sees(accepted, call), called(), seesAt(rejected, "t1", wait), later(soon, seesAt(rejected, "t1", call)), called(), later(doubt-1, seesAt(rejected, "t1", wait)),
		}},
		{name: "lost, to reject", goal: reject, calls: 2, moves: []move{
			sees(rejected, call), called(), sees(rejected, wait), seesAt(creating, "t1", wait), later(soon, seesAt(accepted, "t2", call)), called(), seesAt(rejected, "t3", done),
		}},
		{name: "lost, to release", goal: release, calls: 2, moves: []move{
			sees(pending, call), called(), sees(pending, wait), seesAt(accepted, "t1", wait), later(soon, seesAt(accepted, "t1", call)), called(), seesAt(rejected, "t2", done),
		}},
		{name: "refused on account of the decision before it", goal: accept, calls: 1, moves: []move{
			sees(accepted, call), refusedAlone(), sees(accepted, wait), seesAt(rejected, "t1", call), called(), seesAt(accepted, "t2", done),
		}},
		{name: "refused so, where the goal was not reached", goal: reject, calls: 1, moves: []move{
			sees(pending, call), refusedAlone(), sees(pending, wait), seesAt(accepted, "t1", call), called(), seesAt(rejected, "t2", done),
		}},
		{name: "refused so, and for good", goal: reject, moves: []move{sees(pending, call), refusedAlone(), sees(pending, wait), later(doubt, sees(pending, isRefused))}},
		{name: "refused again and again", goal: accept, moves: []move{
			sees(accepted, call), refusedAlone(), sees(rejected, call), refusedAlone(), sees(rejected, wait), sees(pending, call), refusedAlone(),
			sees(rejected, wait), sees(pending, wait), later(doubt, sees(pending, isRefused)),
		}},
		{name: "refused because an old status lags behind", goal: reject, calls: 1, moves: []move{
			sees(rejected, call), called(), seesAt(accepted, "t1", wait), later(soon, seesAt(accepted, "t1", call)), refusedAlone(), seesAt(accepted, "t1", wait), seesAt(rejected, "t2", done),
		}},
		{name: "what was decided shows only by its time", goal: accept, calls: 1, moves: []move{sees(accepted, call), called(), seesAt(accepted, "t1", done)}},
		{name: "a status that was true", goal: accept, calls: 1, moves: []move{
			sees(accepted, call), called(), later(doubt-1, sees(accepted, wait)), later(1, sees(accepted, done)),
		}},
		{name: "the opposite is too old to take effect", goal: accept, calls: 1, moves: []move{later(doubt, sees(accepted, call)), called(), sees(accepted, done)}},
		{name: "a status from after the decision", goal: accept, calls: 1, moves: []move{sees(rejected, call), called(), sees(rejected, wait), sees(accepted, done)}},
		{name: "on its way, it is seen what becomes of it", goal: accept, calls: 1, moves: []move{sees(creating, wait), sees(accepted, call), called(), seesAt(accepted, "t1", done)}},
		{name: "refused because it was true", goal: accept, moves: []move{
			sees(accepted, call), refused(), sees(accepted, call), refusedAlone(), later(doubt-1, sees(accepted, wait)), later(1, sees(accepted, done)),
		}},
		{name: "an answer that was lost", goal: accept, calls: 1, moves: []move{sees(accepted, call), lost(), sees(accepted, call), called(), seesAt(accepted, "t1", done)}},
		{name: "the consumer left", goal: accept, known: true, moves: []move{seesNone(gone)}},
	}
	for i := range scripts {
		scripts[i].opposed = true
	}
	runScripts(t, append(scripts,
		script{name: "somebody else called since", doubted: true, goal: accept, moves: []move{sees(accepted, wait), later(doubt, sees(accepted, done))}},
		script{name: "its effect was seen", opposed: true, seen: true, goal: accept, calls: 1, moves: []move{sees(accepted, call), called(), sees(accepted, done)}},
		script{name: "somebody else called in vain", doubted: true, goal: accept, calls: 1, moves: []move{sees(accepted, wait), sees(rejected, call), called(), sees(accepted, done)}},
	))
}

func TestCaseGone(t *testing.T) {
	t.Parallel()
	runScripts(t, []script{
		{name: "never listed, to accept", goal: accept, moves: []move{seesNone(await), later(time.Hour, seesNone(await))}},
		{name: "never listed, to reject", goal: reject, moves: []move{seesNone(gone)}},
		{name: "listed before this apply", goal: accept, known: true, moves: []move{seesNone(gone)}},
		{name: "deleting at first sight", goal: accept, moves: []move{sees(deleting, gone)}},
		{name: "appears", goal: accept, calls: 1, moves: []move{seesNone(await), sees(pending, call), called(), sees(accepted, done)}},
		{name: "appears, and leaves before the next look", goal: accept, calls: 1, moves: []move{seesNone(await), sees(pending, call), called(), seesNone(gone)}},
		{name: "leaves while on its way after a call", goal: accept, calls: 1, moves: []move{sees(pending, call), called(), sees(creating, wait), sees(deleting, gone)}},
	})
}

func TestCaseUnexpectedAccount(t *testing.T) {
	t.Parallel()
	scripts := []script{
		{name: "the expected one", goal: accept, expected: "a", calls: 1, moves: []move{sees(pending, call), called(), sees(accepted, done)}},
		{name: "never listed belongs to nobody", goal: accept, expected: "a", moves: []move{seesNone(await), seesOf("b", pending, unexpected)}},
		{name: "gone is gone", goal: accept, expected: "a", known: true, moves: []move{seesNone(gone)}},
		{name: "deleting is gone", goal: accept, expected: "a", moves: []move{seesOf("b", deleting, gone)}},
		{name: "an account that is not told", goal: accept, expected: "a", moves: []move{seesOf("", pending, unexpected)}},
		{name: "after a call", goal: accept, expected: "a", calls: 1, moves: []move{sees(pending, call), called(), seesOf("b", pending, unexpected)}},
		{name: "after a refusal", goal: accept, expected: "a", moves: []move{sees(pending, call), refusedAlone(), seesOf("b", pending, unexpected)}},
		{name: "rejecting asks for no account", goal: reject, expected: "a", calls: 1, moves: []move{seesOf("b", accepted, call), called(), seesOf("b", rejected, done)}},
		{name: "nor does releasing", goal: release, expected: "a", calls: 1, moves: []move{seesOf("b", accepted, call), called(), seesOf("b", rejected, done)}},
	}
	for _, status := range []endpoint.Status{pending, creating, accepted, rejected, failed, unheardOf} {
		scripts = append(scripts, script{name: "at first sight " + string(status), goal: accept, expected: "a", moves: []move{seesOf("b", status, unexpected)}})
	}
	runScripts(t, scripts)
}

// An empty list of accounts expects none; no list allows any.
func TestCaseExpectsNobody(t *testing.T) {
	t.Parallel()
	c := Item{EndpointID: "e", Expected: map[string]struct{}{}}
	c.observe(endpoint.Connection{ID: "e", DomainID: "a", Status: pending}, start)
	assert.Check(t, c.Phase == unexpected && c.unexpected(), "step %d", c.Phase)
}
