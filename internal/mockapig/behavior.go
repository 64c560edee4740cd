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
	FinalRefused RejectedFinal = "refused" // it is refused
)

// UnknownEndpoint says what a call does about an endpoint that is unknown or being deleted.
type UnknownEndpoint string

// The ways to treat an unknown endpoint.
const (
	UnknownIgnored UnknownEndpoint = ""        // the others are decided, 200
	UnknownRefused UnknownEndpoint = "refused" // it is refused as one that was not found
	UnknownInvalid UnknownEndpoint = "invalid" // it is refused as one that is no good, where VPCEP's codes tell the two apart
)

// Batch says what becomes of the others in a call that names an endpoint which is refused. The call is answered with
// that refusal, in any case.
type Batch string

// The ways to work through a call.
const (
	BatchWhole   Batch = ""        // nothing is decided
	BatchPartial Batch = "partial" // all the others are decided
	BatchStops   Batch = "stops"   // those before the first one that is refused are decided
)

// Redecide says what deciding a connection does that is decided that way already.
type Redecide string

// The ways to treat a repeated decision.
const (
	RedecideWorks   Redecide = ""        // 200, and nothing changes
	RedecideRefused Redecide = "refused" // it is refused
)

// RejectCreating says what rejecting a connection does that is `creating`.
type RejectCreating string

// The ways to treat the rejection of a connection that is being created.
const (
	RejectCreatingWorks RejectCreating = ""     // it is rejected
	RejectCreatingBusy  RejectCreating = "busy" // it is refused until it is accepted: 409 APIC.7701, or VPCEP's code
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
	RejectedFinal   RejectedFinal
	UnknownEndpoint UnknownEndpoint
	Redecide        Redecide
	RejectCreating  RejectCreating
	Batch           Batch
	// Codes is how a refusal to decide an endpoint comes.
	Codes             Codes
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
	// MaxBatch is how many endpoints or permissions a call may name; zero means the documented 50, which is the most.
	MaxBatch int
	// TooMany is how a call comes to be refused that names more than MaxBatch. More than the documented 50 are a wrong
	// parameter, whatever is chosen here.
	TooMany Codes
	// NewestFirst lists in the order of arrival reversed: each arrival shifts the pages of a listing under way.
	NewestFirst bool
	// PassingFor has connections of an account of its own, PasserBy, come and go by themselves: each stays for so long, and
	// is being deleted as long again. Zero has none.
	PassingFor time.Duration
	// NoSTS is a region without the token service: its host does not resolve (Transport), or drops the connection.
	NoSTS bool
	// RejectingFor is how long a rejection takes to show any effect: until then the connection is as it was, and an
	// acceptance is lost in it. That is answered 200, or refused as decided already, as Redecide has it.
	RejectingFor time.Duration
	// AcceptingFor is how long an acceptance takes, likewise: a rejection is lost in it. Nothing is `creating` then.
	AcceptingFor time.Duration
	// LoseEvery loses every decision of that number for good: it is answered 200, and nothing ever comes of it. They are
	// counted by endpoint and call; zero loses none.
	LoseEvery int
	// FailedKeepsUpdatedAt leaves updated_at as it was through an acceptance that ends as `failed`.
	FailedKeepsUpdatedAt bool
	// Blink is when a gateway answers as if it were not there.
	Blink Blink
}

// documentedBatch is how many endpoints a call may name, by the vendor's reference.
const documentedBatch = 50

func (b Behavior) maxBatch() int {
	if b.MaxBatch == 0 {
		return documentedBatch
	}
	return b.MaxBatch
}
