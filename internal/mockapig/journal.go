// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"encoding/json"
	"time"
)

// Call is what the journal keeps of one request. It has no header and no body, and so no secret.
type Call struct {
	Number    int       `json:"number"`    // from 1 on, in the order of arrival; goes on through ResetJournal
	At        time.Time `json:"at"`        // of arrival
	Operation string    `json:"operation"` // empty for a path or method that the API does not have
	Method    string    `json:"method"`
	Path      string    `json:"path"` // escaped, as it was sent
	Query     string    `json:"query,omitempty"`
	Action    string    `json:"action,omitempty"`
	Endpoints []string  `json:"endpoints,omitempty"`
	// Permissions are those that a call adds or deletes.
	Permissions []string `json:"permissions,omitempty"`
	// Decided are the endpoints whose status the call changed, whatever its answer was.
	Decided []string `json:"decided,omitempty"`
	// Offset and Limit are those of a listing, with the defaults filled in and out of bounds values corrected.
	Offset int    `json:"offset,omitempty"`
	Limit  int    `json:"limit,omitempty"`
	Filter Filter `json:"filter,omitzero"`
	// Status is the HTTP status of the answer; 0 when none was sent: not yet, or never.
	Status int    `json:"status"`
	Code   string `json:"code,omitempty"` // the error code
	// Cause is VPCEP's code, EndPoint.*, where a refusal of its own is behind the answer, whether or not that shows it.
	Cause     string `json:"cause,omitempty"`
	RequestID string `json:"request_id"`
}

// Filter is what a listing filters by; empty strings filter nothing.
type Filter struct {
	ID       string `json:"id,omitempty"`
	MarkerID string `json:"marker_id,omitempty"`
	Status   string `json:"status,omitempty"`
	// Permission is the filter of a listing of permissions.
	Permission string `json:"permission,omitempty"`
}

// Journal gives all calls since the last reset in the order of their arrival, those still being served included.
func (s *Server) Journal() []Call { return s.journalSince(0) }

// journalSince gives the calls numbered above n.
func (s *Server) journalSince(n int) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := make([]Call, 0, len(s.journal))
	for _, entry := range s.journal {
		if entry.Number > n {
			// The lists are never written to again once they are set.
			calls = append(calls, *entry)
		}
	}
	return calls
}

// ResetJournal forgets all calls.
func (s *Server) ResetJournal() { s.locked(func() { s.journal = nil }) }

// Count gives the number of calls of an operation since the last reset.
func (s *Server) Count(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, entry := range s.journal {
		if entry.Operation == operation {
			n++
		}
	}
	return n
}

// record enters a call that has arrived.
func (s *Server) record(c *call) {
	entry := &Call{
		At: time.Now(), Operation: c.operation, Method: c.Method, Path: c.URL.EscapedPath(), Query: c.URL.RawQuery,
		RequestID: c.requestID,
	}
	// What can't be read is the handler's to refuse.
	switch c.operation {
	case OpListConnections, OpListPermissions:
		q, _ := parseQuery(c)
		entry.Offset, entry.Limit, entry.Filter = q.offset, q.limit, q.filter
	case OpAcceptOrReject, OpAddPermissions, OpDeletePermissions:
		var asked struct {
			action
			permissionList
		}
		_ = json.Unmarshal(c.body, &asked)
		entry.Action, entry.Endpoints, entry.Permissions = asked.Action, asked.Endpoints, asked.Permissions
	}
	c.entry = entry
	s.locked(func() {
		s.calls++
		entry.Number = s.calls
		s.journal = append(s.journal, entry)
	})
}

// conclude enters how a call ended, before the answer is sent: a client that has its answer finds it in the journal.
func (s *Server) conclude(c *call, reply answer, end ending) {
	if end != dropped {
		s.locked(func() { c.entry.Status, c.entry.Code, c.entry.Cause = reply.status, reply.code, reply.cause })
	}
}
