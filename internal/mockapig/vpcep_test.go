// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
)

// refusedForGood in place of a status makes a pending connection whose decisions are refused.
const refusedForGood = "refused for good"

// TestCodes makes each refusal of an endpoint in each form.
func TestCodes(t *testing.T) {
	refuses := Behavior{UnknownEndpoint: UnknownRefused, RedecideRefused: true, RejectCreatingBusy: true, RejectedFinal: FinalRefused}
	invalid := refuses
	invalid.UnknownEndpoint = UnknownInvalid
	for _, tc := range []struct {
		name     string
		behavior Behavior
		status   string
		verb     string
		own      string
		plain    string // "" where VPCEP has no code
	}{
		{"accepted already", refuses, StatusAccepted, "receive", "400 APIC.7211", "400 EndPoint.2014"},
		{"rejected already", refuses, StatusRejected, "reject", "400 APIC.7211", "400 EndPoint.2014"},
		{"accepting one in creation", refuses, StatusCreating, "receive", "400 APIC.7211", "400 EndPoint.2019"},
		{"rejecting one in creation", refuses, StatusCreating, "reject", "409 APIC.7701", "400 EndPoint.2019"},
		{"accepting one that is being deleted", refuses, StatusDeleting, "receive", "400 APIC.7211", "400 EndPoint.2018"},
		{"rejecting one that is being deleted", refuses, StatusDeleting, "reject", "400 APIC.7211", "400 EndPoint.2018"},
		{"unknown", refuses, "", "receive", "400 APIC.7211", "404 EndPoint.2006"},
		{"unknown, by the other code", invalid, "", "receive", "400 APIC.7211", "400 EndPoint.2013"},
		{"deleting, by the other code", invalid, StatusDeleting, "receive", "400 APIC.7211", "400 EndPoint.2018"},
		{"refused for good", refuses, refusedForGood, "receive", "400 APIC.7211", "400 EndPoint.2015"},
		{"rejected for good", refuses, StatusRejected, "receive", "400 APIC.7211", ""},
	} {
		for _, how := range []Codes{CodesOwn, CodesPlain, CodesWrapped, CodesBare} {
			t.Run(fmt.Sprintf("%s, %q", tc.name, how), func(t *testing.T) {
				tc.behavior.Codes = how
				s := mixed(tc.behavior, tc.status)
				before := truth(s)
				got := act(t, s, tc.verb, endpoint(0))
				checkForm(t, got, last(t, s), how, tc.own, tc.plain)
				assert.Check(t, truth(s) == before, "then it is %s", truth(s))
			})
		}
	}
}

// mixed is a world of connections with these statuses, of which "" is unknown.
func mixed(b Behavior, statuses ...string) *Server {
	s := newWorld(Config{Behavior: b})
	for i, status := range statuses {
		switch status {
		case "":
			continue
		case refusedForGood:
			s.RefuseEndpoint(testGateway, endpoint(i), -1)
			status = StatusPending
		}
		s.Connect(testGateway, Connection{ID: endpoint(i), Status: status})
	}
	return s
}

// checkForm checks a refusal's form, given as status and code, and what the journal says of it.
func checkForm(t *testing.T, got reply, call Call, how Codes, own, plain string) {
	t.Helper()
	want, cause := own, ""
	quoted := strings.Replace(plain, "EndPoint.", "Endpoint.", 1)
	if plain != "" && how != CodesOwn {
		_, cause, _ = strings.Cut(plain, " ")
		_, quoted, _ = strings.Cut(quoted, " ")
		want = map[Codes]string{CodesPlain: plain, CodesWrapped: "500 APIC.9007", CodesBare: "500 APIC.9007"}[how]
	}
	assert.Check(t, fmt.Sprintf("%d %s", got.status, got.Code) == want, "answered %s, want %s", got.body, want)
	if got.status == http.StatusInternalServerError {
		assert.Check(t, strings.HasPrefix(got.Message, "Failed to execute VPCEP request") && strings.Contains(got.Message, quoted) == (how == CodesWrapped),
			"the message is %q", got.Message)
	}
	assert.Check(t, call.Code == got.Code && call.Status == got.status && call.Cause == cause, "the journal has %+v, want the cause %q", call, cause)
}

// TestBatch sends the same call under each way to work through one that names endpoints which are refused.
func TestBatch(t *testing.T) {
	mix := []string{StatusPending, StatusPending, refusedForGood, StatusPending, "", StatusRejected}
	for _, tc := range []struct {
		batch   Batch
		decided []string
		after   string
	}{
		{BatchWhole, nil, "pendingAcceptance, pendingAcceptance, pendingAcceptance, pendingAcceptance, rejected"},
		{BatchPartial, []string{endpoint(0), endpoint(1), endpoint(3), endpoint(5)}, "accepted, accepted, pendingAcceptance, accepted, accepted"},
		{BatchStops, endpoints(0, 2), "accepted, accepted, pendingAcceptance, pendingAcceptance, rejected"},
	} {
		for _, how := range []Codes{CodesOwn, CodesPlain, CodesWrapped, CodesBare} {
			s := mixed(Behavior{Batch: tc.batch, Codes: how, UnknownEndpoint: UnknownRefused}, mix...)
			got := act(t, s, "receive", endpoints(0, len(mix))...)
			checkForm(t, got, last(t, s), how, "400 APIC.7211", "400 EndPoint.2015") // of the first one
			call := last(t, s)
			assert.Check(t, truth(s) == tc.after && slices.Equal(call.Decided, tc.decided),
				"%q, %q: decided %v, then it is %s", tc.batch, how, call.Decided, truth(s))
		}
	}
	for _, batch := range []Batch{BatchWhole, BatchPartial, BatchStops} {
		s := mixed(Behavior{Batch: batch}, StatusPending, "", StatusDeleting, StatusPending)
		got := act(t, s, "receive", endpoints(0, 4)...)
		assert.Check(t, got.status == http.StatusOK && truth(s) == "accepted, deleting, accepted",
			"%q: where nobody minds: %d %s, %s", batch, got.status, got.body, truth(s))
	}
}

func TestRefuseEndpoint(t *testing.T) {
	s := seeded(Config{}, StatusPending, StatusPending)
	s.RefuseEndpoint(testGateway, endpoint(0), 2)
	s.RefuseEndpoint(testGateway, endpoint(2), -1)
	s.Connect(testGateway, Connection{ID: endpoint(2)})
	for i, want := range []int{400, 400, 200, 200} {
		got := act(t, s, "receive", endpoint(0))
		assert.Check(t, got.status == want, "time %d: %d %s", i, got.status, got.body)
	}
	for range 5 {
		got := act(t, s, "reject", endpoint(1), endpoint(2))
		assert.Check(t, got.status == http.StatusBadRequest, "always: %d %s", got.status, got.body)
	}
	got := list(t, s, "")
	assert.Check(t, got.statuses() == "accepted, pendingAcceptance, pendingAcceptance", "listed %s", got.statuses())
	s.RefuseEndpoint(testGateway, endpoint(2), 0)
	got = act(t, s, "reject", endpoint(1), endpoint(2))
	assert.Check(t, got.status == http.StatusOK, "no more: %d %s", got.status, got.body)
}

// TestTooMany sends as many as a call takes and one more, to both kinds of call. More than the API documents are a
// wrong parameter in any case.
func TestTooMany(t *testing.T) {
	for _, most := range []int{1, 10, 50, 60} {
		for _, how := range []Codes{CodesOwn, CodesPlain, CodesWrapped, CodesBare} {
			t.Run(fmt.Sprintf("%d, %q", most, how), func(t *testing.T) {
				s := seeded(Config{Behavior: Behavior{MaxBatch: most, TooMany: how}}, slices.Repeat([]string{StatusPending}, 51)...)
				takes := min(most, 50)
				own, plain := "400 APIC.7211", "400 EndPoint.2031"
				permission := map[Codes]string{CodesOwn: "400 APIG.2011", CodesPlain: "400 APIG.2011", CodesWrapped: "500 APIC.9007", CodesBare: "500 APIC.9007"}[how]
				if takes == 50 {
					plain, permission = "", "400 APIG.2011"
				}
				checkForm(t, act(t, s, "receive", endpoints(0, takes+1)...), last(t, s), how, own, plain)
				got := changePermissions(t, s, "add", accounts(0, takes+1)...)
				assert.Check(t, fmt.Sprintf("%d %s", got.status, got.Code) == permission, "permissions: %s", got.body)
				wantPermitted(t, s, "owner")
				assert.Check(t, !strings.Contains(truth(s), StatusAccepted), "then it is %s", truth(s))
				got = act(t, s, "receive", endpoints(0, takes)...)
				assert.Check(t, got.status == http.StatusOK, "%d are refused: %s", takes, got.body)
				got = changePermissions(t, s, "add", accounts(0, takes)...)
				assert.Check(t, got.status == http.StatusOK, "%d permissions are refused: %s", takes, got.body)
			})
		}
	}
}

// TestTooManyWhichever checks that what is wrong with the parameters comes before what is too much for VPCEP.
func TestTooManyWhichever(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{MaxBatch: 1, TooMany: CodesBare}}, StatusPending)
	for _, ids := range [][]string{{endpoint(0), endpoint(0)}, {endpoint(0), ""}, {}, endpoints(0, 51)} {
		got := act(t, s, "receive", ids...)
		assert.Check(t, got.status == http.StatusBadRequest && got.Code == codeInvalidEndpoints, "%d endpoints: %d %s", len(ids), got.status, got.body)
	}
}

func TestNewestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(Config{Behavior: Behavior{NewestFirst: true}}, slices.Repeat([]string{StatusPending}, 45)...)
		reversed := func(from, to int) []string {
			ids := endpoints(from, to)
			slices.Reverse(ids)
			return ids
		}
		for query, want := range map[string][]string{
			"":                                  reversed(25, 45),
			"?limit=10&offset=40":               reversed(0, 5),
			"?offset=46":                        {},
			"?status=pendingAcceptance&limit=2": reversed(43, 45),
		} {
			got := list(t, s, query)
			assert.Check(t, slices.Equal(got.ids(), want) && *got.Size == len(want), "%q: got %v", query, got.ids())
		}
		// Each arrival shifts the pages.
		s.ConnectAfter(time.Second, testGateway, Connection{ID: endpoint(45)})
		first := list(t, s, "?limit=10").ids()
		pass(time.Second)
		second := list(t, s, "?limit=10&offset=10").ids()
		assert.Check(t, second[0] == first[9], "after %v comes %v", first, second)
		got := list(t, s, "?limit=1")
		assert.Check(t, slices.Equal(got.ids(), endpoints(45, 46)) && *got.Total == 46, "the newest is %s", got.body)
	})
	s := newWorld(Config{Behavior: Behavior{NewestFirst: true}})
	s.Permit(testGateway, accounts(1, 4)...)
	names, _ := listedPermissions(t, s, "?limit=2&offset=2")
	assert.Check(t, slices.Equal(names, []string{account(1), "owner"}), "permissions: %v", names)
	wantPermitted(t, s, "owner", account(1), account(2), account(3))
}
