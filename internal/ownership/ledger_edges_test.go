// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package ownership_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
)

// Of a replacement, what the new object names is not let go of.
func TestReplacement_leavesToItself(t *testing.T) {
	t.Parallel()
	l := ownership.NewLedger("")
	l.Declare(ownership.Plan{Owner: "object", Holds: accepted, Whole: cuts})
	l.Declare(ownership.Plan{Owner: "object", Holds: accepts, Created: true, Replaces: true})
	expect(t, "another holder", "twice", l.Declare(ownership.Plan{Owner: "another", Holds: accepts}))
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
	unlike := ownership.Plan{Owner: "other", Created: true, Holds: map[ownership.Key]ownership.Held{key("e"): {Wanted: true}, key("f"): {Wanted: true}}}
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
	holds, lets := map[ownership.Key]ownership.Held{}, map[ownership.Key]bool{}
	for _, id := range ids {
		holds[key(id)], lets[key(id)] = ownership.Held{Wanted: true}, true
	}
	l := ownership.NewLedger("")
	l.Declare(ownership.Plan{Owner: "one", Holds: holds})
	report := l.Declare(ownership.Plan{Owner: "other", Holds: holds})
	if diff := cmp.Diff(ids, report.Twice); diff != "" {
		t.Errorf("twice (-want +got):\n%s", diff)
	}
	var handed []string
	for _, h := range l.Declare(ownership.Plan{Owner: "leaver", LetsGo: lets}).Handovers {
		handed = append(handed, h.ID)
	}
	if diff := cmp.Diff(ids, handed); diff != "" {
		t.Errorf("handed over (-want +got):\n%s", diff)
	}
	excluded, _ := l.Exclude("rule", "g", func(string) bool { return true })
	if diff := cmp.Diff(ids, excluded); diff != "" {
		t.Errorf("excluded by the rule (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(ids, l.Declare(ownership.Plan{Owner: "one", Holds: holds}).Excluded); diff != "" {
		t.Errorf("excluded (-want +got):\n%s", diff)
	}
}

// Who turns from one account to every account lets go of nothing that another one
// holds, and what is let go of on another gateway is not concerned.
func TestEvery_alone(t *testing.T) {
	t.Parallel()
	every := map[ownership.Key]ownership.Held{key("*"): {Wanted: true}}
	l := ownership.NewLedger("*")
	for range 2 {
		expect(t, "one that lets go itself", "", l.Declare(ownership.Plan{Owner: "one", Holds: every, LetsGo: cuts}))
	}
	elsewhere := map[ownership.Key]bool{{Gateway: "h", ID: "e"}: true}
	expect(t, "another gateway's", "", l.Declare(ownership.Plan{Owner: "other", LetsGo: elsewhere}))
	expect(t, "the one once more", "", l.Declare(ownership.Plan{Owner: "one", Holds: every, LetsGo: cuts}))
	if l.Held("other", ownership.Key{Gateway: "h", ID: "e"}) {
		t.Error("another gateway's is held")
	}
}

// A rule does not concern what is held to be rejected, and its owner may declare it
// again, another one may not.
func TestExclude_again(t *testing.T) {
	t.Parallel()
	all := func(string) bool { return true }
	l := ownership.NewLedger("")
	l.Declare(ownership.Plan{Owner: "holder", Holds: rejects})
	for range 2 {
		if excluded, alone := l.Exclude("rule", "g", all); len(excluded) > 0 || !alone {
			t.Errorf("%v, alone %t", excluded, alone)
		}
	}
}
