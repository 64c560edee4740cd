// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Processes that were found are looked at more often than others are searched: that takes a walk over all of them.
const (
	searchEvery = 200 * time.Millisecond
	lookEvery   = 20 * time.Millisecond
)

// watch reads a file of each process of an executable now and then, until stop; it is empty once the process has ended.
func watch(ctx context.Context, executable, file string, look func(process, text string)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		search, again := time.NewTicker(searchEvery), time.NewTicker(lookEvery)
		defer search.Stop()
		defer again.Stop()
		var running []string
		for {
			select {
			case <-search.C:
				running = processes(executable)
			case <-again.C:
				for _, process := range running {
					text, _ := os.ReadFile(filepath.Join(process, file))
					look(process, string(text))
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// processes are the directories of the processes of an executable.
func processes(executable string) []string {
	all, _ := filepath.Glob("/proc/[0-9]*") // none where a system tells them in another way
	return slices.DeleteFunc(all, func(process string) bool {
		target, err := os.Readlink(filepath.Join(process, "exe"))
		return err != nil || target != executable
	})
}

// highWater reads a process's largest resident set, in bytes, from its status.
func highWater(status string) int64 {
	for line := range strings.Lines(status) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kibibytes, _ := strconv.ParseInt(fields[1], 10, 64)
			return kibibytes << 10
		}
	}
	return 0
}
