// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import "time"

// RejectedFinal says what accepting a rejected connection does.
type RejectedFinal string

// The ways to treat the acceptance of a rejected connection.
const (
	FinalNever   RejectedFinal = ""        // it works
	FinalIgnored RejectedFinal = "ignored" // 200, and it stays rejected
	FinalRefused RejectedFinal = "refused" // 400 for the whole call, in which nothing is decided
)

// UnknownEndpoint says what a batch does that names an endpoint which is unknown or being deleted.
type UnknownEndpoint string

// The ways to treat an unknown endpoint.
const (
	UnknownIgnored UnknownEndpoint = ""        // the others are decided, 200
	UnknownRefused UnknownEndpoint = "refused" // UnknownError, and nothing is decided
	UnknownPartial UnknownEndpoint = "partial" // UnknownError, although the others are decided
)

// UnknownError is the error for an unknown endpoint, where there is one.
type UnknownError string

// The errors for an unknown endpoint.
const (
	UnknownInvalid  UnknownError = ""         // 400 APIC.7211
	UnknownNotFound UnknownError = "notFound" // 404 APIC.7314
	UnknownFailure  UnknownError = "failure"  // 500 APIC.9007
)

// Redecide says what deciding a connection does that is decided that way already.
type Redecide string

// The ways to treat a repeated decision.
const (
	RedecideWorks   Redecide = ""        // 200, and nothing changes
	RedecideRefused Redecide = "refused" // 400 for the whole call, in which nothing else is decided
)

// RejectCreating says what rejecting a connection does that is `creating`.
type RejectCreating string

// The ways to treat the rejection of a connection that is being created.
const (
	RejectCreatingWorks RejectCreating = ""     // it is rejected
	RejectCreatingBusy  RejectCreating = "busy" // 409 APIC.7701 for the whole call until it is accepted
)

// Answer says what the answer to a decision shows.
type Answer string

// The statuses that an answer to a decision can show.
const (
	AnswerFinal    Answer = ""         // the status that was asked for, reached or not
	AnswerCreating Answer = "creating" // `creating` for what is being accepted
	AnswerOld      Answer = "old"      // the status before the decision
	AnswerBare     Answer = "bare"     // no connections at all: {}
)

// IDFilter says what a listing does with its id parameter.
type IDFilter string

// The ways to filter by ID.
const (
	IDFilterExact   IDFilter = ""        // the connection of this ID
	IDFilterPrefix  IDFilter = "prefix"  // every connection whose ID begins so
	IDFilterIgnored IDFilter = "ignored" // every connection
)

// AddExisting says what adding a permission does that exists.
type AddExisting string

// The ways to treat an existing permission.
const (
	ExistingIgnored AddExisting = ""        // the others are added, 200
	ExistingRefused AddExisting = "refused" // 400, and nothing is added
)

// DeleteMissing says what deleting a permission does that does not exist, or is the owner's own.
type DeleteMissing string

// The ways to treat a missing permission.
const (
	MissingIgnored DeleteMissing = ""        // the others are deleted, 200
	MissingRefused DeleteMissing = "refused" // 400, and nothing is deleted
)

// RemovedPermission says what becomes of an account's connections when its permission is deleted.
type RemovedPermission string

// The ways to treat the connections of an account that may not ask any more.
const (
	RemovedKeeps   RemovedPermission = ""        // they stay as they are
	RemovedRejects RemovedPermission = "rejects" // they are rejected
)

// Behavior chooses among what the vendor does not document. The zero value is the friendliest choice of each.
type Behavior struct {
	RejectedFinal     RejectedFinal
	UnknownEndpoint   UnknownEndpoint
	UnknownError      UnknownError
	Redecide          Redecide
	RejectCreating    RejectCreating
	Answer            Answer
	AddExisting       AddExisting
	DeleteMissing     DeleteMissing
	RemovedPermission RemovedPermission
	// OmitTotal leaves size and total out of the answers.
	OmitTotal bool
	// StaleFor is how long listings show the status from before a decision after it took effect, and the permissions
	// from before a change.
	StaleFor time.Duration
	IDFilter IDFilter
	// MaxBatch is how many endpoints or permissions a call may name; zero means the documented 50.
	MaxBatch int
	// FailedKeepsUpdatedAt leaves updated_at as it was through an acceptance that ends as `failed`.
	FailedKeepsUpdatedAt bool
}

// documentedBatch is how many endpoints a call may name, by the vendor's reference.
const documentedBatch = 50

func (b Behavior) maxBatch() int {
	if b.MaxBatch == 0 {
		return documentedBatch
	}
	return b.MaxBatch
}

// shownStale is the StaleFor of the named behaviors: longer than a first poll, short enough for a test.
const shownStale = 500 * time.Millisecond

// Hostile is the most hostile combination in which success is still possible: a rejected connection can be accepted
// again and batches of 50 are taken, but a batch is answered with a server error although most of it was decided, a
// repetition of it is refused, answers and listings show what was, and the filter by ID filters nothing.
func Hostile() Behavior {
	return Behavior{
		UnknownEndpoint:      UnknownPartial,
		UnknownError:         UnknownFailure,
		Redecide:             RedecideRefused,
		RejectCreating:       RejectCreatingBusy,
		Answer:               AnswerOld,
		OmitTotal:            true,
		StaleFor:             shownStale,
		IDFilter:             IDFilterIgnored,
		AddExisting:          ExistingRefused,
		DeleteMissing:        MissingRefused,
		RemovedPermission:    RemovedRejects,
		FailedKeepsUpdatedAt: true,
	}
}

// Behaviors has each switch alone under a name of its own, "friendly" (none) and "hostile" (Hostile).
func Behaviors() map[string]Behavior {
	return map[string]Behavior{
		"friendly":                {},
		"hostile":                 Hostile(),
		"rejected-ignored":        {RejectedFinal: FinalIgnored},
		"rejected-refused":        {RejectedFinal: FinalRefused},
		"unknown-refused-400":     {UnknownEndpoint: UnknownRefused, UnknownError: UnknownInvalid},
		"unknown-refused-404":     {UnknownEndpoint: UnknownRefused, UnknownError: UnknownNotFound},
		"unknown-refused-500":     {UnknownEndpoint: UnknownRefused, UnknownError: UnknownFailure},
		"unknown-partial-400":     {UnknownEndpoint: UnknownPartial, UnknownError: UnknownInvalid},
		"unknown-partial-404":     {UnknownEndpoint: UnknownPartial, UnknownError: UnknownNotFound},
		"unknown-partial-500":     {UnknownEndpoint: UnknownPartial, UnknownError: UnknownFailure},
		"redecide-refused":        {Redecide: RedecideRefused},
		"reject-creating-busy":    {RejectCreating: RejectCreatingBusy},
		"answer-creating":         {Answer: AnswerCreating},
		"answer-old":              {Answer: AnswerOld},
		"answer-bare":             {Answer: AnswerBare},
		"omit-total":              {OmitTotal: true},
		"stale":                   {StaleFor: shownStale},
		"id-prefix":               {IDFilter: IDFilterPrefix},
		"id-ignored":              {IDFilter: IDFilterIgnored},
		"small-batch":             {MaxBatch: 20},
		"failed-keeps-updated-at": {FailedKeepsUpdatedAt: true},
		"add-existing-refused":    {AddExisting: ExistingRefused},
		"delete-missing-refused":  {DeleteMissing: MissingRefused},
		"removed-rejects":         {RemovedPermission: RemovedRejects},
	}
}
