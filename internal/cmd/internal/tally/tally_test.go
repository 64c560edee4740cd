// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package tally_test

import (
	"fmt"
	"slices"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

func ids(from, to int) []string {
	var some []string
	for n := from; n <= to; n++ {
		some = append(some, fmt.Sprint(n))
	}
	return some
}

func TestOf(t *testing.T) {
	action := func(verb string, status int, endpoints []string) mockapig.Call {
		return mockapig.Call{Operation: mockapig.OpAcceptOrReject, Action: verb, Status: status, Endpoints: endpoints}
	}
	for name, test := range map[string]struct {
		calls []mockapig.Call
		want  tally.Tally
	}{
		"nothing": {},
		"listings": {
			calls: []mockapig.Call{{Operation: mockapig.OpListConnections, Status: 200}, {Operation: mockapig.OpListConnections, Status: 429}},
			want:  tally.Tally{Listings: 2, Refused: 1, Throttled: 1},
		},
		"other calls": {
			calls: []mockapig.Call{{Operation: mockapig.OpListProjects, Status: 200}, {Status: 404}},
			want:  tally.Tally{Refused: 1},
		},
		"both actions": {
			calls: []mockapig.Call{
				action("receive", 200, ids(1, 50)), action("receive", 200, ids(51, 60)), action("reject", 200, ids(61, 68)),
			},
			want: tally.Tally{Receive: tally.Action{Calls: 2, Endpoints: 60}, Reject: tally.Action{Calls: 1, Endpoints: 8}},
		},
		"an endpoint named twice counts once": {
			calls: []mockapig.Call{action("receive", 500, ids(1, 50)), action("receive", 200, ids(1, 50))},
			want:  tally.Tally{Receive: tally.Action{Calls: 2, Endpoints: 50}, Refused: 1},
		},
	} {
		assert.Check(t, is.DeepEqual(test.want, tally.Of(test.calls)), name)
	}
}

func TestAction_Least(t *testing.T) {
	for endpoints, want := range map[int]int{0: 0, 1: 1, 50: 1, 51: 2, 60: 2, 100: 2, 101: 3} {
		assert.Check(t, is.Equal((tally.Action{Endpoints: endpoints}).Least(), want), "%d endpoints", endpoints)
	}
}

func TestStandings(t *testing.T) {
	got := tally.Standings([]mockapig.Connection{
		{DomainID: "b", Status: "accepted"},
		{DomainID: "a", Status: "accepted"},
		{DomainID: "b", Status: "rejected"},
		{DomainID: "b", Status: "accepted"},
	})
	want := []tally.Standing{
		{Account: "b", Status: "accepted", Connections: 2},
		{Account: "a", Status: "accepted", Connections: 1},
		{Account: "b", Status: "rejected", Connections: 1},
	}
	assert.Check(t, slices.Equal(got, want), "%v, want %v", got, want)
}
