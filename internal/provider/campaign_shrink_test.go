// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"testing"
)

// shrink makes a list that is bad smaller, as long as it stays bad: it leaves out parts,
// halves first, then pairs, and then makes what is left simpler. It tries so many lists at most.
func shrink[T any](items []T, simpler func(T) []T, budget int, bad func([]T) bool) []T {
	tries := func(other []T) bool {
		budget--
		return budget >= 0 && bad(other)
	}
	for size := len(items); size > 0 && budget > 0; {
		smaller := false
		for at := 0; at < len(items); {
			without := slices.Concat(items[:at], items[min(at+size, len(items)):])
			if tries(without) {
				items, smaller = without, true
			} else {
				at += size
			}
		}
		if !smaller || size > len(items) {
			size /= 2
		}
	}
	// What only makes sense together, a change and its reverse say, goes together.
	for i := 0; i < len(items); i++ {
		for j := i + 1; j < len(items); j++ {
			without := slices.Concat(items[:i], items[i+1:j], items[j+1:])
			if tries(without) {
				items, j = without, i
			}
			if i >= len(items) {
				break
			}
		}
	}
	for i := range items {
		for again := true; again; {
			again = false
			for _, other := range simpler(items[i]) {
				changed := slices.Clone(items)
				if changed[i] = other; tries(changed) {
					items, again = changed, true
					break
				}
			}
		}
	}
	return items
}

func TestShrink(t *testing.T) {
	t.Parallel()
	items := make([]int, 60)
	for i := range items {
		items[i] = i
	}
	half := func(n int) []int {
		if n < 2 {
			return nil
		}
		return []int{n / 2}
	}
	// Bad is what has two odd numbers after an even one.
	bad := func(items []int) bool {
		even := slices.IndexFunc(items, func(n int) bool { return n%2 == 0 })
		odd := 0
		for _, n := range items[max(even, 0):] {
			odd += n % 2
		}
		return even >= 0 && odd >= 2
	}
	if got := shrink(items, half, 1000, bad); len(got) != 3 || !bad(got) {
		t.Errorf("shrunk to %v", got)
	}
	if got := shrink(items, half, 0, bad); len(got) != len(items) {
		t.Errorf("shrunk to %v without a try", got)
	}
}
