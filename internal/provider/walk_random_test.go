// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// stroll is a random sequence of configurations, with moves, renames, replacements,
// kills and faults.
type stroll struct {
	*walker
	*rand.Rand
	m       *mock
	config  map[string]wanted
	history []string
	refused int
	applied int
}

var strollNames = []string{"a", "b", "c", "d"}

const strollEndpoints = 6

// Whatever the configurations are, and however an apply ends: no endpoint that is
// accepted, and held to be accepted before and after a step, is rejected by it, but
// where the plan warned that it may be.
func TestOwnership_random(t *testing.T) {
	t.Parallel()
	const atOnce = 20
	sequences, seed := randomSequences(t), rand.Uint64()
	var refused, applied atomic.Int64
	var group sync.WaitGroup
	for n := range atOnce {
		group.Go(func() {
			for i := n; i < sequences && !t.Failed(); i += atOnce {
				s := newStroll(t, rand.New(rand.NewPCG(seed, uint64(i))))
				for range 6 {
					s.step()
				}
				refused.Add(int64(s.refused))
				applied.Add(int64(s.applied))
				if t.Failed() {
					t.Errorf("seed %d, sequence %d:\n%s", seed, i, strings.Join(s.history, "\n"))
				}
			}
		})
	}
	group.Wait()
	if refused.Load() < int64(sequences)/2 || applied.Load() < 2*int64(sequences) {
		t.Errorf("%d plans were refused, %d applied: that tests little", refused.Load(), applied.Load())
	}
}

// randomSequences is how many sequences to try: few, unless APIG_SEQUENCES says how many.
func randomSequences(t *testing.T) int {
	t.Helper()
	asked := os.Getenv("APIG_SEQUENCES")
	if asked == "" {
		return 60
	}
	sequences, err := strconv.Atoi(asked)
	noError(t, err)
	return sequences
}

func newStroll(t *testing.T, random *rand.Rand) *stroll {
	t.Helper()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, strollEndpoints)...)
	w := newWalker(t, m, connectionType)
	w.next, w.minimal = random.IntN, random.IntN(4) == 0
	w.config = with(w.config, "max_retries", int64(0))
	return &stroll{walker: w, Rand: random, m: m, config: map[string]wanted{}}
}

// draw makes a configuration in which no two name the same endpoint: the last one
// with some of its endpoints moved, or its resources renamed, removed or added.
func (s *stroll) draw() map[string]wanted {
	owner := map[string]string{}
	for name, w := range s.config {
		for _, id := range w.config["endpoints"].([]any) {
			owner[id.(string)] = name
		}
	}
	for range 1 + s.IntN(3) {
		switch id := endpointID(1 + s.IntN(strollEndpoints)); s.IntN(5) {
		case 0:
			delete(owner, id)
		case 1: // renamed, or joined
			from, to := s.name(), s.name()
			for id, name := range owner {
				if name == from {
					owner[id] = to
				}
			}
		default:
			owner[id] = s.name()
		}
	}
	config := map[string]wanted{}
	for _, id := range slices.Sorted(maps.Keys(owner)) {
		name := owner[id]
		w, ok := config[name]
		if !ok {
			w = s.resource(name)
		}
		w.config["endpoints"] = append(w.config["endpoints"].([]any), id)
		config[name] = w
	}
	return config
}

func (s *stroll) name() string { return strollNames[s.IntN(len(strollNames))] }

func (s *stroll) resource(name string) wanted {
	w := wanted{config: fields{"instance_id": testInstance, "desired_status": "accepted", "endpoints": []any{}}}
	if before, ok := s.config[name]; ok {
		w.config["desired_status"], w.first = before.config["desired_status"], before.first
		if keeps, ok := before.config["on_destroy"]; ok {
			w.config["on_destroy"] = keeps
		}
	} else {
		w.first = s.IntN(3) == 0
	}
	if s.IntN(6) == 0 {
		w.config["desired_status"] = []string{"accepted", "rejected"}[s.IntN(2)]
	}
	if s.IntN(3) == 0 {
		w.config["on_destroy"] = []string{"retain", "reject"}[s.IntN(2)]
	}
	w.force = s.IntN(6) == 0
	return w
}

// unknowing hides the endpoints of some resources from the plan, in part or all.
func (s *stroll) unknowing(config map[string]wanted) (hides bool) {
	for _, name := range slices.Sorted(maps.Keys(config)) {
		w := config[name]
		if s.IntN(12) > 0 {
			continue
		}
		hides = true
		w.known = w.config
		w.config = with(w.config, "endpoints", unknown)
		if all := w.known["endpoints"].([]any); s.IntN(2) == 0 {
			some := slices.Clone(all)
			some[s.IntN(len(some))] = unknown
			w.config["endpoints"] = some
		}
		config[name] = w
	}
	return hides
}

// held are the endpoints that are accepted and in the care of something that wants
// them so, by the state.
func (s *stroll) held() map[string]bool {
	held := map[string]bool{}
	for _, there := range s.objects {
		for _, o := range append(slices.Clone(there.deposed), &there.current) {
			if o.state == nil || o.state.(fields)["desired_status"] != "accepted" {
				continue
			}
			for _, id := range o.state.(fields)["endpoints"].([]any) {
				held[id.(string)] = s.m.status(id.(string)) == "accepted"
			}
		}
	}
	return held
}

func (s *stroll) step() {
	config := s.draw()
	wanted := maps.Clone(config)
	unsure := s.unknowing(config)
	if there := s.objects[s.name()]; there != nil && there.current.state != nil && s.IntN(6) == 0 {
		there.tainted = true
	}
	held := s.held()
	s.m.ResetJournal()
	changes, told := s.plans(config)
	s.note(config, told, "plan")
	if s.expectNoCalls(); len(told.errors) > 0 {
		s.refused++
		s.goOn(config)
		return
	}
	kill := -1
	if s.IntN(4) == 0 {
		kill = s.IntN(6)
	}
	if s.IntN(5) == 0 {
		s.m.Fail(refusing([]string{"reject", "receive"}[s.IntN(2)], endpointID(1+s.IntN(strollEndpoints)), 1, http.StatusForbidden, "APIC.7106"))
	}
	told.errors = nil
	in := s.applies(changes, kill)
	s.note(config, in, fmt.Sprintf("apply, killed after %d", kill))
	s.applied++
	s.config = wanted
	warned := unsure && (told.warned(mayHandOver) || told.warned("Connections may be rejected"))
	for _, call := range s.m.Journal() {
		if call.Operation != mockapig.OpAcceptOrReject || call.Action != "reject" {
			continue
		}
		for _, id := range call.Endpoints {
			if held[id] && accepts(wanted, id) && !warned {
				s.t.Errorf("%s is rejected", id)
			}
		}
	}
	if kill < 0 && len(in.errors) == 0 {
		s.expectSettled(wanted)
	}
}

// goOn resolves what a plan was refused for: by taking out of the state what is not
// as the configuration has it, with what was left behind.
func (s *stroll) goOn(config map[string]wanted) {
	if s.IntN(2) == 0 {
		return // with another configuration
	}
	for name, there := range s.objects {
		if _, ok := config[name]; !ok || len(there.deposed) > 0 {
			delete(s.objects, name)
		}
	}
}

func accepts(config map[string]wanted, id string) bool {
	for _, w := range config {
		if w.config["desired_status"] == "accepted" && slices.Contains(w.config["endpoints"].([]any), any(id)) {
			return true
		}
	}
	return false
}

func (s *stroll) expectNoCalls() {
	if calls := s.m.decisions(); len(calls) > 0 {
		s.t.Errorf("a plan calls: %v", calls)
	}
}

// expectSettled fails the test unless all is as configured, and no plan changes it.
func (s *stroll) expectSettled(config map[string]wanted) {
	for name, w := range config {
		w.force = false
		config[name] = w
		for _, id := range w.config["endpoints"].([]any) {
			if got := s.m.status(id.(string)); got != w.config["desired_status"] {
				s.t.Errorf("%s is %q, %s wants it %q", id, got, name, w.config["desired_status"])
			}
		}
	}
	changes, told := s.plans(config)
	for _, text := range told.errors {
		s.t.Error(text)
	}
	for _, c := range changes {
		if c.settle(); c.what != "" {
			s.t.Errorf("the next plan has a change of %s: %s", c.address, c.what)
		}
	}
}

// note keeps what happened, for whoever reads of a failure.
func (s *stroll) note(config map[string]wanted, told toldInWalk, what string) {
	text := what + ":"
	for _, name := range slices.Sorted(maps.Keys(config)) {
		w := config[name]
		text += fmt.Sprintf("\n  %s: %v, replaced %t, first %t", name, w.config, w.force, w.first)
		if !reflect.DeepEqual(w.known, fields(nil)) {
			text += fmt.Sprintf(", known %v", w.known)
		}
	}
	for name, there := range s.objects {
		text += fmt.Sprintf("\n  state of %s: %v, tainted %t, %d deposed", name, there.current.state, there.tainted, len(there.deposed))
	}
	for _, said := range slices.Concat(told.errors, told.warnings) {
		first, _, _ := strings.Cut(said, "\n\n")
		text += "\n  " + strings.ReplaceAll(first, "\n", " ")
	}
	text += fmt.Sprintf("\n  calls: %v", s.m.decisions())
	s.history = append(s.history, text)
}
