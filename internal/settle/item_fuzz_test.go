// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package settle

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

const (
	// mostCalls is three for somebody else's decisions, and one for a failure.
	mostCalls = 4
	// mostRefusals are 50, 25, 13, 7, 4, 2 and 1 before each call that works, and after the last.
	mostRefusals = 7 * (mostCalls + 1)
)

func TestCaseNeverMisbehaves(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		data := make([]byte, 4+random.IntN(120))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		follow(t, data)
		assert.Assert(t, !t.Failed(), "with %v", data)
	}
}

func FuzzCase(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 2})
	f.Add([]byte{0, 4, 0, 4, 0, 4, 60})
	f.Add([]byte{1, 1, 1, 2, 1, 0, 3})
	f.Fuzz(follow)
}

// follow takes a case through what the bytes say, as a settlement would, and checks what must hold whatever happens.
func follow(t *testing.T, data []byte) {
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return int(b)
	}
	options := next()
	c := &Item{EndpointID: "e", Goal: endpoint.Goal(options % 3), EverListed: options&8 != 0}
	if options&16 != 0 {
		c.Expected = map[string]struct{}{"a": {}}
	}
	seen, refusals, alone := c.EverListed, 0, false
	now := start
	for len(data) > 0 && c.Phase.Open() {
		observed := observation(next())
		seen = seen || observed.Status != endpoint.Absent
		now = now.Add(time.Duration(next()) * 200 * time.Millisecond)
		if options&32 != 0 {
			c.Opposed = next()%2 == 0
		}
		if options&64 != 0 {
			c.OpposedAt = now.Add(-time.Duration(next()) * time.Second)
		}
		c.observe(observed, now)
		checkStep(t, c, seen, alone, now.Sub(c.OpposedAt) < 2*time.Minute)
		if c.Phase != ToCall {
			continue
		}
		switch outcome := next(); outcome % 4 {
		case 0, 1:
			c.called(now)
		case 2:
			last := next()%4 == 0 || refusals == mostRefusals-1
			c.refusedCall(errNo, last)
			alone = alone || last
			refusals++
		case 3:
			c.lostCall(errNo)
		}
		assert.Check(t, c.Calls <= mostCalls && refusals <= mostRefusals, "%d calls, %d refusals", c.Calls, refusals)
	}
}

// observation is what a listing shows, by number.
func observation(n int) endpoint.Connection {
	statuses := append(endpoint.Statuses(), endpoint.Absent, unheardOf)
	status := statuses[n%len(statuses)]
	if status == endpoint.Absent {
		return endpoint.Connection{}
	}
	account, updatedAt := "a", "t0"
	if n&128 != 0 && n&64 != 0 && n&32 != 0 {
		account = "b"
	}
	if n&16 != 0 {
		updatedAt = "t1"
	}
	return endpoint.Connection{ID: "e", DomainID: account, Status: status, UpdatedAt: updatedAt}
}

// checkStep checks a step against what was just observed.
func checkStep(t *testing.T, c *Item, seen, alone, doubted bool) {
	verdict := endpoint.Judge(c.Goal, c.Observed.Status)
	unexpectedAccount := c.Expected != nil && c.Goal == endpoint.Accept && c.Observed.DomainID != "a"
	doubtful := verdict == endpoint.Settled && c.Opposed
	var ok bool
	switch c.Phase {
	case Done:
		ok = verdict == endpoint.Settled && !unexpectedAccount && (!doubtful || c.Calls > 0 || alone)
	case Gone:
		ok = verdict == endpoint.Gone && (seen || c.Goal != endpoint.Accept)
	case Unlisted:
		ok = verdict == endpoint.Gone && !seen && c.Goal == endpoint.Accept
	case UnexpectedAccount:
		ok = unexpectedAccount && verdict != endpoint.Gone
	case ToCall:
		ok = (verdict == endpoint.Undecided || doubtful) && !unexpectedAccount
	case Waiting:
		ok = !unexpectedAccount && (verdict == endpoint.OnItsWay || verdict != endpoint.Gone && c.Asked() || verdict == endpoint.Settled && doubted)
	case Failed:
		ok = c.Observed.Status == endpoint.StatusFailed && verdict == endpoint.Undecided && c.Calls > 0
	case Refused:
		ok = verdict == endpoint.Undecided && alone && c.Refusal != nil
	default:
		ok = false
	}
	assert.Check(t, ok, "step %d after %+v (verdict %d, goal %d, %d calls)", c.Phase, c.Observed, verdict, c.Goal, c.Calls)
}

// What becomes of a call is told to the item, and what is about more than the item to the caller.
func TestCaseTakes(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx               context.Context //nolint:containedctx // of the caller
		outcome           Outcome
		fails, asked, may bool
		want              Phase
	}{
		"granted":                   {t.Context(), Outcome{Size: 1}, false, true, true, wait},
		"no call, look first":       {t.Context(), Outcome{}, false, false, false, call},
		"refused":                   {t.Context(), Outcome{Size: 2, Err: errNo, Effect: rest.EffectRefused}, false, true, false, wait},
		"lost":                      {t.Context(), Outcome{Size: 2, Err: errNo, Effect: rest.EffectUnknown}, false, true, true, wait},
		"busy":                      {t.Context(), Outcome{Size: 1, Err: errNo}, false, false, false, call},
		"fatal":                     {t.Context(), Outcome{Size: 1, Err: errNo, Fatal: true}, true, false, false, call},
		"fatal, though it may work": {t.Context(), Outcome{Size: 1, Err: errNo, Fatal: true, Effect: rest.EffectUnknown}, true, false, false, call},
		"the end of the time":       {ended, Outcome{Size: 1, Err: errNo, Effect: rest.EffectUnknown}, true, true, true, wait},
		"the end before any call":   {ended, Outcome{Err: errNo, Effect: rest.EffectUnknown}, true, false, false, call},
	} {
		c := Item{EndpointID: "e"}
		c.observe(endpoint.Connection{ID: "e", Status: pending}, start)
		err := c.take(test.ctx, test.outcome, start)
		refused := test.outcome.Size > 0 && test.outcome.Err != nil
		assert.Check(t, (err != nil) == test.fails && c.Asked() == test.asked && c.MayTakeEffect() == test.may && c.Phase == test.want && (c.Refusal != nil) == refused,
			"%s: %v, %+v", name, err, c)
	}
}
