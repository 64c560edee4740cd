// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
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
	kept = w.lost == nil || !w.lost()
	if kept && config != nil && !failed(diags) {
		w.conforms("an apply gives back what was planned", planned.state, made.state)
	}
	return made, diags, kept
}

// failed tells whether an error is among diagnostics.
func failed(diags []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}

// conforms holds a value to one that was planned, as a CLI does: what was known stays.
func (w *walker) conforms(rule string, planned, got any) {
	if what := differs("", planned, got); what != "" {
		w.breach(rule, what)
	}
}

// breach tells that a rule is broken.
func (w *walker) breach(rule, what string) {
	if w.complain == nil {
		w.t.Errorf("%s: %s", rule, what)
		return
	}
	w.complain(rule, what)
}

// differs tells where a value is not as it was planned, "" where it is.
func differs(at string, planned, got any) string {
	if planned == any(unknown) {
		return ""
	}
	before, isFields := planned.(fields)
	after, areFields := got.(fields)
	if list, ok := planned.([]any); ok {
		before, isFields = numbered(list)
		elements, _ := got.([]any)
		after, areFields = numbered(elements)
	}
	if !isFields || !areFields {
		if !reflect.DeepEqual(planned, got) {
			return fmt.Sprintf("%s was planned as %v, and is %v", at, planned, got)
		}
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if what := differs(at+"."+name, before[name], after[name]); what != "" {
			return what
		}
	}
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[name]; !ok && after[name] != nil {
			return fmt.Sprintf("%s.%s was not planned, and is %v", at, name, after[name])
		}
	}
	return ""
}

// numbered are the elements of a list by their places.
func numbered(list []any) (elements fields, ok bool) {
	elements = fields{}
	for i, element := range list {
		elements[fmt.Sprint(i)] = element
	}
	return elements, list != nil
}
