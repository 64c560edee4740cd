// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package ownership_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
)

func key(id string) ownership.Key { return ownership.Key{Gateway: "g", ID: id} }

// wants is holding things to be accepted that are not as yet.
func wants(ids ...string) map[ownership.Key]ownership.Held {
	held := map[ownership.Key]ownership.Held{}
	for _, id := range ids {
		held[key(id)] = ownership.Held{Wanted: true}
	}
	return held
}

var (
	accepts  = wants("e")
	accepted = map[ownership.Key]ownership.Held{key("e"): {Wanted: true, There: true}}
	rejects  = map[ownership.Key]ownership.Held{key("e"): {}}
	blocks   = map[ownership.Key]ownership.Held{key("e"): {There: true}} // accepted as yet
	releases = map[ownership.Key]bool{key("e"): false}
	cuts     = map[ownership.Key]bool{key("e"): true}
)

// intents are all that an object may have to do with a thing.
var intents = map[string]ownership.Plan{
	"nothing": {}, "accepts": {Holds: accepts, Created: true}, "keeps": {Holds: accepted}, "rejects": {Holds: rejects}, "blocks": {Holds: blocks},
	"releases": {LetsGo: releases}, "cuts": {LetsGo: cuts}, "destroys": {LetsGo: cuts, Way: ownership.Goes},
}

// met is what two intents come to: nothing, two holders, or a handover.
var met = map[[2]string]string{
	{"accepts", "cuts"}: "handover", {"keeps", "cuts"}: "handover", {"keeps", "releases"}: "handover",
	{"accepts", "destroys"}: "handover", {"keeps", "destroys"}: "handover",
}

// Of two objects the second reports, and what it reports does not depend on which
// of them that is; planned again, each reports the same once more.
func TestPairs(t *testing.T) {
	t.Parallel()
	for a, one := range intents {
		for b, other := range intents {
			want := met[[2]string{a, b}]
			if want == "" {
				want = met[[2]string{b, a}]
			}
			if len(one.Holds) > 0 && len(other.Holds) > 0 {
				want = "twice"
			}
			one.Owner, other.Owner = "one", "other"
			l := ownership.NewLedger("")
			expect(t, a+" alone", "", l.Declare(one))
			expect(t, b+" after "+a, want, l.Declare(other))
			expect(t, a+" after "+b, want, l.Declare(one))
			expect(t, b+" once more", want, l.Declare(other))
			l.Declare(ownership.Plan{Owner: "one"})
			expect(t, b+" when the other is gone", "", l.Declare(other))
		}
	}
}

func expect(t *testing.T, what, want string, r ownership.Report) {
	t.Helper()
	got := ""
	switch {
	case len(r.Twice) > 0 && len(r.Handovers) > 0:
		got = "both"
	case len(r.Twice) > 0:
		got = "twice"
	case len(r.Handovers) > 0:
		got = "handover"
	}
	assert.Check(t, got == want, "%s: %q, want %q", what, got, want)
}

// A handover says how the one lets go, and whether the other is created, whoever comes first.
func TestHandover(t *testing.T) {
	t.Parallel()
	for _, way := range []ownership.Way{ownership.Shrinks, ownership.Goes} {
		for _, created := range []bool{true, false} {
			holder := ownership.Plan{Owner: "holder", Holds: accepted, Created: created}
			leaver := ownership.Plan{Owner: "leaver", LetsGo: cuts, Way: way}
			for _, order := range [][2]ownership.Plan{{holder, leaver}, {leaver, holder}} {
				l := ownership.NewLedger("")
				l.Declare(order[0])
				assert.Check(t, is.DeepEqual([]ownership.Handover{{ID: "e", Way: way, Created: created}}, l.Declare(order[1]).Handovers))
			}
		}
	}
}

// An apply spares what is held, and refuses two holders only.
func TestApply(t *testing.T) {
	t.Parallel()
	l := ownership.NewLedger("")
	l.Begin()
	l.Declare(ownership.Plan{Owner: "new", Holds: accepts, Created: true})
	expect(t, "the object that it replaces", "", l.Declare(ownership.Plan{Owner: "old", LetsGo: cuts, Way: ownership.Goes}))
	expect(t, "another holder", "twice", l.Declare(ownership.Plan{Owner: "another", Holds: rejects}))
	for owner, want := range map[string]bool{"old": true, "new": false, "another": true, "": true} {
		got := l.Held(owner, key("e"))
		assert.Check(t, got == want, "to %q, it is held: %t", owner, got)
	}
	assert.Check(t, !l.Held("old", ownership.Key{Gateway: "another", ID: "e"}) && !l.Held("old", key("f")), "what nobody holds is held")
	assert.Check(t, !l.Rejected("old", key("e")), "what one lets go of and another one wants is rejected")
	l.Declare(ownership.Plan{Owner: "new", Holds: rejects})
	assert.Check(t, !l.Held("old", key("e")), "what is held to be rejected is spared")
	l.Declare(ownership.Plan{Owner: "another"})
	for owner, want := range map[string]bool{"old": true, "new": true, "": true} {
		got := l.Rejected(owner, key("e"))
		assert.Check(t, got == want, "to %q, it is rejected: %t", owner, got)
	}
	l.Declare(ownership.Plan{Owner: "old"})
	assert.Check(t, !l.Rejected("new", key("e")) && !l.Rejected("old", key("f")), "what nobody else rejects is rejected")
	assert.Check(t, !l.Placed(key("e")), "it is placed before it is")
	l.Place(key("e"))
	assert.Check(t, l.Placed(key("e")), "it is not placed")
}

// The second planning of a replacement lets go of what it does not name, by what the first one said of the state.
func TestReplacement(t *testing.T) {
	t.Parallel()
	l := ownership.NewLedger("")
	whole := map[ownership.Key]bool{key("e"): true, key("f"): true}
	first := ownership.Plan{Owner: "object", Holds: map[ownership.Key]ownership.Held{key("e"): {Wanted: true, There: true}}, Whole: whole}
	second := ownership.Plan{Owner: "object", Holds: accepts, Created: true, Replaces: true}
	taker := ownership.Plan{Owner: "taker", Holds: wants("f")}
	expect(t, "the update", "", l.Declare(first))
	expect(t, "one who takes the rest", "", l.Declare(taker))
	want := []ownership.Handover{{ID: "f", Way: ownership.Replaced}}
	for range 2 {
		assert.Check(t, is.DeepEqual(want, l.Declare(second).Handovers), "the replacement")
		assert.Check(t, is.DeepEqual(want, l.Declare(taker).Handovers), "the taker")
	}
	l.Declare(ownership.Plan{Owner: "taker"})
	expect(t, "one who takes what it names", "twice", l.Declare(ownership.Plan{Owner: "another", Holds: accepts}))
}

// A release beside an object that may turn out to hold more is told of, whoever
// comes first; one on another gateway, or of nothing that is there, is not.
func TestUnsure(t *testing.T) {
	t.Parallel()
	open := ownership.Plan{Owner: "open", Open: "g"}
	for name, tc := range map[string]struct {
		plan ownership.Plan
		want bool
	}{
		"cuts":       {ownership.Plan{LetsGo: cuts}, true},
		"releases":   {ownership.Plan{LetsGo: releases}, false},
		"keeps":      {ownership.Plan{Holds: accepted}, false},
		"elsewhere":  {ownership.Plan{LetsGo: map[ownership.Key]bool{{Gateway: "h", ID: "e"}: true}}, false},
		"is open":    {ownership.Plan{Open: "g"}, false},
		"is it all":  {ownership.Plan{Open: "g", LetsGo: cuts}, true},
		"is nothing": {ownership.Plan{}, false},
	} {
		tc.plan.Owner = "other"
		for _, order := range [][2]ownership.Plan{{open, tc.plan}, {tc.plan, open}} {
			l := ownership.NewLedger("")
			assert.Check(t, !l.Declare(order[0]).Unsure, "%s: unsure alone", name)
			got := l.Declare(order[1]).Unsure
			assert.Check(t, got == tc.want, "%s: unsure is %t", name, got)
		}
	}
}

// Who holds every account holds each, until the entry of every account is there.
func TestEvery(t *testing.T) {
	t.Parallel()
	for there, want := range map[bool]string{false: "handover", true: ""} {
		every := ownership.Plan{Owner: "every", Holds: map[ownership.Key]ownership.Held{key("*"): {Wanted: true, There: there}}}
		leaver := ownership.Plan{Owner: "leaver", LetsGo: cuts}
		for _, order := range [][2]ownership.Plan{{every, leaver}, {leaver, every}} {
			l := ownership.NewLedger("*")
			expect(t, "the first", "", l.Declare(order[0]))
			expect(t, fmt.Sprintf("the second, there %t", there), want, l.Declare(order[1]))
			assert.Check(t, l.Held("leaver", key("e")) != there, "there %t: held is %t", there, there)
			expect(t, "one who holds one of them", "", l.Declare(ownership.Plan{Owner: "one", Holds: wants("f")}))
		}
	}
}

// The creation that a tainted object is planned as is planned again after that was
// read; another one that names the same is told of.
func TestReread(t *testing.T) {
	t.Parallel()
	creation := func(owner string, holds map[ownership.Key]ownership.Held) ownership.Plan {
		return ownership.Plan{Owner: owner, Created: true, Holds: holds}
	}
	l := ownership.NewLedger("")
	l.Reread(key("e"))
	expect(t, "the first planning", "", l.Declare(creation("one", accepts)))
	l.Reread(key("e"), key("f"))
	expect(t, "another creation", "twice", l.Declare(creation("another", rejects)))
	l.Declare(ownership.Plan{Owner: "another"})
	expect(t, "the second planning", "", l.Declare(creation("two", accepts)))
	expect(t, "one that is like it", "twice", l.Declare(creation("three", accepts)))
}

// What the exclusive rule of a gateway would reject can't be held to be accepted,
// whichever comes first; and a gateway has one.
func TestExclude(t *testing.T) {
	t.Parallel()
	rule := func(id string) bool { return id == "e" }
	both := map[ownership.Key]ownership.Held{key("e"): {Wanted: true}, key("f"): {Wanted: true}, {Gateway: "h", ID: "e"}: {Wanted: true}}
	l := ownership.NewLedger("")
	l.Declare(ownership.Plan{Owner: "holder", Holds: rejects})
	excluded, alone := l.Exclude("rule", "g", rule)
	assert.Check(t, len(excluded) == 0 && alone, "%v, %t", excluded, alone)
	assert.Check(t, is.DeepEqual([]string{"e"}, l.Declare(ownership.Plan{Owner: "holder", Holds: both}).Excluded), "the holder")
	excluded, alone = l.Exclude("rule", "g", rule)
	assert.Check(t, slices.Equal(excluded, []string{"e"}) && alone, "%v, %t", excluded, alone)
	_, alone = l.Exclude("another", "g", rule)
	assert.Check(t, !alone, "a gateway has two rules")
	_, alone = l.Exclude("rule", "h", rule)
	assert.Check(t, alone, "the rule can't go to another gateway")
	_, alone = l.Exclude("another", "g", rule)
	assert.Check(t, alone, "the rule that has gone is still there")
	got := l.Declare(ownership.Plan{Owner: "holder", Holds: rejects}).Excluded
	assert.Check(t, len(got) <= 0, "what is held to be rejected is excluded: %v", got)
}

// Of many that come at once, each but one meets another.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	l := ownership.NewLedger("")
	reports := make([]ownership.Report, 20)
	var group sync.WaitGroup
	for i := range reports {
		group.Go(func() { reports[i] = l.Declare(ownership.Plan{Owner: fmt.Sprint(i), Holds: accepts}) })
	}
	group.Wait()
	alone := 0
	for _, r := range reports {
		if len(r.Twice) == 0 {
			alone++
		}
	}
	assert.Check(t, alone == 1, "%d met nobody", alone)
}

// A token is short, and one that is made of a state is the same in any order.
func TestToken(t *testing.T) {
	t.Parallel()
	a, b := ownership.NewToken(), ownership.NewToken()
	assert.Check(t, a != b && len(a) == 10, "tokens %q, %q", a, b)
	a, b = ownership.TokenOf("g", []string{"e", "f"}), ownership.TokenOf("g", []string{"f", "e"})
	assert.Check(t, a == b && len(a) == 10 && a != ownership.TokenOf("h", []string{"e", "f"}) && a != ownership.TokenOf("g", []string{"e"}),
		"tokens %q, %q", a, b)
}

// Only a creation takes the place of one that is like it, and only of one that may
// be a tainted object's: it is not planned as a replacement, and was read after that.
func TestReread_replacesNothingElse(t *testing.T) {
	t.Parallel()
	creation := ownership.Plan{Owner: "one", Created: true, Holds: accepts}
	update := ownership.Plan{Owner: "one", Holds: accepts}
	replacement := ownership.Plan{Owner: "one", Created: true, Replaces: true, Holds: accepts}
	other := func(p ownership.Plan) ownership.Plan {
		p.Owner = "other"
		return p
	}
	unlike := ownership.Plan{Owner: "other", Created: true, Holds: wants("e", "f")}
	for name, tc := range map[string]struct{ first, second ownership.Plan }{
		"an update after a creation":      {creation, other(update)},
		"a replacement after a creation":  {creation, other(replacement)},
		"a creation after an update":      {update, other(creation)},
		"a creation after a replacement":  {replacement, other(creation)},
		"a creation that is not the same": {creation, unlike},
	} {
		l := ownership.NewLedger("")
		l.Declare(tc.first)
		l.Reread(key("e"))
		expect(t, name, "twice", l.Declare(tc.second))
	}
}

// What a report lists is sorted, and lists each once.
func TestReport_sorted(t *testing.T) {
	t.Parallel()
	ids := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	holds, lets := wants(ids...), map[ownership.Key]bool{}
	for _, id := range ids {
		lets[key(id)] = true
	}
	l := ownership.NewLedger("")
	l.Declare(ownership.Plan{Owner: "one", Holds: holds})
	report := l.Declare(ownership.Plan{Owner: "other", Holds: holds})
	assert.Check(t, is.DeepEqual(ids, report.Twice), "twice")
	var handed []string
	for _, h := range l.Declare(ownership.Plan{Owner: "leaver", LetsGo: lets}).Handovers {
		handed = append(handed, h.ID)
	}
	assert.Check(t, is.DeepEqual(ids, handed), "handed over")
	excluded, _ := l.Exclude("rule", "g", func(string) bool { return true })
	assert.Check(t, is.DeepEqual(ids, excluded), "excluded by the rule")
	assert.Check(t, is.DeepEqual(ids, l.Declare(ownership.Plan{Owner: "one", Holds: holds}).Excluded), "excluded")
}

// Who turns from one account to every account lets go of nothing that another one
// holds, and what is let go of on another gateway is not concerned.
func TestEvery_alone(t *testing.T) {
	t.Parallel()
	every := wants("*")
	l := ownership.NewLedger("*")
	for range 2 {
		expect(t, "one that lets go itself", "", l.Declare(ownership.Plan{Owner: "one", Holds: every, LetsGo: cuts}))
	}
	elsewhere := map[ownership.Key]bool{{Gateway: "h", ID: "e"}: true}
	expect(t, "another gateway's", "", l.Declare(ownership.Plan{Owner: "other", LetsGo: elsewhere}))
	expect(t, "the one once more", "", l.Declare(ownership.Plan{Owner: "one", Holds: every, LetsGo: cuts}))
	assert.Check(t, !l.Held("other", ownership.Key{Gateway: "h", ID: "e"}), "another gateway's is held")
}
