// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"slices"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

func set(names ...string) map[string]struct{} {
	all := map[string]struct{}{}
	for _, name := range names {
		all[name] = struct{}{}
	}
	return all
}

// A guard and what others accept contradict each other in either order.
func TestGuard(t *testing.T) {
	t.Parallel()
	owners := map[string]string{"of-a": "a", "of-b": "b", "named": "b", "not told": ""}
	accepted := []string{"of-b", "named", "unlisted", "of-a", "not told"}
	for name, tc := range map[string]struct {
		guard gateway.Guard
		want  []string
	}{
		"both":      {gateway.Guard{Endpoints: set("named"), Accounts: set("a"), Owners: owners}, []string{"of-b"}},
		"endpoints": {gateway.Guard{Endpoints: set("named", "of-a"), Owners: owners}, []string{"not told", "of-b", "unlisted"}},
		"accounts":  {gateway.Guard{Accounts: set("a", "b"), Owners: owners}, nil},
		"nobody":    {gateway.Guard{Accounts: set("c"), Owners: owners}, []string{"named", "of-a", "of-b"}},
	} {
		tc.guard.Holder = "guard"
		first := newServer(t).view()
		if conflicts, alone := first.Guard(tc.guard); len(conflicts) > 0 || !alone {
			t.Errorf("%s: %v, %t", name, conflicts, alone)
		}
		if got := first.Accepts(accepted); !slices.Equal(slices.Sorted(slices.Values(got)), tc.want) {
			t.Errorf("%s, guard first: %v, want %v", name, got, tc.want)
		}
		last := newServer(t).view()
		if got := last.Accepts(accepted); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
		if got, _ := last.Guard(tc.guard); !slices.Equal(got, tc.want) {
			t.Errorf("%s, guard last: %v, want %v", name, got, tc.want)
		}
	}
}

// A gateway has one guard; its own second planning is none more.
func TestGuardIsAlone(t *testing.T) {
	t.Parallel()
	v := newServer(t).view()
	for _, tc := range []struct {
		holder string
		alone  bool
	}{{"one", true}, {"other", false}, {"one", true}} {
		if _, alone := v.Guard(gateway.Guard{Holder: tc.holder}); alone != tc.alone {
			t.Errorf("%s: alone is %t", tc.holder, alone)
		}
	}
}
