// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"fmt"
	"time"
)

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
