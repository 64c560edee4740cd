// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package tally counts what calls a mock gateway was sent, and how few would have done.
package tally

import (
	"net/http"
	"slices"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// batch is how many endpoints the API takes in one call.
const batch = 50

// Action is what was asked for by one verb.
type Action struct {
	Calls     int
	Endpoints int // that were named, each counted once
}

// Least is how few calls could have named the endpoints.
func (a Action) Least() int { return (a.Endpoints + batch - 1) / batch }

// Tally is what a journal comes to.
type Tally struct {
	Receive, Reject Action
	Listings        int
	Refused         int // calls of any kind that were answered by an error
	Throttled       int // those that were one too many for the server's limit
}

// Of counts the calls of a journal.
func Of(calls []mockapig.Call) Tally {
	var t Tally
	named := map[string]map[string]struct{}{"receive": {}, "reject": {}}
	for _, call := range calls {
		if call.Status >= 400 {
			t.Refused++
		}
		if call.Status == http.StatusTooManyRequests {
			t.Throttled++
		}
		switch {
		case call.Operation == mockapig.OpListConnections:
			t.Listings++
		case call.Operation == mockapig.OpAcceptOrReject && call.Action == "receive":
			t.Receive.Calls++
		case call.Operation == mockapig.OpAcceptOrReject && call.Action == "reject":
			t.Reject.Calls++
		}
		for _, id := range call.Endpoints {
			if endpoints, known := named[call.Action]; known {
				endpoints[id] = struct{}{}
			}
		}
	}
	t.Receive.Endpoints, t.Reject.Endpoints = len(named["receive"]), len(named["reject"])
	return t
}

// Standing is how many connections of an account have a status.
type Standing struct {
	Account, Status string
	Connections     int
}

// Standings counts connections by account and status, in the order in which these first appear.
func Standings(connections []mockapig.Connection) []Standing {
	var found []Standing
	for _, c := range connections {
		at := slices.IndexFunc(found, func(s Standing) bool { return s.Account == c.DomainID && s.Status == c.Status })
		if at < 0 {
			at = len(found)
			found = append(found, Standing{Account: c.DomainID, Status: c.Status})
		}
		found[at].Connections++
	}
	return found
}
