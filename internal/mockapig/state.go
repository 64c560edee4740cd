// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The statuses of a connection.
const (
	StatusPending  = "pendingAcceptance"
	StatusCreating = "creating"
	StatusAccepted = "accepted"
	StatusRejected = "rejected"
	StatusFailed   = "failed"
	StatusDeleting = "deleting"
)

var statuses = []string{StatusPending, StatusCreating, StatusAccepted, StatusRejected, StatusFailed, StatusDeleting}

// timeFormat is the API's form of a time, in UTC.
const timeFormat = "2006-01-02T15:04:05Z"

// firstMarker is the marker ID of the first connection that comes without one: the vendor's example.
const firstMarker = 167792784

// givenIDs are those that are never given again.
type givenIDs struct {
	used    map[string]bool // every endpoint ID ever connected
	marker  int64           // where to look for the next free marker ID
	markers map[int64]bool  // every marker ID ever given
}

// DefaultConsumer is the account of a connection that comes without one.
const DefaultConsumer = "c90f12a0f1ee43bc90a1f4d17bce35bc"

// Connection is a consumer's VPC endpoint at a gateway, in the form of the API.
type Connection struct {
	ID        string `json:"id"`
	MarkerID  int64  `json:"marker_id"`
	CreatedAt string `json:"created_at"` // YYYY-MM-DDTHH:MM:SSZ
	UpdatedAt string `json:"updated_at"` // YYYY-MM-DDTHH:MM:SSZ
	DomainID  string `json:"domain_id"`
	Status    string `json:"status"`
}

// connection is the mock's own record of one. Its transitions happen when somebody looks.
type connection struct {
	id      string
	marker  int64
	domain  string
	created time.Time
	now     situation
	next    transition // nothing to come when its time is zero
	was     situation  // what listings show until staleUntil
	stale   time.Time
}

// situation is what changes about a connection.
type situation struct {
	status  string
	updated time.Time
}

// transition is a change that will come by itself.
type transition struct {
	at     time.Time
	status string
	silent bool // leaves updated_at alone
	// verb is that of a decision which takes its time, and stale for how long listings show what was before it after that.
	verb  string
	stale time.Duration
}

// settle lets happen what is due by now.
func (c *connection) settle(now time.Time) {
	if c.next.at.IsZero() || now.Before(c.next.at) {
		return
	}
	due := c.next
	c.next = transition{}
	if due.verb != "" {
		c.lag(due.at, due.stale)
	}
	c.change(due.status, due.at, due.silent)
}

// decide lets a decision take effect at its time.
func (c *connection) decide(d transition, now time.Time) {
	c.next = d
	c.settle(now)
}

// lag has listings show what is the case at a time for so long after it.
func (c *connection) lag(at time.Time, stale time.Duration) {
	c.was, c.stale = c.now, at.Add(stale)
}

// change gives the connection another status and ends what was on its way.
func (c *connection) change(status string, at time.Time, silent bool) {
	c.next = transition{}
	c.now.status = status
	if !silent {
		c.now.updated = at
	}
}

// put sets a status from outside, as a console user or the platform does.
func (c *connection) put(status string, now time.Time, creating time.Duration) {
	c.change(status, now, false)
	c.stale = time.Time{}
	if status == StatusCreating && creating > 0 {
		c.next = transition{at: now.Add(creating), status: StatusAccepted}
	}
}

// listed is what a listing shows of the connection, which may be what was true a while ago.
func (c *connection) listed(now time.Time) Connection {
	if now.Before(c.stale) {
		return c.show(c.was)
	}
	return c.show(c.now)
}

func (c *connection) show(s situation) Connection {
	return Connection{
		ID: c.id, MarkerID: c.marker, DomainID: c.domain, Status: s.status,
		CreatedAt: c.created.UTC().Format(timeFormat), UpdatedAt: s.updated.UTC().Format(timeFormat),
	}
}

// gateway is one gateway with its connections in the order in which they came.
type gateway struct {
	Gateway
	order       []*connection
	byID        map[string]*connection
	arrivals    []*connection // connections still to come, the next one first; created says when
	permissions []*permission // who may ask, in the order in which they came
	failures    countdown     // the acceptances of an endpoint that fail
	refusals    countdown     // the decisions of an endpoint that are refused
	passing     passersBy
	blinking    blinking
}

func newGateway(g Gateway) *gateway {
	return &gateway{Gateway: g, byID: map[string]*connection{}, failures: countdown{}, refusals: countdown{}}
}

// settle lets those connections arrive that are due by now.
func (g *gateway) settle(now time.Time) {
	for len(g.arrivals) > 0 && !now.Before(g.arrivals[0].created) {
		g.add(g.arrivals[0])
		g.arrivals = g.arrivals[1:]
	}
}

func (g *gateway) add(c *connection) {
	g.order = append(g.order, c)
	g.byID[c.id] = c
}

// expect lets a connection arrive later, at its time of creation.
func (g *gateway) expect(c *connection) {
	g.arrivals = append(g.arrivals, c)
	slices.SortStableFunc(g.arrivals, func(a, b *connection) int { return a.created.Compare(b.created) })
}

// find gives a connection as it is now, or nil.
func (g *gateway) find(id string, now time.Time) *connection {
	g.settle(now)
	c := g.byID[id]
	if c != nil {
		c.settle(now)
	}
	return c
}

// remove forgets a connection, also one that has yet to arrive.
func (g *gateway) remove(id string) bool {
	is := func(c *connection) bool { return c.id == id }
	before := len(g.order) + len(g.arrivals)
	g.order = slices.DeleteFunc(g.order, is)
	g.arrivals = slices.DeleteFunc(g.arrivals, is)
	delete(g.byID, id)
	return len(g.order)+len(g.arrivals) < before
}

// countdown is how many of the next times something happens to an endpoint; -1: always.
type countdown map[string]int

// take says whether it happens this time, and counts it.
func (c countdown) take(id string) bool {
	left := c[id]
	if left > 0 {
		c[id] = left - 1
	}
	return left != 0
}

// newConnection checks what a test or a seed describes and fills in what it leaves open.
func (s *Server) newConnection(described Connection, now time.Time) (*connection, error) {
	created, err := timeOr(described.CreatedAt, now)
	updated, err2 := timeOr(described.UpdatedAt, created)
	status := cmp.Or(described.Status, StatusPending)
	switch {
	case described.ID == "":
		return nil, errors.New("a connection needs an endpoint ID")
	case s.used[described.ID]:
		return nil, fmt.Errorf("endpoint ID %q was used before; the API never uses one again", described.ID)
	case err != nil || err2 != nil:
		return nil, fmt.Errorf("created_at or updated_at of endpoint %q: %w", described.ID, cmp.Or(err, err2))
	case !slices.Contains(statuses, status):
		return nil, fmt.Errorf("endpoint %q: no such status: %q", described.ID, status)
	}
	c := &connection{id: described.ID, marker: described.MarkerID, domain: cmp.Or(described.DomainID, DefaultConsumer), created: created}
	c.put(status, now, s.config.Creating)
	c.now.updated = updated
	if c.marker == 0 {
		for s.markers[s.marker] {
			s.marker++
		}
		c.marker = s.marker
	}
	s.markers[c.marker], s.used[c.id] = true, true
	return c, nil
}

func timeOr(text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	return time.Parse(timeFormat, text)
}
