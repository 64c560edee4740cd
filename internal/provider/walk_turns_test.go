// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"gotest.tools/v3/assert"
)

// turns takes the steps of many, each one's in their order.
func (w *walker) turns(steps map[string][]func() bool) {
	if w.atOnce > 0 {
		layers := map[int]map[string][]func() bool{}
		for name, all := range steps {
			if layers[w.rankOf(name)] == nil {
				layers[w.rankOf(name)] = map[string][]func() bool{}
			}
			layers[w.rankOf(name)][name] = all
		}
		for _, rank := range slices.Sorted(maps.Keys(layers)) {
			w.turnsAtOnce(layers[rank])
		}
		return
	}
	left := slices.SortedFunc(maps.Keys(steps), w.compare)
	for len(left) > 0 {
		i := w.next(len(left))
		name := left[i]
		goOn := w.take(steps[name][0])
		if steps[name] = steps[name][1:]; !goOn || len(steps[name]) == 0 {
			left = slices.Delete(left, i, i+1)
		}
	}
}

// compare orders steps.
func (w *walker) compare(a, b string) int {
	return cmp.Or(cmp.Compare(w.rankOf(a), w.rankOf(b)), cmp.Compare(a, b))
}

// rankOf is lowest for what is destroyed, dependents before what they depend on, and then comes the rest, the other way round.
func (w *walker) rankOf(step string) int {
	address, what, _ := strings.Cut(step, " ")
	if strings.Contains(what, "destroy") || strings.Contains(what, "deposed") {
		return -w.rank[address]
	}
	return w.rank[address]
}

// turnsAtOnce takes so many steps at the same time as a CLI with that parallelism.
func (w *walker) turnsAtOnce(steps map[string][]func() bool) {
	turn := make(chan struct{}, w.atOnce)
	var group sync.WaitGroup
	for _, all := range steps {
		group.Go(func() {
			for _, step := range all {
				turn <- struct{}{}
				goOn := w.take(step)
				<-turn
				if !goOn {
					return
				}
			}
		})
	}
	group.Wait()
}

// take takes a step, and tells whether the next one is to follow.
func (w *walker) take(step func() bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return (w.over == nil || !w.over()) && step()
}

// callsPlan plans an object; others are worked on meanwhile.
func (w *walker) callsPlan(kind string, prior object, config fields) (object, []*tfprotov6.Diagnostic) {
	w.mu.Unlock()
	defer w.mu.Lock()
	return w.of(kind).plan(prior, config)
}

// callsApply likewise applies one. It reports false where what comes of it gets lost.
func (w *walker) callsApply(kind string, prior, planned object, config fields) (made object, diags []*tfprotov6.Diagnostic, kept bool) {
	w.mu.Unlock()
	made, diags = w.of(kind).apply(prior, planned, config)
	w.mu.Lock()
	return made, diags, w.lost == nil || !w.lost()
}

// after has something happen a while later, between calls, unless what it returns was called before.
func (w *walker) after(d time.Duration, do func()) (end func()) {
	over := false
	timer := time.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !over {
			do()
		}
	})
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		over = true
		timer.Stop()
	}
}

// ends the provider's process.
func (w *walker) ends() {
	_, err := w.walking.StopProvider(w.t.Context(), &tfprotov6.StopProviderRequest{})
	assert.Check(w.t, err) // not in the test's own goroutine, as a rule
}
