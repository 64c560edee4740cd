// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"fmt"
	"slices"
	"time"
)

// What the outside world does to the gateways: consumers who come and leave, console users, the platform. The methods
// are for tests, and panic where a test names something that isn't there.

// Gateway is a dedicated gateway.
type Gateway struct {
	ID        string `json:"id"`
	ProjectID string `json:"project_id"`
	// NoEndpointService makes a gateway without an endpoint service: 404 APIC.7314.
	NoEndpointService bool `json:"no_endpoint_service,omitempty"`
	// NLB makes a gateway of a specification that lacks the calls: 412 APIG.3458.
	NLB bool `json:"nlb,omitempty"`
}

// AddGateway adds a gateway without connections.
func (s *Server) AddGateway(g Gateway) { s.locked(func() { s.gateways[g.ID] = newGateway(g) }) }

// RemoveGateway deletes a gateway with all its connections.
func (s *Server) RemoveGateway(id string) { s.locked(func() { delete(s.gateways, id) }) }

// at does something at a gateway under the lock, when the connections that are due have arrived.
func (s *Server) at(gatewayID string, do func(g *gateway, now time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gateways[gatewayID]
	if g == nil {
		return fmt.Errorf("no such gateway: %q", gatewayID)
	}
	now := time.Now()
	g.settle(now)
	return do(g, now)
}

// Connect lets a consumer ask for a connection. Only the ID must be given: without a status it is pending, without a
// marker it gets the next one, without a domain DefaultConsumer's, without times the present one. A connection put in
// as `creating` becomes accepted after Config.Creating, or never when that is zero. No ID can be used twice.
func (s *Server) Connect(gatewayID string, c Connection) { s.ConnectAfter(0, gatewayID, c) }

// ConnectAfter is Connect for a connection that the gateway lists only after a while.
func (s *Server) ConnectAfter(d time.Duration, gatewayID string, c Connection) {
	must(s.connect(d, gatewayID, c))
}

func (s *Server) connect(d time.Duration, gatewayID string, described Connection) error {
	return s.at(gatewayID, func(g *gateway, now time.Time) error {
		if d > 0 && described.CreatedAt != "" {
			return fmt.Errorf("endpoint %q: a connection that comes later is created when it comes", described.ID)
		}
		c, err := s.newConnection(described, now.Add(d))
		switch {
		case err != nil:
			return err
		case d > 0:
			g.expect(c)
		default:
			g.add(c)
		}
		return nil
	})
}

// Disconnect lets a consumer leave: the endpoint is gone from the listing for good.
func (s *Server) Disconnect(gatewayID, endpointID string) { must(s.disconnect(gatewayID, endpointID)) }

func (s *Server) disconnect(gatewayID, endpointID string) error {
	return s.at(gatewayID, func(g *gateway, _ time.Time) error {
		if !g.remove(endpointID) {
			return fmt.Errorf("gateway %q has no endpoint %q", gatewayID, endpointID)
		}
		return nil
	})
}

// SetStatus changes a connection as a console user or the platform does; for `creating`, see Connect.
func (s *Server) SetStatus(gatewayID, endpointID, status string) {
	must(s.setStatus(gatewayID, endpointID, status))
}

func (s *Server) setStatus(gatewayID, endpointID, status string) error {
	return s.at(gatewayID, func(g *gateway, now time.Time) error {
		c := g.find(endpointID, now)
		switch {
		case !slices.Contains(statuses, status):
			return fmt.Errorf("no such status: %q", status)
		case c == nil:
			return fmt.Errorf("gateway %q has no endpoint %q", gatewayID, endpointID)
		}
		c.put(status, now, s.config.Creating)
		return nil
	})
}

// FailAcceptance lets the next acceptances of an endpoint, which need not be there, end as `failed`; always at -1.
func (s *Server) FailAcceptance(gatewayID, endpointID string, times int) {
	must(s.failAcceptance(gatewayID, endpointID, times))
}

func (s *Server) failAcceptance(gatewayID, endpointID string, times int) error {
	return s.at(gatewayID, func(g *gateway, _ time.Time) error {
		g.failures[endpointID] = times
		return nil
	})
}

// RefuseEndpoint lets the next decisions of an endpoint, which need not be there, be refused; always at -1.
// Behavior.Batch and Behavior.Codes say what becomes of the others, and what the refusal looks like.
func (s *Server) RefuseEndpoint(gatewayID, endpointID string, times int) {
	must(s.refuseEndpoint(gatewayID, endpointID, times))
}

func (s *Server) refuseEndpoint(gatewayID, endpointID string, times int) error {
	return s.at(gatewayID, func(g *gateway, _ time.Time) error {
		g.refusals[endpointID] = times
		return nil
	})
}

// Connection gives the true state of one connection, however stale the listings are.
func (s *Server) Connection(gatewayID, endpointID string) (found Connection, there bool) {
	must(s.at(gatewayID, func(g *gateway, now time.Time) error {
		if c := g.find(endpointID, now); c != nil {
			found, there = c.show(c.now), true
		}
		return nil
	}))
	return found, there
}

// Connections gives the true state of all connections in the order in which they came.
func (s *Server) Connections(gatewayID string) []Connection {
	var all []Connection
	must(s.at(gatewayID, func(g *gateway, now time.Time) error {
		all = make([]Connection, len(g.order))
		for i, c := range g.order {
			c.settle(now)
			all[i] = c.show(c.now)
		}
		return nil
	}))
	return all
}

func must(err error) {
	if err != nil {
		panic("mockapig: " + err.Error())
	}
}
