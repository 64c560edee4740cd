// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// Action is the API's verb for a decision.
type Action string

// The actions.
const (
	ActionReceive Action = "receive"
	ActionReject  Action = "reject"
)

var actions = map[endpoint.Decision]Action{endpoint.Accepted: ActionReceive, endpoint.Rejected: ActionReject}

// ConnectionFilter narrows a listing; what is empty does not.
type ConnectionFilter struct {
	ID string // one endpoint
}

// ConnectionPage is one answer to a listing of connections.
type ConnectionPage = Page[endpoint.Connection]

// ListConnections lists a gateway's connections (GET .../connections), in pages that are fetched as they are asked for. The last
// page may be empty; the listing of a gateway without connections is one empty page. After an error, which is or wraps a
// *rest.Error unless it is the endpoint function's, there is nothing more.
//
// The listing ends as the server's total says. Where there is none, or one that can't be true, it ends with a page that is not
// full. An empty page, or the endpoint that the filter asked for, ends it in any case. A listing that can't be true is an error of
// kind rest.KindUnreadable: one that is empty although its total isn't, and one for an endpoint that neither has it nor is fit to
// tell that it is absent. So is one with more than 100,000 connections or 1,000 pages.
func (c *Client) ListConnections(ctx context.Context, gw Gateway, f ConnectionFilter) iter.Seq2[ConnectionPage, error] {
	return pages(ctx, c, OperationList, gw, f.kind())
}

func (f ConnectionFilter) kind() kind[endpoint.Connection] {
	return kind[endpoint.Connection]{
		noun: "connection", plural: "connections", named: "endpoint", sought: f.ID,
		key:   func(c endpoint.Connection) string { return c.ID },
		state: func(c endpoint.Connection) string { return string(c.Status) },
		list:  func(a *listAnswer) []endpoint.Connection { return domain(a.Connections) },
	}
}

// AcceptOrReject decides 1 to MaxBatch different endpoints of a gateway in one call (POST .../connections/action). It gives what
// the answer says of them, which may be an older status, or nothing. An error is or wraps a *rest.Error.
func (c *Client) AcceptOrReject(ctx context.Context, gw Gateway, decision endpoint.Decision, endpoints []string) ([]endpoint.Connection, error) {
	req, err := c.request(OperationDecide, http.MethodPost, gw, "connections", "action")
	if err != nil {
		return nil, err
	}
	action, known := actions[decision]
	if !known {
		return nil, invalid(req, fmt.Errorf("%q is no action", string(decision)))
	}
	if err := checkBatch("endpoint", endpoints); err != nil {
		return nil, invalid(req, err)
	}
	req.Body = map[string]any{"action": action, "endpoints": endpoints}
	var answer struct {
		Connections []connection `json:"connections"`
	}
	if _, err := c.rest.Do(ctx, req, &answer); err != nil {
		return nil, err
	}
	return domain(answer.Connections), nil
}

// connection is an endpoint.Connection that is read from an answer.
type connection endpoint.Connection

func domain(read []connection) []endpoint.Connection {
	all := make([]endpoint.Connection, len(read))
	for i, c := range read {
		all[i] = endpoint.Connection(c)
	}
	return all
}

// UnmarshalJSON implements json.Unmarshaler. A connection without an ID or a status, or one that would do things to a terminal, is
// an error.
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

// markerID reads a whole number: of digits, in quotes or not, or in another form, such as 9.16e9. None is 0.
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
