// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// turns takes the steps of many, each one's in their order.
func (w *walker) turns(steps map[string][]func() bool) {
	if w.atOnce > 0 {
		w.turnsAtOnce(steps)
		return
	}
	left := slices.Sorted(maps.Keys(steps))
	for len(left) > 0 {
		i := w.next(len(left))
		name := left[i]
		goOn := w.take(steps[name][0])
		if steps[name] = steps[name][1:]; !goOn || len(steps[name]) == 0 {
			left = slices.Delete(left, i, i+1)
		}
	}
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

// of is the provider for a type of resources.
func (w *walker) of(kind string) *wire {
	typed := *w.wire
	typed.resource = cmp.Or(kind, w.resource)
	return &typed
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
