// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"net/http"
	"time"
)

// decision is what came of one action call.
type decision struct {
	changed []string     // the endpoints whose status the call changed
	shown   []Connection // what the answer says of the endpoints that were found
}

// verdict says what an action does to one connection.
type verdict string

const (
	change          verdict = "change"
	keep            verdict = "keep"
	refuseRedecided verdict = "refuse: decided already"
	refuseFinal     verdict = "refuse: rejected for good"
	refuseBusy      verdict = "refuse: being created"
)

// judge says what an action does to a connection of this status.
func judge(status, verb string, b Behavior) verdict {
	accepting := verb == verbReceive
	switch {
	case accepting && (status == StatusAccepted || status == StatusCreating), !accepting && status == StatusRejected:
		if b.Redecide == RedecideRefused {
			return refuseRedecided
		}
		return keep
	case accepting && status == StatusRejected && b.RejectedFinal == FinalIgnored:
		return keep
	case accepting && status == StatusRejected && b.RejectedFinal == FinalRefused:
		return refuseFinal
	case !accepting && status == StatusCreating && b.RejectCreating == RejectCreatingBusy:
		return refuseBusy
	}
	return change
}

func (v verdict) refusal() *refusal {
	switch v {
	case refuseRedecided:
		return invalidEndpoints("an endpoint is in this status already")
	case refuseFinal:
		return invalidEndpoints("a rejected endpoint can not be accepted")
	case refuseBusy:
		return &refusal{status: http.StatusConflict, code: codeBusy, message: "Instance status conflict"}
	default:
		return nil
	}
}

// unknownRefusal is the error for an endpoint that isn't there.
func (b Behavior) unknownRefusal() *refusal {
	switch b.UnknownError {
	case UnknownNotFound:
		return &refusal{status: http.StatusNotFound, code: codeNoEndpointService, message: "Endpoint service not found"}
	case UnknownFailure:
		return &refusal{status: http.StatusInternalServerError, code: codeEndpointFailure, message: "Failed to execute VCPEP request"}
	default:
		return invalidEndpoints("an endpoint does not exist")
	}
}

// decide takes one action on all of its endpoints, or on none of them. Refusals don't name the endpoint to blame, as
// nobody promised that they do. The caller holds the lock.
func (s *Server) decide(g *gateway, asked action, now time.Time) (decision, *refusal) {
	b := s.config.Behavior
	var found []*connection
	for _, id := range asked.Endpoints {
		conn := g.find(id, now)
		if conn == nil || conn.now.status == StatusDeleting {
			continue
		}
		if refused := judge(conn.now.status, asked.Action, b).refusal(); refused != nil {
			return decision{}, refused
		}
		found = append(found, conn)
	}
	missing := len(found) < len(asked.Endpoints)
	if missing && b.UnknownEndpoint == UnknownRefused {
		return decision{}, b.unknownRefusal()
	}
	var done decision
	for _, conn := range found {
		before := conn.now
		changes := judge(before.status, asked.Action, b) == change
		if changes {
			s.act(g, conn, asked.Action, now)
			done.changed = append(done.changed, conn.id)
		}
		done.shown = append(done.shown, shown(conn, before, changes, asked.Action, b.Answer))
	}
	if missing && b.UnknownEndpoint == UnknownPartial {
		return done, b.unknownRefusal()
	}
	return done, nil
}

// act changes one connection.
func (s *Server) act(g *gateway, conn *connection, verb string, now time.Time) {
	conn.was, conn.stale = conn.now, now.Add(s.config.Behavior.StaleFor)
	if verb == verbReject {
		conn.change(StatusRejected, now, false)
		return
	}
	end, silent := StatusAccepted, false
	if g.takeFailure(conn.id) {
		end, silent = StatusFailed, s.config.Behavior.FailedKeepsUpdatedAt
	}
	if s.config.Creating <= 0 {
		conn.change(end, now, silent)
		return
	}
	conn.change(StatusCreating, now, silent)
	conn.next = transition{at: now.Add(s.config.Creating), status: end, silent: silent}
}

// shown is what the answer says of one connection.
func shown(conn *connection, before situation, changed bool, verb string, how Answer) Connection {
	now := conn.show(conn.now)
	switch {
	case how == AnswerOld:
		return conn.show(before)
	case !changed || verb == verbReject:
		return now
	case how == AnswerCreating:
		now.Status = StatusCreating
	default:
		now.Status = StatusAccepted
	}
	return now
}
