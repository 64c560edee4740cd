// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The provider's processes are looked for now and then, and those that were
// found are looked at more often: the first takes a walk over all processes.
const (
	searchEvery = 200 * time.Millisecond
	lookEvery   = 20 * time.Millisecond
)

// watch looks at each process of an executable now and then, until the end of stop.
func watch(ctx context.Context, executable string, look func(process string)) (stop func()) {
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
					look(process)
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
	all, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer func() { _ = all.Close() }() // it was only read
	names, err := all.Readdirnames(-1)
	if err != nil {
		return nil
	}
	var found []string
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		dir := "/proc/" + name
		if target, err := os.Readlink(filepath.Join(dir, "exe")); err == nil && target == executable {
			found = append(found, dir)
		}
	}
	return found
}

// highWaterOf is 0 once the process has ended.
func highWaterOf(process string) int64 {
	status, err := os.ReadFile(filepath.Join(process, "status"))
	if err != nil {
		return 0
	}
	return highWater(string(status))
}

// highWater reads a process's largest resident set, in bytes, from its status.
func highWater(status string) int64 {
	for line := range strings.Lines(status) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kibibytes, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return 0
			}
			return kibibytes << 10
		}
	}
	return 0
}
