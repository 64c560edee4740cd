// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	defaultLimit = 20
	maxLimit     = 500
)

// query is what a listing asks for.
type query struct {
	offset, limit int
	filter        Filter
	marker        int64
}

// listing is the answer of both calls.
type listing struct {
	Size        *int         `json:"size,omitempty"`
	Total       *int         `json:"total,omitempty"`
	Connections []Connection `json:"connections"`
}

func (s *Server) listConnections(c *call) (answer, *refusal) {
	page, refused := s.list(c)
	if refused != nil {
		return answer{}, refused
	}
	return answer{status: http.StatusOK, body: encode(page)}, nil
}

// list collects one page. Without a filter that costs as much as the page is long, however long the list is.
func (s *Server) list(c *call) (listing, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	g, refused := s.admit(c, now)
	if refused != nil {
		return listing{}, refused
	}
	if len(c.body) > 0 {
		return listing{}, invalid(codeInvalidRequest, "the call takes no body")
	}
	q, refused := parseQuery(c.URL.RawQuery, (*query).set)
	if refused != nil {
		return listing{}, refused
	}
	s.pass(g, now)
	from := g.order
	if q.filter != (Filter{}) {
		from = s.filtered(g, q, now)
	}
	start := min(q.offset, len(from))
	end := min(start+q.limit, len(from))
	if s.config.Behavior.NewestFirst {
		start, end = len(from)-end, len(from)-start
	}
	page := make([]Connection, 0, end-start)
	for _, conn := range from[start:end] {
		conn.settle(now)
		page = append(page, conn.listed(now))
	}
	if s.config.Behavior.NewestFirst {
		slices.Reverse(page)
	}
	return s.totals(page, len(from)), nil
}

func (s *Server) filtered(g *gateway, q query, now time.Time) []*connection {
	var found []*connection
	for _, conn := range g.order {
		conn.settle(now)
		if q.admits(conn.listed(now), s.config.Behavior.IDFilter) {
			found = append(found, conn)
		}
	}
	return found
}

func (q query) admits(conn Connection, how IDFilter) bool {
	if q.filter.Status != "" && conn.Status != q.filter.Status || q.filter.MarkerID != "" && conn.MarkerID != q.marker {
		return false
	}
	switch {
	case q.filter.ID == "" || how == IDFilterIgnored:
		return true
	case how == IDFilterPrefix:
		return strings.HasPrefix(conn.ID, q.filter.ID)
	default:
		return conn.ID == q.filter.ID
	}
}

// totals makes the answer that holds some of all connections; the caller holds the lock.
func (s *Server) totals(some []Connection, all int) listing {
	if s.config.Behavior.OmitTotal {
		return listing{Connections: some}
	}
	size := len(some)
	return listing{Size: &size, Total: &all, Connections: some}
}

// parseQuery reads a listing's parameters. What it could read it gives even when it refuses the rest.
func parseQuery(raw string, set func(q *query, name, value string) bool) (query, *refusal) {
	q := query{limit: defaultLimit}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, invalid(codeInvalidRequest, "the query is malformed")
	}
	var refused *refusal
	for name, given := range values {
		if len(given) != 1 || !set(&q, name, given[0]) {
			refused = invalidParameter(name)
		}
	}
	return q, refused
}

// set takes one parameter; a parameter that the API does not have is refused too, since it can only be a mistake.
func (q *query) set(name, value string) bool {
	var err error
	switch name {
	case "offset":
		q.offset, err = strconv.Atoi(value)
		q.offset = max(q.offset, 0)
	case "limit":
		q.limit, err = strconv.Atoi(value)
		q.limit = min(q.limit, maxLimit)
		if q.limit <= 0 {
			q.limit = defaultLimit
		}
	case "id":
		q.filter.ID = value
	case "marker_id":
		q.filter.MarkerID = value
		q.marker, err = strconv.ParseInt(value, 10, 64)
	case "status":
		q.filter.Status = value
		return slices.Contains([]string{StatusPending, StatusAccepted, StatusRejected, StatusFailed}, value)
	default:
		return false
	}
	return err == nil
}

func (s *Server) acceptOrReject(c *call) (answer, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	g, refused := s.admit(c, now)
	if refused != nil {
		return answer{}, refused
	}
	if c.URL.RawQuery != "" {
		return answer{}, invalid(codeInvalidRequest, "the call takes no query parameters")
	}
	asked, refused := parseAction(c, s.config.Behavior)
	if refused != nil {
		return answer{}, refused
	}
	decided, refused := s.decide(g, asked, now)
	c.entry.Decided = decided.changed
	if refused != nil {
		return answer{}, refused
	}
	if s.config.Behavior.Answer == AnswerBare {
		return answer{status: http.StatusOK, body: encode(struct{}{})}, nil
	}
	return answer{status: http.StatusOK, body: encode(s.totals(decided.shown, len(decided.shown)))}, nil
}

// The API's verbs.
const (
	verbReceive = "receive"
	verbReject  = "reject"
)

// action is the body of the action call.
type action struct {
	Action    string   `json:"action"`
	Endpoints []string `json:"endpoints"`
}

// parseAction reads the body of the action call strictly.
func parseAction(c *call, b Behavior) (action, *refusal) {
	var asked action
	if refused := decodeStrictly(c, &asked); refused != nil {
		return action{}, refused
	}
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(c.body, &fields) // it was decoded once already
	for name := range fields {
		if name != "action" && name != "endpoints" { // encoding/json does not mind the case, the API may
			return action{}, invalidParameter(name)
		}
	}
	if asked.Action != verbReceive && asked.Action != verbReject {
		return action{}, invalidParameter("action")
	}
	if n := len(asked.Endpoints); n < 1 || n > documentedBatch {
		return action{}, invalidEndpoints(atMost("endpoints", documentedBatch))
	}
	seen := map[string]bool{}
	for _, id := range asked.Endpoints {
		if id == "" || seen[id] {
			return action{}, invalidEndpoints("an endpoint is empty or repeated")
		}
		seen[id] = true
	}
	if len(asked.Endpoints) > b.maxBatch() {
		return action{}, b.tooManyEndpoints()
	}
	return asked, nil
}

// atMost words the bounds of a call.
func atMost(what string, most int) string {
	return "the number of " + what + " must be 1 to " + strconv.Itoa(most)
}

func invalidEndpoints(why string) *refusal { return invalid(codeInvalidEndpoints, why) }

// readLoosely reads of the body what can be read, for the journal and for faults.
func readLoosely(body []byte) action {
	var asked action
	_ = json.Unmarshal(body, &asked) // what can't be read is refused where it matters
	return asked
}

// decodeStrictly reads a JSON body that must hold one value with known fields.
func decodeStrictly(c *call, into any) *refusal {
	if mediaType, _, err := mime.ParseMediaType(c.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return invalid(codeInvalidRequest, "the content type is not application/json")
	}
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return invalid(codeInvalidRequest, "the body is not the JSON that the call takes")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalid(codeInvalidRequest, "something follows the body's JSON")
	}
	return nil
}
