// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"cmp"
	"time"
)

// RejectedFinal says what accepting a rejected connection does.
type RejectedFinal string

// UnknownEndpoint says what a call does about an endpoint that is unknown or being deleted.
type UnknownEndpoint string

// Batch says what becomes of the others in a call that is answered with the refusal of one endpoint.
type Batch string

// Answer says what the answer to a decision shows.
type Answer string

// IDFilter says what a listing does with its id parameter.
type IDFilter string

// What the gateway can do of each; the zero value is the friendliest.
const (
	FinalIgnored RejectedFinal = "ignored" // 200, and it stays rejected; else it works
	FinalRefused RejectedFinal = "refused" // it is refused

	UnknownRefused UnknownEndpoint = "refused" // it is refused as one that was not found; else the others are decided, 200
	UnknownInvalid UnknownEndpoint = "invalid" // it is refused as one that is no good, where VPCEP's codes tell the two apart

	BatchWhole   Batch = ""        // nothing is decided
	BatchPartial Batch = "partial" // all the others are decided
	BatchStops   Batch = "stops"   // those before the first one that is refused are decided

	AnswerCreating Answer = "creating" // `creating` for what is being accepted; else the status that was asked for, reached or not
	AnswerOld      Answer = "old"      // the status before the decision
	AnswerBare     Answer = "bare"     // no connections at all: {}

	IDFilterExact   IDFilter = ""        // the connection of this ID
	IDFilterPrefix  IDFilter = "prefix"  // every connection whose ID begins so
	IDFilterIgnored IDFilter = "ignored" // every connection
)

// Behavior chooses among what the vendor does not document. The zero value is the friendliest choice of each.
type Behavior struct {
	RejectedFinal   RejectedFinal
	UnknownEndpoint UnknownEndpoint
	// RedecideRefused refuses to decide a connection that is decided that way already. Else nothing changes, 200.
	RedecideRefused bool
	// RejectCreatingBusy refuses to reject a connection that is `creating`: 409 APIC.7701, or VPCEP's code.
	RejectCreatingBusy bool
	Batch              Batch
	// Codes is how a refusal to decide an endpoint comes.
	Codes  Codes
	Answer Answer
	// AddRefused refuses, with 400, to add permissions of which one exists. Else the others are added, 200.
	AddRefused bool
	// DeleteRefused refuses, with 400, to delete permissions if one is missing or the owner's. Else the others go, 200.
	DeleteRefused bool
	// RemovedRejects rejects the connections of an account whose permission is deleted.
	RemovedRejects bool
	// OmitTotal leaves size and total out of the answers.
	OmitTotal bool
	// StaleFor is how long listings show what was before a decision, or before a change of permissions, took effect.
	StaleFor time.Duration
	IDFilter IDFilter
	// MaxBatch is how many endpoints or permissions a call may name; zero means the documented 50, which is the most.
	MaxBatch int
	// TooMany is how the refusal of more than MaxBatch comes. More than the documented 50 are a wrong parameter in any case.
	TooMany Codes
	// NewestFirst lists in the order of arrival reversed: each arrival shifts the pages of a listing under way.
	NewestFirst bool
	// PassingFor has connections of PasserBy come and go: each stays for so long, and is being deleted as long again.
	PassingFor time.Duration
	// NoSTS is a region without the token service: its host does not resolve (Transport), or drops the connection.
	NoSTS bool
	// RejectingFor is how long a rejection takes to show any effect: until then the connection is as it was, and an
	// acceptance is lost in it. That is answered 200, or refused as decided already if RedecideRefused.
	RejectingFor time.Duration
	// AcceptingFor is how long an acceptance takes, likewise: a rejection is lost in it. Nothing is `creating` then.
	AcceptingFor time.Duration
	// LoseEvery answers every decision of that number with 200, and nothing ever comes of it. Each endpoint counts.
	LoseEvery int
	// FailedKeepsUpdatedAt leaves updated_at as it was through an acceptance that ends as `failed`.
	FailedKeepsUpdatedAt bool
	// Blink is when a gateway answers as if it were not there.
	Blink Blink
}

// documentedBatch is how many endpoints a call may name, by the vendor's reference.
const documentedBatch = 50

func (b Behavior) maxBatch() int { return cmp.Or(b.MaxBatch, documentedBatch) }
