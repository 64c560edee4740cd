// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package bisect

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

func apiError(status int, code string, kind rest.Kind) error {
	return &rest.Error{Operation: apig.OperationDecide, StatusCode: status, Code: code, Kind: kind}
}

var (
	errRefused   = apiError(500, "APIC.9007", rest.KindServer)
	errPassing   = apiError(503, "", rest.KindServer)
	errOwn       = apiError(404, "EndPoint.2006", rest.KindNotFound)
	errBusy      = apiError(409, "APIC.7701", rest.KindBusy)
	errFull      = apiError(400, "EndPoint.2045", rest.KindInvalid)
	errForbidden = apiError(403, "APIC.7106", rest.KindForbidden)
)

func newSize() *Sizes {
	one, _ := NewSizes()
	return one
}

func numbers(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("k%03d", i)
	}
	return keys
}

// rounds makes the calls for keys as a bisection says, one at a time, until none is
// left: those whose call failed come again after all the others. It returns how many
// keys each call named, and the keys for which an error was the last word.
func rounds(t *testing.T, b *Bisection, keys []string, answer func(named []string) error) (sizes []int, failed []string) {
	t.Helper()
	for waiting := keys; len(waiting) > 0; {
		var again []string
		for len(waiting) > 0 {
			if now, err := b.SendsAway(); now {
				if b.fault != nil && errors.Is(err, b.fault) {
					return sizes, failed
				}
				break
			}
			named, _ := b.Next(waiting, 0)
			assert.Assert(t, len(named) != 0 && len(sizes) <= 1000, "no call for %v after %v", waiting, sizes)
			err := answer(named)
			final, fatal := b.Judge(t.Context(), named, err)
			assert.Assert(t, !fatal, "%v is fatal", err)
			sizes = append(sizes, len(named))
			if waiting = slices.DeleteFunc(slices.Clone(waiting), func(key string) bool { return slices.Contains(named, key) }); final {
				failed = append(failed, named...)
			} else if err != nil {
				again = append(again, named...)
			}
		}
		waiting = append(waiting, again...)
	}
	return sizes, failed
}

// What a server does to calls that name too many or a bad key, and what comes of it.
func TestBisection(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		keys  int
		most  int // keys that the server takes; 0 for any number
		bad   []string
		err   error
		calls int
		limit int // that is learnt
	}{
		{"all is granted", 120, 0, nil, nil, 3, 50},
		{"one a call", 50, 1, nil, errRefused, 50 + 6, 1},
		{"three a call", 50, 3, nil, errRefused, 31, 2},
		{"ten a call", 100, 10, nil, errRefused, 19, 7},
		{"one is bad", 50, 0, numbers(8)[7:], errRefused, 14, 50},
		{"one is bad, for a reason of its own", 50, 0, numbers(8)[7:], errOwn, 13, 50},
		{"one of two is bad", 2, 0, numbers(1), errRefused, 3, 50},
		{"all are bad, each for a reason of its own", 20, 0, numbers(20), errOwn, 43, 50},
		{"all are bad", 100, 0, numbers(100), errRefused, 3 + 16, 50},
		{"one is bad, and the answer may pass", 50, 0, numbers(8)[7:], errPassing, 16, 50},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := New(newSize())
			sizes, failed := rounds(t, b, numbers(test.keys), func(named []string) error {
				bad := slices.ContainsFunc(named, func(key string) bool { return slices.Contains(test.bad, key) })
				if bad || test.most > 0 && len(named) > test.most {
					return test.err
				}
				return nil
			})
			slices.Sort(failed)
			assert.Check(t, b.fault != nil || slices.Equal(failed, test.bad), "failed are %v", failed)
			assert.Check(t, len(sizes) == test.calls && *b.sizes.limit == test.limit,
				"%d calls %v, and %d a call are learnt", len(sizes), sizes, *b.sizes.limit)
		})
	}
}

// What an answer says of the only key that a call named, and of all calls.
func TestBisectionJudges(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys         int
		err          error
		final, fatal bool
	}{
		"granted":             {1, nil, false, false},
		"refused":             {1, errRefused, true, false},
		"refused, of several": {2, errRefused, false, false},
		"of its own":          {1, errOwn, true, false},
		"may pass":            {1, errPassing, false, false},
		"busy":                {1, errBusy, false, false},
		"forbidden":           {1, errForbidden, false, true},
		"full":                {2, errFull, false, true},
	} {
		final, fatal := New(newSize()).Judge(t.Context(), numbers(test.keys), test.err)
		assert.Check(t, final == test.final && fatal == test.fatal, "%s: final is %t, fatal %t", name, final, fatal)
	}
}

// Many keys that fail alone are a fault of the service, unless others were granted since, or explain them.
func TestBisectionFaults(t *testing.T) {
	t.Parallel()
	keys, other := numbers(faultAfter), []string{"other"}
	alone := func(b *Bisection, keys []string) {
		for _, key := range keys {
			b.failed([]string{key}, errRefused)
		}
	}
	for name, test := range map[string]struct {
		before func(b *Bisection)
		fault  bool
	}{
		"none was granted":          {func(*Bisection) {}, true},
		"one was granted before":    {func(b *Bisection) { b.granted(other) }, true},
		"one was granted since":     {func(b *Bisection) { alone(b, numbers(2 * faultAfter)[faultAfter+1:]); b.granted(other) }, true},
		"left of a call that fails": {func(b *Bisection) { b.failed(keys, errRefused); b.granted(other) }, false},
	} {
		b := New(newSize())
		test.before(b)
		alone(b, keys[1:])
		assert.Check(t, b.fault == nil, "%s: one less is a fault", name)
		alone(b, keys[:1])
		assert.Check(t, (b.fault != nil) == test.fault, "%s: fault is %v", name, b.fault)
	}
}

// Keys that the gateway was busy with come after all others, and after those that it was not busy with alone.
func TestBisectionBusyLast(t *testing.T) {
	t.Parallel()
	b := New(newSize())
	b.busyCall([]string{"alone"}, errBusy)
	b.busyCall([]string{"one", "two"}, errBusy)
	b.granted([]string{"other"})
	for _, test := range []struct{ waiting, want []string }{
		{[]string{"alone", "one", "new"}, []string{"new"}},
		{[]string{"alone", "one"}, []string{"one"}},
		{[]string{"alone"}, []string{"alone"}},
	} {
		named, _ := b.Next(test.waiting, 0)
		assert.Check(t, slices.Equal(named, test.want), "of %v, the next call names %v", test.waiting, named)
	}
}

// One that fails alone explains the calls that named it, and teaches nothing of sizes,
// though all others were granted in smaller ones.
func TestBisectionBlamesAKey(t *testing.T) {
	t.Parallel()
	b := New(newSize())
	keys := numbers(3)
	b.failed(keys, errRefused)
	b.granted(keys[:1])
	b.failed(keys[1:2], errRefused)
	b.granted(keys[2:])
	named, full := b.Next(numbers(60), 3)
	assert.Check(t, len(named) == 50 && full, "the next call names %d", len(named))
}

// That one verb takes many keys a call says nothing about the other one; that it takes fewer does.
func TestBisectionOfTwoVerbs(t *testing.T) {
	t.Parallel()
	one, other := NewSizes()
	accepts, rejects := New(one), New(other)
	rejects.granted(numbers(50))
	accepts.failed(numbers(50), errRefused)
	named, _ := accepts.Next(numbers(50), 1)
	assert.Check(t, named == nil, "a call for %d beside another one", len(named))
	accepts.granted(numbers(25))
	accepts.granted(numbers(50)[25:])
	named, _ = rejects.Next(numbers(50), 0)
	assert.Check(t, len(named) == 25, "a call for %d", len(named))
}

// Keys that are called for alone are taken from all over the list.
func TestBisectionSpreads(t *testing.T) {
	t.Parallel()
	b, keys := New(newSize()), numbers(1000)
	for range stuckAfter {
		b.failed(keys[:50], errRefused)
	}
	var places []int
	for range faultAfter {
		named, full := b.Next(keys, 0)
		assert.Assert(t, len(named) == 1 && full, "a call for %d", len(named))
		places = append(places, slices.Index(numbers(1000), named[0]))
		b.failed(named, errRefused)
	}
	slices.Sort(places)
	assert.Check(t, places[3] <= 250 && places[12] >= 650, "called for %v", places)
}

// A size is at fault, too, where keys turned out to be as they are to be after their
// call; one for which nothing smaller was granted teaches nothing.
func TestBisectionFinds(t *testing.T) {
	t.Parallel()
	keys := numbers(50)
	for _, granted := range []int{0, 20} {
		b := New(newSize())
		b.failed(keys, errRefused)
		if granted > 0 {
			b.granted(keys[:granted])
		}
		b.Found(keys[granted:])
		want := cmp.Or(granted, 50)
		assert.Check(t, b.sizes.most() == want && b.failures <= 0, "%d a call, want %d", b.sizes.most(), want)
	}
}

// While it is not known what size works, one call at a time is made; meanwhile calls of a size that worked go on.
func TestBisectionAwaits(t *testing.T) {
	t.Parallel()
	b := New(newSize())
	b.failed(numbers(50), errRefused)
	named, _ := b.Next(numbers(50), 1)
	assert.Check(t, named == nil, "a call for %d beside another one", len(named))
	named, _ = b.Next(numbers(50), 0)
	assert.Check(t, len(named) == 25, "a call for %d", len(named))
	b.granted(numbers(60)[50:])
	named, _ = b.Next(numbers(70)[60:], 1)
	assert.Check(t, named == nil, "a call for %d, of which it is not known that it can't be larger", len(named))
	b.failed(numbers(25), errRefused)
	b.granted(numbers(80)[50:63])
	named, full := b.Next(numbers(100)[80:], 3)
	assert.Check(t, len(named) == 13 && full, "a call for %d beside others", len(named))
}

// A gateway that is busy is asked for one key at a time, from all over; two answers
// send all away. One key that it is busy with is found by halving.
func TestBisectionBusy(t *testing.T) {
	t.Parallel()
	b := New(newSize())
	keys, calls := numbers(100), 0
	for range 10 {
		for {
			if now, err := b.SendsAway(); now {
				assert.Check(t, apig.IsBusy(err), "given up with %v", err)
				break
			}
			named, _ := b.Next(keys, 0)
			b.busyCall(named, errBusy)
			calls++
			assert.Check(t, calls <= 2 || len(named) <= 1, "call %d names %d", calls, len(named))
		}
	}
	assert.Check(t, calls <= 2+9, "%d calls in ten rounds", calls)
	b.granted(keys[:1])
	named, _ := b.Next(keys[1:], 3)
	assert.Check(t, len(named) >= 40, "a call for %d when it is over", len(named))

	b = New(newSize())
	for range 2 {
		b.busyCall(keys[:4], errBusy)
	}
	assert.Check(t, b.most(keys[0]) == 50, "a call is taken apart, with none granted in between")

	b, calls = New(newSize()), 0
	waiting := keys[:50]
	for range 25 {
		named, _ := b.Next(waiting, 0)
		waiting = slices.DeleteFunc(slices.Clone(waiting), func(key string) bool { return slices.Contains(named, key) })
		if calls++; slices.Contains(named, "k007") {
			b.busyCall(named, errBusy)
			waiting = append(waiting, named...)
		} else {
			b.granted(named)
		}
	}
	assert.Check(t, slices.Equal(waiting, []string{"k007"}), "%v wait after %d calls", waiting, calls)
}

// A call for several is never repeated as it was by the client, and one that may be
// repeated is so as long as no other key has failed in the end.
func TestBisectionRepeats(t *testing.T) {
	t.Parallel()
	b := New(newSize())
	keys := numbers(4)
	assert.Check(t, !b.failed(keys, errPassing) && b.most(keys[0]) == 50, "a passing failure is not repeated")
	b.failed(keys, errPassing)
	assert.Check(t, b.most(keys[0]) == 2, "%d a call after the second one", b.most(keys[0]))
	b.failed([]string{"another"}, errPassing)
	assert.Check(t, len(b.alone) == 1, "a key that fails alone where all calls fail is not counted")
}

// The size of a call that failed is in doubt until one as large is granted, whatever that names.
func TestBisectionDoubtsASize(t *testing.T) {
	t.Parallel()
	b := New(newSize())
	keys := numbers(150)
	b.failed(keys[:30], errRefused)
	named, _ := b.Next(keys[30:], 0)
	assert.Check(t, len(named) == 15, "a call in doubt names %d", len(named))
	b.granted(keys[30:60])
	named, full := b.Next(keys[60:], 1)
	assert.Check(t, len(named) == 50 && full, "the next call names %d", len(named))
}
