// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// filterable are the statuses that the API can list by.
var filterable = []endpoint.Status{endpoint.StatusPendingAcceptance, endpoint.StatusAccepted, endpoint.StatusRejected, endpoint.StatusFailed}

// Action is the API's verb for a decision.
type Action string

// The actions.
const (
	ActionReceive Action = "receive"
	ActionReject  Action = "reject"
)

var actions = map[endpoint.Decision]Action{endpoint.Accepted: ActionReceive, endpoint.Rejected: ActionReject}

// connection is an endpoint.Connection that is read from an answer.
type connection endpoint.Connection

// domain translates what an answer holds.
func domain(read []connection) []endpoint.Connection {
	all := make([]endpoint.Connection, len(read))
	for i, c := range read {
		all[i] = endpoint.Connection(c)
	}
	return all
}

// maxText is how many bytes an ID, a status or a time may have. Those of the platform have 36 at most.
const maxText = 255

// shown is how much of a text is shown that is none of these.
const shown = 60

// checkTexts refuses a thing that has a text which is not kept.
func checkTexts(what, name string, texts ...string) error {
	for _, text := range texts {
		switch {
		case rest.IsFit(text, maxText):
		case len(text) > maxText:
			return fmt.Errorf("%s %q has a text of %d bytes, and no more than %d are read", what, rest.Shown(name, shown), len(text), maxText)
		default:
			return fmt.Errorf("%s %q has characters that can't be shown: %q", what, rest.Shown(name, shown), text)
		}
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler: a connection that can't be named or has no status is an error, and so is
// one that would do things to a terminal.
func (c *connection) UnmarshalJSON(data []byte) error {
	var read struct {
		ID        string          `json:"id"`
		MarkerID  json.RawMessage `json:"marker_id"`
		DomainID  string          `json:"domain_id"`
		Status    endpoint.Status `json:"status"`
		CreatedAt string          `json:"created_at"`
		UpdatedAt string          `json:"updated_at"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	if read.ID == "" {
		return errors.New("a connection without an ID")
	}
	if read.Status == "" {
		return fmt.Errorf("connection %q has no status", rest.Shown(read.ID, shown))
	}
	if err := checkTexts("connection", read.ID, read.ID, read.DomainID, string(read.Status), read.CreatedAt, read.UpdatedAt); err != nil {
		return err
	}
	marker, ok := markerID(read.MarkerID)
	if !ok {
		return fmt.Errorf("connection %q has a marker_id that is no number", read.ID)
	}
	*c = connection{read.ID, marker, read.DomainID, read.Status, read.CreatedAt, read.UpdatedAt}
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
	Connections []connection `json:"connections"` // nil only when absent or null
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
