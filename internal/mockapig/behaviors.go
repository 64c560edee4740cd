// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"net/http"
	"time"
)

// shownStale is the StaleFor of the named behaviors: longer than a first poll, short enough for a test.
const shownStale = 500 * time.Millisecond

// passesIn is the PassingFor of the named behaviors: shorter than it takes from a plan to its apply, longer than a listing.
const passesIn = 200 * time.Millisecond

// takesItsTime is how long a decision takes to show any effect in the named behaviors.
const takesItsTime = 700 * time.Millisecond

// Hostile is the most hostile combination in which success is still possible and batches of 50 are taken: a rejected
// connection can be accepted again, but a batch is answered with a server error that tells nothing although most of it
// was decided, a repetition of it is refused, answers and listings show what was, and the filter by ID filters nothing.
func Hostile() Behavior {
	return Behavior{
		UnknownEndpoint:      UnknownRefused,
		RedecideRefused:      true,
		RejectCreatingBusy:   true,
		Batch:                BatchPartial,
		Codes:                CodesBare,
		Answer:               AnswerOld,
		OmitTotal:            true,
		StaleFor:             shownStale,
		IDFilter:             IDFilterIgnored,
		AddRefused:           true,
		DeleteRefused:        true,
		RemovedRejects:       true,
		FailedKeepsUpdatedAt: true,
	}
}

// HostileOne is Hostile as VPCEP is by its documentation: a call takes one endpoint, more are answered with a server
// error that tells nothing, VPCEP's other refusals are quoted in one, and listings begin with the newest.
func HostileOne() Behavior {
	b := Hostile()
	b.MaxBatch, b.TooMany = 1, CodesBare
	b.Batch = BatchStops
	b.Codes = CodesWrapped
	b.NewestFirst = true
	return b
}

// HostileMost is HostileOne with a gateway that blinks, decisions that take time, and connections that come and go.
func HostileMost() Behavior {
	b := HostileOne()
	b.Blink = Blink{OneIn: 5}
	b.RejectingFor, b.AcceptingFor = takesItsTime, takesItsTime
	b.PassingFor = passesIn
	return b
}

// Behaviors has each switch alone and the hostile combinations, by name. A status at a name's end is that of the
// refusal; "wrapped" is a 500 that quotes VPCEP's code.
func Behaviors() map[string]Behavior {
	return map[string]Behavior{
		"friendly":     {},
		"hostile":      Hostile(),
		"hostile-one":  HostileOne(),
		"hostile-most": HostileMost(),

		"rejected-ignored": {RejectedFinal: FinalIgnored},
		"rejected-refused": {RejectedFinal: FinalRefused},

		"unknown-refused-400":     {UnknownEndpoint: UnknownRefused},
		"unknown-refused-404":     {UnknownEndpoint: UnknownRefused, Codes: CodesPlain},
		"unknown-refused-500":     {UnknownEndpoint: UnknownRefused, Codes: CodesBare},
		"unknown-refused-wrapped": {UnknownEndpoint: UnknownRefused, Codes: CodesWrapped},
		"unknown-invalid-400":     {UnknownEndpoint: UnknownInvalid, Codes: CodesPlain},
		"unknown-partial-400":     {UnknownEndpoint: UnknownRefused, Batch: BatchPartial},
		"unknown-partial-404":     {UnknownEndpoint: UnknownRefused, Batch: BatchPartial, Codes: CodesPlain},
		"unknown-partial-500":     {UnknownEndpoint: UnknownRefused, Batch: BatchPartial, Codes: CodesBare},
		"unknown-partial-wrapped": {UnknownEndpoint: UnknownRefused, Batch: BatchPartial, Codes: CodesWrapped},
		"unknown-stops-400":       {UnknownEndpoint: UnknownRefused, Batch: BatchStops},
		"unknown-stops-404":       {UnknownEndpoint: UnknownRefused, Batch: BatchStops, Codes: CodesPlain},
		"unknown-stops-500":       {UnknownEndpoint: UnknownRefused, Batch: BatchStops, Codes: CodesBare},
		"unknown-stops-wrapped":   {UnknownEndpoint: UnknownRefused, Batch: BatchStops, Codes: CodesWrapped},

		"redecide-refused":             {RedecideRefused: true},
		"redecide-refused-400":         {RedecideRefused: true, Codes: CodesPlain},
		"redecide-refused-500":         {RedecideRefused: true, Codes: CodesBare},
		"redecide-refused-wrapped":     {RedecideRefused: true, Codes: CodesWrapped},
		"reject-creating-busy":         {RejectCreatingBusy: true},
		"reject-creating-busy-400":     {RejectCreatingBusy: true, Codes: CodesPlain},
		"reject-creating-busy-500":     {RejectCreatingBusy: true, Codes: CodesBare},
		"reject-creating-busy-wrapped": {RejectCreatingBusy: true, Codes: CodesWrapped},

		"small-batch":    {MaxBatch: 20},
		"one-by-400":     {MaxBatch: 1, TooMany: CodesPlain},
		"one-by-500":     {MaxBatch: 1, TooMany: CodesBare},
		"one-by-wrapped": {MaxBatch: 1, TooMany: CodesWrapped},
		"ten-by-500":     {MaxBatch: 10, TooMany: CodesBare},

		"answer-creating":         {Answer: AnswerCreating},
		"answer-old":              {Answer: AnswerOld},
		"answer-bare":             {Answer: AnswerBare},
		"omit-total":              {OmitTotal: true},
		"stale":                   {StaleFor: shownStale},
		"newest-first":            {NewestFirst: true},
		"come-and-go":             {PassingFor: passesIn},
		"id-prefix":               {IDFilter: IDFilterPrefix},
		"id-ignored":              {IDFilter: IDFilterIgnored},
		"failed-keeps-updated-at": {FailedKeepsUpdatedAt: true},

		"slow-reject":             {RejectingFor: takesItsTime},
		"slow-reject-refused":     {RejectingFor: takesItsTime, RedecideRefused: true},
		"slow-reject-refused-400": {RejectingFor: takesItsTime, RedecideRefused: true, Codes: CodesPlain},
		"slow-accept":             {AcceptingFor: takesItsTime},
		"slow-accept-refused-400": {AcceptingFor: takesItsTime, RedecideRefused: true, Codes: CodesPlain},

		"add-existing-refused":   {AddRefused: true},
		"delete-missing-refused": {DeleteRefused: true},
		"removed-rejects":        {RemovedRejects: true},

		"gone-at-start":  {Blink: Blink{First: 6, Method: http.MethodGet, Code: codeUnknownGateway}},
		"gone-at-random": {Blink: Blink{OneIn: 3}},

		"no-sts": {NoSTS: true},
	}
}
