// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"testing"
	"time"
)

func TestCPUTime(t *testing.T) {
	t.Parallel()
	for stat, want := range map[string]time.Duration{
		"7 (terraform-provider) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9": 3 * time.Second,
		"7 (a) b) S": 0, "": 0,
	} {
		if got := cpuTime(stat); got != want {
			t.Errorf("%q: %s", stat, got)
		}
	}
	if c := (collected{own: 13 * time.Second, usual: 10 * time.Second}); !c.targets()[0].met {
		t.Error("missed")
	}
	if c := (collected{own: 14 * time.Second, usual: 10 * time.Second}); c.targets()[0].met {
		t.Error("met")
	}
}
