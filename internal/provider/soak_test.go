// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	soakGateway = "2a9c1d3e5f7041638597a0b1c2d3%04x"
	// soakCounts is how long a soak has to be for growth to count: the samples of a shorter one differ by connections that are idle.
	soakCounts = 45 * time.Minute
)

// TestSoak runs plans and applies for as long as APIG_SOAK says, over real connections, against a gateway that throttles,
// drops connections and ends tokens every few seconds: on one provider that is never started anew, and on a new one for each
// walk, some of which are interrupted. Heap, goroutines and descriptors must not grow. "make soak" runs it for an hour.
func TestSoak(t *testing.T) {
	t.Parallel()
	length, err := time.ParseDuration(cmp.Or(os.Getenv("APIG_SOAK"), "2s"))
	assert.NilError(t, err)
	m := newListening(t, mockapig.Config{TokenLifetime: 4 * time.Second, Creating: 200 * time.Millisecond, Latency: 5 * time.Millisecond})
	m.Limit(mockapig.Limit{Calls: 20, Per: time.Second})
	m.mishaps()
	var rounds tallies
	end := time.Now().Add(length)
	var group sync.WaitGroup
	for n, name := range []string{"one provider", "a provider a walk"} {
		s := newSoak(t, m, n, n == 0, &rounds)
		group.Go(func() {
			t.Run(name, func(t *testing.T) {
				s.t = t
				for round := 0; time.Now().Before(end) && !t.Failed(); round++ {
					s.round(round)
				}
			})
		})
	}
	every := min(time.Minute, length/10)
	var all []sample
	var before int64
	t.Log("   time   heap KiB  goroutines  descriptors  rounds  failed  interrupted  tokens")
	for time.Now().Before(end.Add(-every / 2)) {
		assert.NilError(t, passesIn(t.Context(), every))
		s := sampled()
		all = append(all, s)
		t.Logf("%7s  %9d  %10d  %11d  %6d  %6d  %11d  %6d", (length - time.Until(end)).Round(time.Second), s.heap>>10, s.goroutines, s.descriptors,
			rounds.all.Load(), rounds.failed.Load(), rounds.interrupted.Load(), rounds.tokens.Add(int64(m.Count(mockapig.OpCreateToken))))
		calls := m.Journal()
		for _, call := range calls[max(0, len(calls)-40):] {
			if len(all) > 1 && rounds.all.Load() == before { // no round ended
				t.Logf("%s %s %s%v %v: %d %s, changed %v", call.At.Format("04:05.000"), call.Operation, call.Action, short(call.Endpoints), call.Filter,
					call.Status, call.Code, short(call.Decided))
			}
		}
		before = rounds.all.Load()
		m.ResetJournal()
	}
	group.Wait()
	if length >= soakCounts {
		for _, what := range grown(all) {
			t.Error(what)
		}
	}
	made, failed := rounds.all.Load(), rounds.failed.Load()
	assert.Check(t, made > 0 && failed <= 1+made/20, "of %d rounds %d failed", made, failed)
}

// faultsOnTheWay are those of real connections.
var faultsOnTheWay = []mockapig.Fault{
	{Drop: true},
	{Drop: true, After: true},
	{Truncate: true},
	{After: true, Status: http.StatusInternalServerError, Code: "APIC.9000", Message: "System error"},
	{Status: http.StatusServiceUnavailable, Body: "<html>Service Unavailable</html>", ContentType: "text/html"},
}

// mishaps has every so many calls come to something.
func (m *mock) mishaps() {
	for i, fault := range faultsOnTheWay {
		fault.Skip = []int{11, 17, 23, 29, 37}[i]
		fault.Do = func() { m.Fail(fault) }
		m.Fail(fault)
	}
}

type tallies struct{ all, failed, interrupted, tokens atomic.Int64 }

// soak changes a configuration of its own gateway, over and over.
type soak struct {
	*walker
	m       *mock
	gateway string
	first   int                      // endpoint of the gateway
	lasting tfprotov6.ProviderServer // the one for all walks once all is created, if there is one
	created bool
	rounds  *tallies
}

func newSoak(t *testing.T, m *mock, n int, lasting bool, rounds *tallies) *soak {
	t.Helper()
	s := &soak{walker: newWalker(t, m, connectionType), m: m, gateway: fmt.Sprintf(soakGateway, n), first: 100 * n, rounds: rounds}
	s.atOnce, s.leaves = 10, true
	maps.Copy(s.config, fields{"token": nil, "user_name": "operator", "password": "secret-password", "domain_name": "owner"})
	m.AddGateway(mockapig.Gateway{ID: s.gateway, ProjectID: testProject})
	m.Connect(s.gateway, mockapig.Connection{ID: endpointID(s.first), DomainID: otherDomain})
	for _, id := range s.endpoints(1, 49) {
		m.Connect(s.gateway, mockapig.Connection{ID: id, DomainID: partnerDomain})
	}
	if lasting {
		s.lasting = s.server()
	}
	return s
}

func (s *soak) endpoints(from, to int) []string { return endpointIDs(s.first+from, s.first+to) }

// round plans and applies. What failed is mended by the next one.
func (s *soak) round(n int) {
	var ends context.CancelFunc
	s.ctx, ends = context.WithCancel(s.t.Context()) // as the context of a call ends with it
	defer ends()
	s.m.SetStatus(s.gateway, endpointID(s.first), mockapig.StatusAccepted) // whom nothing declares
	if s.created {
		s.configured = s.lasting
	}
	changes, told := s.plans(s.declares(n))
	s.ends() // until then, a provider keeps the context of each call
	interrupted := false
	if len(told.errors) == 0 {
		if s.created {
			s.configured = s.lasting
		}
		stop := func() {}
		if s.lasting == nil && n%5 == 4 {
			stop = s.after(300*time.Millisecond, func() { interrupted = true; s.ends() })
		}
		told = s.applies(changes, -1)
		stop()
		s.ends()
	}
	s.rounds.all.Add(1)
	switch {
	case interrupted:
		s.rounds.interrupted.Add(1)
	case len(told.errors) > 0:
		s.rounds.failed.Add(1)
		s.t.Logf("a round failed: %.2000s", told.errors[0])
	default:
		s.created = true
	}
	assert.NilError(s.t, passesIn(s.t.Context(), 500*time.Millisecond))
}

// declares has most endpoints accepted, others accepted and rejected in turn, of which some come and go, and an account
// that does. Another account's endpoint is rejected each time. Who holds and rejects what changes little: one provider takes
// all of its plans for those of one run.
func (s *soak) declares(n int) map[string]wanted {
	stay, flip, accounts := s.endpoints(1, 29), s.endpoints(30, 39), []string{partnerDomain}
	if n%3 == 0 {
		flip, accounts = s.endpoints(30, 49), append(accounts, otherDomain)
	}
	on := func(kind string, config fields) wanted {
		return wanted{kind: kind, config: with(config, "instance_id", s.gateway)}
	}
	return map[string]wanted{
		"stay":        on(connectionType, with(accepted(stay...), "wait_for_endpoints", "5s")),
		"flip":        on(connectionType, with([]fields{accepted(flip...), rejecting(flip...)}[n%2], "wait_for_endpoints", "5s")),
		"accounts":    on(permissionsType, permitting(accounts...)),
		exclusiveName: on(exclusiveType, with(excluding(stay...), "domain_ids", listOf(partnerDomain))),
	}
}

// sample is what the process uses.
type sample struct {
	heap                    uint64 // bytes in use, after a collection
	goroutines, descriptors int
}

func sampled() sample {
	runtime.GC()
	runtime.GC() // what finalizers let go of
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	open, _ := os.ReadDir("/proc/self/fd") // where there is none, none are counted
	return sample{memory.HeapAlloc, runtime.NumGoroutine(), len(open)}
}

// grown compares the last third of the samples with the second one: the first is for warming up. The lowest of each
// counts: connections that were used of late come and go with the number of rounds, and what leaks stays.
func grown(all []sample) (what []string) {
	third := len(all) / 3
	for _, count := range []struct {
		name  string
		of    func(sample) int
		slack int // beyond a tenth
	}{
		{"heap", func(s sample) int { return int(s.heap) }, 1 << 20},
		{"goroutines", func(s sample) int { return s.goroutines }, 10},
		{"descriptors", func(s sample) int { return s.descriptors }, 10},
	} {
		least := func(samples []sample) int {
			return count.of(slices.MinFunc(samples, func(a, b sample) int { return cmp.Compare(count.of(a), count.of(b)) }))
		}
		before, after := least(all[third:2*third]), least(all[2*third:])
		if after > before+before/10+count.slack {
			what = append(what, fmt.Sprintf("%s: %d grew to %d", count.name, before, after))
		}
	}
	return what
}

func TestGrown(t *testing.T) {
	t.Parallel()
	steps := func(heap uint64, goroutines, descriptors int) (all []sample) {
		for n := range 9 {
			all = append(all, sample{20<<20 + uint64(n)*heap, 50 + n*goroutines, 20 + n*descriptors})
		}
		return all
	}
	for name, c := range map[string]struct {
		samples []sample
		want    int
	}{
		"flat":             {steps(0, 0, 0), 0},
		"a leak of memory": {steps(2<<20, 0, 0), 1},
		"all of them leak": {steps(2<<20, 20, 20), 3},
	} {
		got := grown(c.samples)
		assert.Check(t, len(got) == c.want, "%s: %v, want %d", name, got, c.want)
	}
}
