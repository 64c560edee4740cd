// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"fmt"
	"time"
)

// This file has what the outside world does to the gateways: consumers who come and leave, console users, the platform.
// The methods are for tests, so that they panic where a test names something that isn't there.

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
func (s *Server) AddGateway(g Gateway) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateways[g.ID] = newGateway(g)
}

// RemoveGateway deletes a gateway with all its connections.
func (s *Server) RemoveGateway(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.gateways, id)
}

// Connect lets a consumer ask for a connection. Only the ID must be given: without a status it is pending, without a
// marker it gets the next one, without a domain DefaultConsumer's, without times the present one. A connection put in
// as `creating` becomes accepted after Config.Creating, or never when that is zero. Connect panics for an ID that was
// ever used before.
func (s *Server) Connect(gatewayID string, c Connection) {
	s.ConnectAfter(0, gatewayID, c)
}

// ConnectAfter is Connect for a connection that the gateway lists only after a while.
func (s *Server) ConnectAfter(d time.Duration, gatewayID string, c Connection) {
	must(s.connect(d, gatewayID, c))
}

func (s *Server) connect(d time.Duration, gatewayID string, described Connection) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.gateway(gatewayID)
	if err != nil {
		return err
	}
	now := time.Now()
	g.settle(now)
	if d <= 0 {
		c, err := s.newConnection(described, now)
		if err == nil {
			g.add(c)
		}
		return err
	}
	if described.CreatedAt != "" {
		return fmt.Errorf("endpoint %q: a connection that comes later is created when it comes", described.ID)
	}
	c, err := s.newConnection(described, now.Add(d))
	if err == nil {
		g.expect(c)
	}
	return err
}

// Disconnect lets a consumer leave: the endpoint is gone from the listing for good.
func (s *Server) Disconnect(gatewayID, endpointID string) {
	must(s.disconnect(gatewayID, endpointID))
}

func (s *Server) disconnect(gatewayID, endpointID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.gateway(gatewayID)
	if err != nil {
		return err
	}
	if !g.remove(endpointID) {
		return fmt.Errorf("gateway %q has no endpoint %q", gatewayID, endpointID)
	}
	return nil
}

// SetStatus changes a connection as a console user or the platform does. One that is set to `creating` becomes
// accepted after Config.Creating, or never when that is zero.
func (s *Server) SetStatus(gatewayID, endpointID, status string) {
	must(s.setStatus(gatewayID, endpointID, status))
}

func (s *Server) setStatus(gatewayID, endpointID, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.gateway(gatewayID)
	if err != nil {
		return err
	}
	if !isStatus(status) {
		return fmt.Errorf("no such status: %q", status)
	}
	now := time.Now()
	c := g.find(endpointID, now)
	if c == nil {
		return fmt.Errorf("gateway %q has no endpoint %q", gatewayID, endpointID)
	}
	c.put(status, now, s.config.Creating)
	return nil
}

// FailAcceptance lets the next acceptances of an endpoint end as `failed`: so many times, or always at -1. The endpoint
// need not be there yet.
func (s *Server) FailAcceptance(gatewayID, endpointID string, times int) {
	must(s.failAcceptance(gatewayID, endpointID, times))
}

func (s *Server) failAcceptance(gatewayID, endpointID string, times int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.gateway(gatewayID)
	if err != nil {
		return err
	}
	g.failures[endpointID] = times
	return nil
}

// RefuseEndpoint lets the next decisions of an endpoint be refused, whatever its status: so many times, or always at
// -1. What becomes of the others in such a call is Behavior.Batch's to say, and what the refusal looks like
// Behavior.Codes's. The endpoint need not be there yet.
func (s *Server) RefuseEndpoint(gatewayID, endpointID string, times int) {
	must(s.refuseEndpoint(gatewayID, endpointID, times))
}

func (s *Server) refuseEndpoint(gatewayID, endpointID string, times int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.gateway(gatewayID)
	if err != nil {
		return err
	}
	g.refusals[endpointID] = times
	return nil
}

// Connection gives the true state of one connection, however stale the listings are.
func (s *Server) Connection(gatewayID, endpointID string) (Connection, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.gateway(gatewayID)
	must(err)
	c := g.find(endpointID, time.Now())
	if c == nil {
		return Connection{}, false
	}
	return c.show(c.now), true
}

// Connections gives the true state of all connections in the order in which they came.
func (s *Server) Connections(gatewayID string) []Connection {
	all, err := s.connections(gatewayID)
	must(err)
	return all
}

func (s *Server) connections(gatewayID string) ([]Connection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.gateway(gatewayID)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	g.settle(now)
	all := make([]Connection, 0, len(g.order))
	for _, c := range g.order {
		c.settle(now)
		all = append(all, c.show(c.now))
	}
	return all, nil
}

// gateway finds a gateway; the caller holds the lock.
func (s *Server) gateway(id string) (*gateway, error) {
	g := s.gateways[id]
	if g == nil {
		return nil, fmt.Errorf("no such gateway: %q", id)
	}
	return g, nil
}

func must(err error) {
	if err != nil {
		panic("mockapig: " + err.Error())
	}
}
