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

// totals are how many a page has, and how many there are.
type totals struct {
	Size  *int `json:"size,omitempty"`
	Total *int `json:"total,omitempty"`
}

func (b Behavior) totals(size, total int) totals {
	if b.OmitTotal {
		return totals{}
	}
	return totals{&size, &total}
}

// listing is the answer of both calls.
type listing struct {
	totals
	Connections []Connection `json:"connections"`
}

// atGateway answers a caller's GET without a body, or POST without a query. The handler has the lock.
func atGateway(handle func(s *Server, c *call, g *gateway, now time.Time) (body any, refused *refusal)) handler {
	return func(s *Server, c *call) (answer, *refusal) {
		s.mu.Lock()
		defer s.mu.Unlock()
		now := time.Now()
		g, refused := s.admit(c, now)
		switch {
		case refused != nil:
			return answer{}, refused
		case c.Method == http.MethodGet && len(c.body) > 0:
			return answer{}, invalid(codeInvalidRequest, "the call takes no body")
		case c.Method == http.MethodPost && c.URL.RawQuery != "":
			return answer{}, invalid(codeInvalidRequest, "the call takes no query parameters")
		}
		body, refused := handle(s, c, g, now)
		if refused != nil {
			return answer{}, refused
		}
		return answer{status: http.StatusOK, body: encode(body)}, nil
	}
}

// listConnections gives one page. Without a filter that costs as much as the page is long, however long the list is.
func (s *Server) listConnections(c *call, g *gateway, now time.Time) (any, *refusal) {
	q, refused := parseQuery(c)
	if refused != nil {
		return nil, refused
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
	return listing{s.config.Behavior.totals(len(page), len(from)), page}, nil
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

// parameters are those of the listings; any other can only be a mistake.
var parameters = map[string][]string{
	OpListConnections: {"offset", "limit", "id", "marker_id", "status"},
	OpListPermissions: {"offset", "limit", "permission"},
}

// parseQuery reads a listing's parameters. What it could read it gives even when it refuses the rest.
func parseQuery(c *call) (query, *refusal) {
	q := query{limit: defaultLimit}
	values, err := url.ParseQuery(c.URL.RawQuery)
	if err != nil {
		return q, invalid(codeInvalidRequest, "the query is malformed")
	}
	var refused *refusal
	for name, given := range values {
		if len(given) != 1 || !slices.Contains(parameters[c.operation], name) || !q.set(name, given[0]) {
			refused = invalidParameter(name)
		}
	}
	return q, refused
}

// set takes one parameter.
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
	case "permission":
		q.filter.Permission = value
	}
	return err == nil
}

func (s *Server) acceptOrReject(c *call, g *gateway, now time.Time) (any, *refusal) {
	b := s.config.Behavior
	asked, refused := parseAction(c, b)
	if refused != nil {
		return nil, refused
	}
	decided, refused := s.decide(g, asked, now)
	c.entry.Decided = decided.changed
	if b.Answer == AnswerBare {
		return struct{}{}, refused
	}
	return listing{b.totals(len(decided.shown), len(decided.shown)), decided.shown}, refused
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
func parseAction(c *call, b Behavior) (asked action, refused *refusal) {
	if refused := decodeStrictly(c, &asked, "action", "endpoints"); refused != nil {
		return action{}, refused
	}
	if asked.Action != verbReceive && asked.Action != verbReject {
		return action{}, invalidParameter("action")
	}
	switch n := len(asked.Endpoints); {
	case n < 1 || n > documentedBatch:
		return action{}, invalidEndpoints(atMost("endpoints", documentedBatch))
	case !eachOnce(asked.Endpoints, func(id string) bool { return id != "" }):
		return action{}, invalidEndpoints("an endpoint is empty or repeated")
	case n > b.maxBatch():
		return action{}, b.tooManyEndpoints()
	}
	return asked, nil
}

// eachOnce tells whether all are good and none is there twice.
func eachOnce(all []string, good func(string) bool) bool {
	seen := map[string]bool{}
	for _, one := range all {
		if !good(one) || seen[one] {
			return false
		}
		seen[one] = true
	}
	return true
}

// atMost words the bounds of a call.
func atMost(what string, most int) string {
	return "the number of " + what + " must be 1 to " + strconv.Itoa(most)
}

func invalidEndpoints(why string) *refusal { return invalid(codeInvalidEndpoints, why) }

// decodeStrictly reads a JSON body that must hold one value with known fields. Of the fields that are named here the case
// matters too, which encoding/json does not mind and the API may.
func decodeStrictly(c *call, into any, fields ...string) *refusal {
	if mediaType, _, err := mime.ParseMediaType(c.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return invalid(codeInvalidRequest, "the content type is not application/json")
	}
	if err := decodeOne(bytes.NewReader(c.body), into); err != nil {
		return invalid(codeInvalidRequest, "the body is not the JSON that the call takes")
	}
	var given map[string]json.RawMessage
	_ = json.Unmarshal(c.body, &given) // it was decoded once already
	for name := range given {
		if len(fields) > 0 && !slices.Contains(fields, name) {
			return invalidParameter(name)
		}
	}
	return nil
}

// decodeOne reads one JSON value with known fields, which nothing follows.
func decodeOne(r io.Reader, into any) error {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON")
	}
	return nil
}
