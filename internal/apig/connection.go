// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
)

// Status is a connection's status. One that is not among Statuses passes through as the server gave it.
type Status string

// The statuses.
const (
	StatusPendingAcceptance Status = "pendingAcceptance"
	StatusCreating          Status = "creating"
	StatusAccepted          Status = "accepted"
	StatusRejected          Status = "rejected"
	StatusFailed            Status = "failed"
	StatusDeleting          Status = "deleting"
)

// Statuses are all that the API documents.
func Statuses() []Status {
	return []Status{StatusPendingAcceptance, StatusCreating, StatusAccepted, StatusRejected, StatusFailed, StatusDeleting}
}

// filterable tells whether the API can list by a status.
func (s Status) filterable() bool {
	return slices.Contains([]Status{StatusPendingAcceptance, StatusAccepted, StatusRejected, StatusFailed}, s)
}

// Action is the API's verb for a decision.
type Action string

// The actions.
const (
	ActionReceive Action = "receive"
	ActionReject  Action = "reject"
)

// Connection is what a VPC endpoint has with a gateway's endpoint service.
type Connection struct {
	ID        string `json:"id"`         // the VPC endpoint's ID; never empty
	MarkerID  int64  `json:"marker_id"`  // the platform's number for its packets
	DomainID  string `json:"domain_id"`  // the account that the endpoint belongs to
	Status    Status `json:"status"`     // one of Statuses, or a newer one
	CreatedAt string `json:"created_at"` // UTC, YYYY-MM-DDTHH:MM:SSZ, as the server wrote it
	UpdatedAt string `json:"updated_at"` // likewise
}

// UnmarshalJSON implements json.Unmarshaler: a connection that can't be named is an error.
func (c *Connection) UnmarshalJSON(data []byte) error {
	type plain Connection // without this method
	var decoded plain
	if err := json.Unmarshal(data, &decoded); err != nil {
		return err
	}
	if decoded.ID == "" {
		return errors.New("a connection without an ID")
	}
	*c = Connection(decoded)
	return nil
}

// listAnswer is the body of an answer to a listing.
type listAnswer struct {
	Connections connectionList `json:"connections"`
	Total       count          `json:"total"`
}

// UnmarshalJSON implements json.Unmarshaler: an answer without a list is none, unless it says that the list is empty.
// It must never be taken for "there are no connections".
func (a *listAnswer) UnmarshalJSON(data []byte) error {
	type plain listAnswer
	decoded := plain{Total: -1}
	if err := json.Unmarshal(data, &decoded); err != nil {
		return err
	}
	if !decoded.Connections.present && decoded.Total != 0 {
		return errors.New("a list without connections")
	}
	*a = listAnswer(decoded)
	return nil
}

// connectionList is a list that knows whether it was there: null is there, and empty.
type connectionList struct {
	items   []Connection
	present bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *connectionList) UnmarshalJSON(data []byte) error {
	l.present = true
	return json.Unmarshal(data, &l.items)
}

// count is a number of things, -1 when it isn't known: absent, null, negative, or no number at all.
type count int64

// UnmarshalJSON implements json.Unmarshaler. It takes a number in quotes too.
func (c *count) UnmarshalJSON(data []byte) error {
	*c = -1
	text := string(bytes.Trim(data, `"`))
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		*c = count(n)
	}
	return nil
}
