// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
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

// maxText is how many bytes an ID, a status or a time may have. Those of the platform have 36 at most.
const maxText = 255

// shown is how much of a text is shown that is none of these.
const shown = 60

// unfit is the error of a thing that has a text which is not kept.
func unfit(what, name, text string) error {
	if len(text) > maxText {
		return fmt.Errorf("%s %q has a text of %d bytes, and no more than %d are read", what, rest.Shown(name, shown), len(text), maxText)
	}
	return fmt.Errorf("%s %q has characters that can't be shown: %q", what, rest.Shown(name, shown), text)
}

// UnmarshalJSON implements json.Unmarshaler: a connection that can't be named or has no status is an error, and so is
// one that would do things to a terminal.
func (c *Connection) UnmarshalJSON(data []byte) error {
	type plain Connection // without this method
	var decoded struct {
		plain
		MarkerID json.RawMessage `json:"marker_id"` // in place of the plain one
	}
	if err := json.Unmarshal(data, &decoded); err != nil {
		return err
	}
	if decoded.ID == "" {
		return errors.New("a connection without an ID")
	}
	if decoded.Status == "" {
		return fmt.Errorf("connection %q has no status", rest.Shown(decoded.ID, shown))
	}
	for _, text := range []string{decoded.ID, decoded.DomainID, string(decoded.Status), decoded.CreatedAt, decoded.UpdatedAt} {
		if !rest.IsFit(text, maxText) {
			return unfit("connection", decoded.ID, text)
		}
	}
	marker, ok := markerID(decoded.MarkerID)
	if !ok {
		return fmt.Errorf("connection %q has a marker_id that is no number", decoded.ID)
	}
	*c = Connection(decoded.plain)
	c.MarkerID = marker
	return nil
}

// markerID reads a number: of digits, in quotes or not, or one in another form, such as 9.16e9, if it is a whole one.
// None is 0.
func markerID(raw json.RawMessage) (id int64, ok bool) {
	text := string(raw)
	if text == "" || text == "null" {
		return 0, true
	}
	if quoted := strings.Trim(text, `"`); quoted != text {
		digits, err := strconv.ParseUint(quoted, 10, 63)
		return int64(digits), err == nil
	}
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return id, true
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number != math.Trunc(number) || math.Abs(number) > maxExact {
		return 0, false
	}
	return int64(number), true
}

// maxExact is up to where a float64 holds every whole number.
const maxExact = 1 << 53

// listAnswer is the body of an answer to a listing.
type listAnswer struct {
	Connections []Connection `json:"connections"` // nil only when absent or null
	Total       count        `json:"total"`
}

// UnmarshalJSON implements json.Unmarshaler: an answer without a list is none, unless its total says that there is none.
// It must never be taken for "there are no connections".
func (a *listAnswer) UnmarshalJSON(data []byte) error {
	type plain listAnswer
	decoded := plain{Total: -1}
	if err := json.Unmarshal(data, &decoded); err != nil {
		return err
	}
	if decoded.Connections == nil && decoded.Total != 0 {
		return errors.New("a list without connections")
	}
	*a = listAnswer(decoded)
	return nil
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
