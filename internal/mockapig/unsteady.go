// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// Blink says when a gateway answers as if it were not there: a call that is struck gets 404, and does nothing.
type Blink struct {
	// First is how many calls are struck from the gateway's start on, as of one that was made a moment ago.
	First int
	// OneIn strikes one of so many of the later calls, at random, but never more than two one after the other.
	OneIn int
	// Method is GET or POST where only those are struck.
	Method string
	// Code is of the answer; where it is empty, each of the codes has its turn.
	Code string
}

// mostInARow is how many calls are struck at random one after the other.
const mostInARow = 2

// blinkCodes are those of a gateway that is not there.
var blinkCodes = []string{codeUnknownGateway, codeAbsentGateway, codeNoEndpointService}

// blinking is what a gateway has done so far.
type blinking struct {
	calls, struck, row int
	random             *rand.Rand
}

// strike gives the refusal of a call that is struck.
func (b *blinking) strike(how Blink, method string) *refusal {
	if how.Method != "" && how.Method != method {
		return nil
	}
	b.calls++
	if b.random == nil {
		b.random = rand.New(rand.NewPCG(1, 1)) //nolint:gosec // the same in each run
	}
	if b.calls > how.First && (how.OneIn == 0 || b.row == mostInARow || b.random.IntN(how.OneIn) > 0) {
		b.row = 0
		return nil
	}
	if b.calls > how.First {
		b.row++
	}
	code := cmp.Or(how.Code, blinkCodes[b.struck%len(blinkCodes)])
	b.struck++
	return absent(code)
}

// absent is the refusal of a call to a gateway that is not there, or has no endpoint service.
func absent(code string) *refusal {
	message := "The gateway does not exist"
	if code == codeNoEndpointService {
		message = "Endpoint service not found"
	}
	return &refusal{status: http.StatusNotFound, code: code, message: message}
}

// PasserBy is the account of the connections that come and go by themselves.
const PasserBy = "5a55e2b100000000000000005a55e2b1"

// passersBy is what a gateway knows of them.
type passersBy struct {
	here, leaving string // endpoint IDs, "" before the first ones
	since         time.Time
}

// pass lets the connections of PasserBy come and go: when the newest has stayed for long enough, it is `deleting`, the one
// before is gone, and another asks. That happens when somebody lists, so that who lists twice sees at most one of each.
func (s *Server) pass(g *gateway, now time.Time) {
	stay, p := s.config.Behavior.PassingFor, &g.passing
	if stay <= 0 || p.here != "" && now.Sub(p.since) < stay {
		return
	}
	if p.leaving != "" {
		g.remove(p.leaving)
	}
	if c := g.find(p.here, now); c != nil {
		c.put(StatusDeleting, now, 0)
	}
	s.passed++
	c, err := s.newConnection(Connection{ID: fmt.Sprintf("5a55e2b1-%04x-4000-8000-%012x", s.passed>>16, s.passed), DomainID: PasserBy}, now)
	if err != nil {
		return // a test has used the ID, and goes without
	}
	g.add(c)
	p.leaving, p.here, p.since = p.here, c.id, now
}
