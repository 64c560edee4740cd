// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import "time"

// decision is what came of one action call.
type decision struct {
	changed []string     // the endpoints whose status the call changed
	shown   []Connection // what the answer says of the endpoints that were found
}

// verdict says what an action does to one connection.
type verdict string

const (
	change         verdict = "change"
	keep           verdict = "keep"
	skip           verdict = "skip"
	refuseUnknown  verdict = "refuse: does not exist"
	refuseInvalid  verdict = "refuse: does not exist, by another code"
	refuseDeleting verdict = "refuse: being deleted"
	refuseDecided  verdict = "refuse: decided already"
	refuseOnItsWay verdict = "refuse: decided already, and being created"
	refuseFinal    verdict = "refuse: rejected for good"
	refuseBusy     verdict = "refuse: being created"
	refuseForGood  verdict = "refuse: told to"
)

// judge says what an action does to a connection of this status; "" is that of one that isn't there.
func judge(status, verb string, b Behavior) verdict {
	accepting := verb == verbReceive
	switch {
	case status == "" || status == StatusDeleting:
		return b.judgeAbsent(status)
	case accepting && (status == StatusAccepted || status == StatusCreating), !accepting && status == StatusRejected:
		switch {
		case !b.RedecideRefused:
			return keep
		case status == StatusCreating:
			return refuseOnItsWay
		}
		return refuseDecided
	case accepting && status == StatusRejected && b.RejectedFinal == FinalIgnored:
		return keep
	case accepting && status == StatusRejected && b.RejectedFinal == FinalRefused:
		return refuseFinal
	case !accepting && status == StatusCreating && b.RejectCreatingBusy:
		return refuseBusy
	}
	return change
}

// judgeSlow says what an action does to a connection while a decision on it is under way.
func judgeSlow(underWay, verb string, b Behavior) verdict {
	if verb != underWay && b.RedecideRefused {
		return refuseDecided
	}
	return keep
}

// loses counts a decision, and tells whether it is lost.
func (s *Server) loses() bool {
	s.decided++
	every := s.config.Behavior.LoseEvery
	return every > 0 && s.decided%every == 0
}

// judgeAbsent judges an endpoint that isn't there, or not for long.
func (b Behavior) judgeAbsent(status string) verdict {
	switch {
	case b.UnknownEndpoint == "":
		return skip
	case status == StatusDeleting:
		return refuseDeleting
	case b.UnknownEndpoint == UnknownInvalid:
		return refuseInvalid
	}
	return refuseUnknown
}

// judged is a connection and what is to be done about it.
type judged struct {
	*connection
	changes bool
}

// decide takes one action on its endpoints: on all of them, or on those that Behavior.Batch leaves where some are
// refused. Refusals don't name the endpoint to blame, as nobody promised that they do. The caller holds the lock.
func (s *Server) decide(g *gateway, asked action, now time.Time) (decision, *refusal) {
	good, refused := s.judgeAll(g, asked, now)
	if refused != nil && s.config.Behavior.Batch == BatchWhole {
		return decision{}, refused
	}
	var done decision
	for _, conn := range good {
		before := conn.now
		if conn.changes && !s.loses() {
			s.act(g, conn.connection, asked.Action, now)
			done.changed = append(done.changed, conn.id)
		}
		done.shown = append(done.shown, shown(conn.connection, before, conn.changes, asked.Action, s.config.Behavior.Answer))
	}
	return done, refused
}

// judgeAll gives the endpoints that nothing speaks against, and the refusal of the first one that is refused.
func (s *Server) judgeAll(g *gateway, asked action, now time.Time) (good []judged, first *refusal) {
	b := s.config.Behavior
	for _, id := range asked.Endpoints {
		conn, status := g.find(id, now), ""
		if conn != nil {
			status = conn.now.status
		}
		what := judge(status, asked.Action, b)
		if conn != nil && status != StatusDeleting && conn.next.verb != "" {
			what = judgeSlow(conn.next.verb, asked.Action, b)
		}
		if status != "" && g.refusals.take(id) {
			what = refuseForGood
		}
		refused := what.refusal(b.Codes)
		switch {
		case refused == nil && what != skip:
			good = append(good, judged{connection: conn, changes: what == change})
		case refused != nil && b.Batch == BatchStops:
			return good, refused
		case refused != nil && first == nil:
			first = refused
		}
	}
	return good, first
}

// act changes one connection.
func (s *Server) act(g *gateway, conn *connection, verb string, now time.Time) {
	b := s.config.Behavior
	if verb == verbReject {
		conn.decide(transition{at: now.Add(b.RejectingFor), status: StatusRejected, verb: verb, stale: b.StaleFor}, now)
		return
	}
	end, silent := StatusAccepted, false
	if g.failures.take(conn.id) {
		end, silent = StatusFailed, s.config.Behavior.FailedKeepsUpdatedAt
	}
	if b.AcceptingFor > 0 || s.config.Creating <= 0 {
		conn.decide(transition{at: now.Add(b.AcceptingFor), status: end, silent: silent, verb: verb, stale: b.StaleFor}, now)
		return
	}
	conn.lag(now, b.StaleFor)
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
