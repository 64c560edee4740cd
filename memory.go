// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// memoryToUse is up to where the heap grows before the collector works as Go has it work, in bytes.
	memoryToUse = 256 << 20
	// The collector runs when the heap has grown by so many percent.
	lazy  = 400
	usual = 100 // Go's default
)

// percentFor is by how many percent a heap may grow of which so many bytes are in use. A fixed limit of memory in its
// place makes the collector run without pause once what is in use comes near to it.
func percentFor(live uint64) int {
	if live == 0 {
		return lazy
	}
	room := memoryToUse - min(live, memoryToUse)
	return int(min(max(100*room/live, usual), lazy))
}

// collectLazily has garbage collected less often as long as that costs little memory. Plans of thousands of endpoints
// are made of short-lived values. Whoever sets GOGC or GOMEMLIMIT decides for himself.
func collectLazily() {
	for _, variable := range []string{"GOGC", "GOMEMLIMIT"} {
		if os.Getenv(variable) != "" {
			return
		}
	}
	debug.SetGCPercent(lazy)
	watchCollections(lazy)
}

// watchCollections adapts the percentage after each collection: a finalizer of what nobody has runs after the next one.
func watchCollections(percent int) {
	runtime.SetFinalizer(&sentinel{&percent}, func(s *sentinel) {
		percent := percentFor(liveHeap())
		if percent != *s.percent {
			debug.SetGCPercent(percent)
		}
		watchCollections(percent)
	})
}

type sentinel struct{ percent *int } // without a pointer it could share its memory, and live as long as others

// liveHeap is how many bytes the last collection found in use.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
