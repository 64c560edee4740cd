// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestSlowDecisions decides the opposite while a decision takes its time: that is lost, or refused.
func TestSlowDecisions(t *testing.T) {
	for _, tc := range []struct {
		name        string
		behavior    Behavior
		before      string
		first, then string
		status      int
		code        string
		after       string
	}{
		{"a rejection", Behavior{RejectingFor: time.Minute}, StatusAccepted, "reject", "receive", 200, "", StatusRejected},
		{"of a pending one", Behavior{RejectingFor: time.Minute}, StatusPending, "reject", "receive", 200, "", StatusRejected},
		{"a rejection, refused", Behavior{RejectingFor: time.Minute, RedecideRefused: true, Codes: CodesPlain}, StatusAccepted, "reject", "receive", 400, "EndPoint.2014", StatusRejected},
		{"asked for twice", Behavior{RejectingFor: time.Minute, RedecideRefused: true}, StatusAccepted, "reject", "reject", 200, "", StatusRejected},
		{"an acceptance", Behavior{AcceptingFor: time.Minute}, StatusRejected, "receive", "reject", 200, "", StatusAccepted},
		{"an acceptance, refused", Behavior{AcceptingFor: time.Minute, RedecideRefused: true, Codes: CodesPlain}, StatusRejected, "receive", "reject", 400, "EndPoint.2014", StatusAccepted},
		{"shown late", Behavior{RejectingFor: time.Minute - time.Second, StaleFor: time.Second}, StatusAccepted, "reject", "receive", 200, "", StatusRejected},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := seeded(Config{Creating: time.Hour, Behavior: tc.behavior}, tc.before)
				act(t, s, tc.first, endpoint(0))
				pass(time.Minute / 2)
				if got := act(t, s, tc.then, endpoint(0)); got.status != tc.status || got.Code != tc.code {
					t.Errorf("%d, %s", got.status, got.Code)
				}
				pass(time.Minute/2 - 1)
				if got := list(t, s, "").statuses(); got != tc.before {
					t.Errorf("listed %s too soon", got)
				}
				pass(1)
				if got := list(t, s, "").statuses(); got != tc.after || truth(s) != tc.after {
					t.Errorf("listed %s, truly %s", got, truth(s))
				}
				pass(time.Hour)
				if truth(s) != tc.after {
					t.Errorf("in the end %s", truth(s))
				}
			})
		})
	}
}

// TestLostDecisions loses every second decision.
func TestLostDecisions(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{LoseEvery: 2}}, StatusPending, StatusPending, StatusPending)
	if got := act(t, s, "receive", endpoint(0), endpoint(1), endpoint(2)); got.status != 200 || truth(s) != "accepted, pendingAcceptance, accepted" {
		t.Errorf("%d, %s", got.status, truth(s))
	}
	if act(t, s, "receive", endpoint(1)); truth(s) != "accepted, pendingAcceptance, accepted" {
		t.Error(truth(s))
	}
	if act(t, s, "receive", endpoint(1)); truth(s) != "accepted, accepted, accepted" {
		t.Error(truth(s))
	}
}
