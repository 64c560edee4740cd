// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"maps"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	accepted = endpoint.StatusAccepted
	creates  = endpoint.StatusCreating
	failed   = endpoint.StatusFailed
	pending  = endpoint.StatusPendingAcceptance
	rejected = endpoint.StatusRejected
)

// at is a moment of a made-up run.
func at(ms int) time.Time { return time.UnixMilli(int64(ms)) }

// listing is one at a moment that shows the spare endpoint in a status.
func listing(ms int, status endpoint.Status) exchange {
	return exchange{began: at(ms), ended: at(ms + 1), answered: answered{status: 200, Connections: []connection{{ID: "s", Status: status}}}}
}

// decision is one at a moment that takes 10 ms. Without a shown status its answer is bare.
func decision(ms int, action apig.Action, status int, shown endpoint.Status) exchange {
	x := exchange{asked: asked{Action: action, Endpoints: []string{"s"}}, began: at(ms), ended: at(ms + 10), answered: answered{status: status}}
	if shown != "" {
		x.Connections = []connection{{ID: "s", Status: shown}}
	}
	return x
}

// refused is the answer to a call that was refused.
func refused(status int, code, message string) *exchange {
	return &exchange{answered: answered{status: status, Code: code, Message: message}}
}

// What a question is answered where a mock is not to be had, or slow to be.
func TestQuestions(t *testing.T) {
	t.Parallel()
	list := func(created ...string) evidence {
		var connections []connection
		for _, text := range created {
			connections = append(connections, connection{Created: text})
		}
		return evidence{all: []exchange{{answered: answered{status: 200, Connections: connections}}}}
	}
	run := func(all ...exchange) evidence { return evidence{spare: "s", all: all} }
	works := refused(200, "", "")
	for name, test := range map[string]struct {
		answer func(evidence) finding
		seen   evidence
		says   string
		names  []string
	}{
		"nothing listed":            {totals, evidence{}, "", nil},
		"newest first":              {order, list("3", "2", "1"), "newest first", []string{"newest-first"}},
		"in no order":               {order, list("3", "1", "2"), "neither oldest nor newest first", nil},
		"one connection":            {order, list("3"), "", nil},
		"two of one time":           {order, list("3", "3"), "", nil},
		"filter not tried":          {filter, evidence{}, "", nil},
		"filter by prefix":          {filter, evidence{byPrefix: &list("1").all[0], byStranger: works}, "by prefix", []string{"id-prefix"}},
		"filter refused":            {filter, evidence{byPrefix: refused(400, "x", ""), byStranger: works}, "", nil},
		"answer after no listing":   {answers, run(decision(0, apig.ActionReceive, 200, accepted), listing(20, accepted)), "", nil},
		"answer bare":               {answers, run(listing(0, pending), decision(5, apig.ActionReceive, 200, ""), listing(20, accepted)), "no connection", []string{"answer-bare"}},
		"answer creating":           {answers, run(listing(0, pending), decision(5, apig.ActionReceive, 200, creates), listing(20, accepted)), "`creating`", []string{"answer-creating"}},
		"answer of no change":       {answers, run(listing(0, accepted), decision(5, apig.ActionReceive, 200, accepted), listing(20, accepted)), "", nil},
		"answer of what is ignored": {answers, run(listing(0, rejected), decision(5, apig.ActionReceive, 200, accepted), listing(20, rejected)), "", nil},
		"answer of a rejection":     {answers, run(listing(0, accepted), decision(5, apig.ActionReject, 200, accepted), listing(20, rejected)), "the status from before", []string{"answer-old"}},
		"answer of a repetition": {
			answers, run(listing(0, pending), decision(5, apig.ActionReceive, 500, ""), decision(20, apig.ActionReceive, 200, accepted), listing(40, accepted)), "", nil,
		},
		"a new status in the answer": {answers, run(listing(0, pending), decision(5, apig.ActionReceive, 200, "frozen"), listing(20, accepted)), "`frozen`", nil},
		"creating":                   {creating, run(listing(0, pending), decision(5, apig.ActionReceive, 200, ""), listing(20, creates), listing(30, accepted)), "seen", nil},
		"stale":                      {staleness, run(listing(0, pending), decision(5, apig.ActionReceive, 200, ""), listing(20, pending), listing(90, accepted)), "shows the status from before", []string{"stale"}},
		// Whether this one was answered before the decision or after it, nobody knows.
		"a listing that overlaps": {staleness, run(listing(0, pending), decision(5, apig.ActionReceive, 200, ""), listing(14, pending), listing(90, accepted)), "shows the decision", asFriendly},
		"stale second decision": {
			staleness, run(listing(0, accepted), decision(5, apig.ActionReject, 200, ""), listing(20, rejected),
				decision(30, apig.ActionReceive, 200, ""), listing(50, rejected), listing(90, accepted)), "shows the status from before", []string{"stale"},
		},
		"redecision not answered":  {redecision, evidence{redecide: refused(0, "", "")}, "", nil},
		"redecision throttled":     {redecision, evidence{redecide: refused(429, "APIGW.0308", "")}, "", nil},
		"redecision forbidden":     {redecision, evidence{redecide: refused(403, "APIC.7106", "")}, "", nil},
		"unknown by another code":  {unknown, evidence{alone: refused(409, "x", "")}, "refused", nil},
		"unknown beside another":   {unknown, evidence{alone: refused(404, "EndPoint.2006", ""), pair: works}, "refused alone, ignored beside another", nil},
		"unknown by 400":           {unknown, evidence{alone: refused(400, "APIC.7211", "")}, "refused", []string{"unknown-refused-400", "unknown-partial-400", "unknown-stops-400"}},
		"unknown by 404":           {unknown, evidence{alone: refused(404, "EndPoint.2006", "")}, "refused", unknownNames[plain404]},
		"unknown as invalid":       {unknown, evidence{alone: refused(400, "EndPoint.2013", "")}, "refused", []string{"unknown-invalid-400"}},
		"unknown, wrapped":         {unknown, evidence{alone: refused(500, "APIC.9007", "Failed: EndPoint.2013")}, "refused", unknownNames[wrapped]},
		"redecision wrapped":       {redecision, evidence{redecide: refused(500, "APIC.9007", "Failed: Endpoint.2014")}, "refused", []string{"redecide-refused-wrapped"}},
		"two by their code":        {two, evidence{alone: refused(400, "EndPoint.2013", ""), pair: refused(400, "Endpoint.2031", "")}, "refused", []string{"one-by-400"}},
		"two by a wrapped code":    {two, evidence{alone: refused(500, "APIC.9007", ""), pair: refused(500, "APIC.9007", "Failed: EndPoint.2031")}, "refused", []string{"one-by-wrapped"}},
		"two by another code":      {two, evidence{redecide: refused(500, "a", ""), alone: refused(500, "b", ""), pair: refused(500, "c", "")}, "refused", []string{"one-by-500"}},
		"two, or the unknown one":  {two, evidence{redecide: works, alone: refused(400, "a", ""), pair: refused(400, "a", "")}, "", nil},
		"two, one not answered":    {two, evidence{alone: works, pair: refused(0, "", "")}, "", nil},
		"rejected, not tried":      {finality, run(decision(0, apig.ActionReceive, 200, "")), "", nil},
		"rejected, then accepted":  {finality, evidence{spare: "s", again: 1, all: []exchange{listing(0, rejected), decision(1, apig.ActionReceive, 200, ""), listing(20, rejected), listing(30, accepted)}}, "works", asFriendly},
		"rejected, ignored":        {finality, evidence{spare: "s", again: 1, all: []exchange{listing(0, rejected), decision(1, apig.ActionReceive, 200, ""), listing(20, rejected)}}, "is ignored", []string{"rejected-ignored"}},
		"rejected, refused by 500": {finality, evidence{spare: "s", again: 1, all: []exchange{listing(0, rejected), decision(1, apig.ActionReceive, 500, ""), listing(20, rejected)}}, "is refused", []string{"rejected-refused"}},
	} {
		got := test.answer(test.seen)
		assert.Check(t, got.says == test.says && slices.Equal(got.names, test.names) && got.how != "", "%s: %+v, want %q %q", name, got, test.says, test.names)
	}
}

// The report uses the mock's names, so that they mean something to a reader.
func TestQuestions_names(t *testing.T) {
	t.Parallel()
	known := mockapig.Behaviors()
	for _, q := range questions {
		for _, name := range q.names {
			_, ok := known[name]
			assert.Check(t, ok, "%q: the mock has no %s; it has %q", q.about, name, slices.Sorted(maps.Keys(known)))
		}
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	for want, x := range map[string]*exchange{
		"no answer":                             refused(0, "", ""),
		"HTTP 200":                              refused(200, "", ""),
		"HTTP 400 EndPoint.2014":                refused(400, "EndPoint.2014", "it is accepted"),
		"HTTP 500 APIC.9007 with EndPoint.2014": refused(500, "APIC.9007", "Failed to execute VPCEP request: EndPoint.2014, of 1234"),
		"HTTP 500":                              refused(500, "a | b\x1b[1m", "\x1b"),
	} {
		assert.Check(t, is.Equal(outcome(x), want))
	}
}

func TestMustAccept(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		found, now endpoint.Status
		last       apig.Action
		want       bool
	}{
		{accepted, accepted, apig.ActionReceive, false},
		{accepted, accepted, apig.ActionReject, true}, // the listing may be older
		{accepted, rejected, apig.ActionReject, true},
		{accepted, rejected, apig.ActionReceive, true},
		{accepted, creates, apig.ActionReceive, false},
		{accepted, failed, apig.ActionReceive, true},
		{accepted, "", apig.ActionReject, true},
		{pending, pending, apig.ActionReceive, false},
		{pending, creates, apig.ActionReceive, false},
		{pending, failed, apig.ActionReceive, false},
		{pending, rejected, apig.ActionReject, true},
		{pending, rejected, apig.ActionReceive, true},
	} {
		assert.Check(t, is.Equal(mustAccept(test.found, test.now, test.last), test.want), "%+v", test)
	}
}

func TestLastDecision(t *testing.T) {
	t.Parallel()
	other := decision(0, apig.ActionReject, 200, "")
	other.Endpoints = []string{"o"}
	for name, test := range map[string]struct {
		calls []exchange
		want  apig.Action
	}{
		"none":         {[]exchange{listing(0, "accepted"), other}, ""},
		"the last":     {[]exchange{decision(0, apig.ActionReject, 200, ""), decision(0, apig.ActionReceive, 200, "")}, apig.ActionReceive},
		"a refused":    {[]exchange{decision(0, apig.ActionReject, 200, ""), decision(0, apig.ActionReceive, 400, "")}, apig.ActionReject},
		"a failed":     {[]exchange{decision(0, apig.ActionReceive, 200, ""), decision(0, apig.ActionReject, 500, "")}, apig.ActionReject},
		"not answered": {[]exchange{decision(0, apig.ActionReceive, 200, ""), decision(0, apig.ActionReject, 0, "")}, apig.ActionReject},
	} {
		assert.Check(t, is.Equal(lastDecision(test.calls, "s"), test.want), name)
	}
}
