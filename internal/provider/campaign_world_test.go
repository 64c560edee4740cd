// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/provider"
)

// world is how the gateway of a schedule is.
type world struct {
	behavior  string // of mockapig.Behaviors
	rejecting time.Duration
	accepting time.Duration
	loses     int // every so many decisions, one
	creating  time.Duration
	latency   time.Duration
	retries   int64 // max_retries
}

// worldEndpoints is how many endpoints there may be. The next one is a bystander's: it is
// accepted, and no configuration of a schedule names it.
const worldEndpoints = 6

// worldAccounts own the endpoints in turn, and are those that a schedule permits.
var worldAccounts = []string{partnerDomain, otherDomain, "44444444444444444444444444444444"}

// unreachable are the behaviors under which a gateway can't become as it is declared, and
// the one under which a permission decides about connections.
var unreachable = []string{"rejected-ignored", "rejected-refused", "removed-rejects", "no-sts"}

func newWorld(r *rand.Rand) world {
	w := world{
		rejecting: draw(r, 0, 0, 2*time.Second, 20*time.Second),
		accepting: draw(r, 0, 0, 0, 5*time.Second),
		loses:     draw(r, 0, 0, 0, 5),
		creating:  draw(r, 0, 0, 3*time.Second, 40*time.Second),
		latency:   draw(r, 0, 50*time.Millisecond, time.Second),
		retries:   draw(r, int64(0), 2, 5, 5),
	}
	names := slices.DeleteFunc(behaviorNames(), func(name string) bool { return slices.Contains(unreachable, name) })
	names = append(names, "friendly", "hostile", "hostile", "hostile-one", "hostile-one", "hostile-most")
	w.behavior = draw(r, names...)
	return w
}

// simpler are worlds with one thing less in them.
func (w world) simpler() []world {
	var all []world
	for _, change := range []func(*world){
		func(w *world) { w.behavior = "friendly" },
		func(w *world) { w.rejecting = 0 },
		func(w *world) { w.accepting = 0 },
		func(w *world) { w.loses = 0 },
		func(w *world) { w.creating = 0 },
		func(w *world) { w.latency = 0 },
		func(w *world) { w.retries = 0 },
	} {
		other := w
		if change(&other); other != w {
			all = append(all, other)
		}
	}
	return all
}

func (w world) String() string {
	return fmt.Sprintf("behavior %s, rejections take %s, acceptances %s, one of %d decisions is lost, creating for %s, latency %s, max_retries %d",
		w.behavior, w.rejecting, w.accepting, w.loses, w.creating, w.latency, w.retries)
}

// behaves is how the gateway behaves.
func (w world) behaves() mockapig.Behavior {
	b := mockapig.Behaviors()[w.behavior]
	b.RejectingFor = max(b.RejectingFor, w.rejecting)
	b.AcceptingFor = max(b.AcceptingFor, w.accepting)
	b.LoseEvery = w.loses
	return b
}

// lasts is for how long what was asked for may have no visible effect yet.
func (w world) lasts() time.Duration {
	b := w.behaves()
	return w.creating + w.latency + b.StaleFor + b.RejectingFor + b.AcceptingFor + slowest
}

// newWorldMock makes the gateway, in memory, and the network to it.
func newWorldMock(w world) (*mock, *network) {
	server := mockapig.New(mockapig.Config{Latency: w.latency, Creating: w.creating, Behavior: w.behaves()})
	server.AddAccount(mockapig.Account{DomainID: ownerDomain, DomainName: "owner", User: "operator", Password: "secret-password"})
	server.AddProject(mockapig.Project{ID: testProject, Name: testRegion, DomainID: ownerDomain})
	server.AddToken(testToken, mockapig.Token{DomainID: ownerDomain, ProjectID: testProject})
	server.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: testProject})
	m := &mock{Server: server, url: "https://gateway.test"}
	for n := 1; n < worldEndpoints; n++ {
		m.comes(n, "")
	}
	m.comes(worldEndpoints+1, "accepted")
	m.Permit(testInstance, worldAccounts[2])
	return m, &network{gateway: server.Transport()}
}

// comes has a consumer ask for a connection, in a status.
func (m *mock) comes(n int, status string) {
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(n), DomainID: ownerOf(n), Status: status})
}

func ownerOf(n int) string { return worldAccounts[n%2] }

// newWorldWalker drives a provider whose only way out is the network.
func newWorldWalker(t *testing.T, w world, m *mock, n *network) *walker {
	t.Helper()
	over := newWireOver(t, m, func() tfprotov6.ProviderServer { return provider.NewServerWithNetwork("test", n) })
	over.config = with(over.config, "max_retries", w.retries)
	return &walker{wire: over, objects: map[string]*instance{}}
}

// draw draws one of several.
func draw[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func behaviorNames() []string { return slices.Sorted(maps.Keys(mockapig.Behaviors())) }
