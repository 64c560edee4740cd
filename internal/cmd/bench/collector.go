// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	// collectorName is chosen like a scenario.
	collectorName = "collector"
	// listed is how many connections a plan lists whose garbage is collected.
	listed = 100_000
	// maxOverDefault is by how much more CPU the provider may take for it than with Go's own setting of the collector.
	maxOverDefault = 1.3
)

// collected is the CPU time of the provider in a plan with very many connections.
type collected struct{ own, usual time.Duration }

// collector measures a plan as it is, and one with Go's defaults.
func (b bench) collector(ctx context.Context, progress io.Writer) (c collected, err error) {
	s := scenario{setting: settings[1]}.complete()
	mock := s.world("accepted", 0)
	for n := range listed {
		mock.Connect(gatewayID(0), mockapig.Connection{ID: fmt.Sprintf("%08x-64ec-4106-a014-2ad71ad9997d", n), Status: "accepted"})
	}
	server := httptest.NewServer(regional(mock))
	defer server.Close()
	w, done, err := b.workspace(s.configuration(server.URL) + fmt.Sprintf("\ndata \"apig_vpc_endpoint_connections\" \"all\" {\n  instance_id = %q\n}\n", gatewayID(0)))
	if err != nil {
		return c, err
	}
	defer done()
	for _, side := range []struct {
		environment []string
		cpu         *time.Duration
	}{{[]string{"GOGC=", "GOMEMLIMIT="}, &c.own}, {[]string{"GOGC=100", "GOMEMLIMIT="}, &c.usual}} {
		fmt.Fprintf(progress, "%s (plan that lists %d connections, %s) ...\n", collectorName, listed, side.environment[0])
		w.Env = side.environment
		if *side.cpu, err = b.planCPU(ctx, w); err != nil {
			return c, err
		}
	}
	return c, nil
}

// planCPU is the CPU time of the provider's processes in a plan.
func (b bench) planCPU(ctx context.Context, w cli.Workspace) (time.Duration, error) {
	used := map[string]time.Duration{}
	stop := watch(ctx, b.provider, "stat", func(process, stat string) { used[process] = max(used[process], cpuTime(stat)) })
	code, err := w.Run(ctx, io.Discard, io.Discard, "plan", "-no-color")
	stop()
	var sum time.Duration
	for _, cpu := range used {
		sum += cpu
	}
	switch {
	case err != nil:
		return 0, err
	case code != 0:
		return 0, fmt.Errorf("plan ended with exit code %d", code)
	case sum == 0:
		return 0, errors.New("this system does not tell the CPU time of processes")
	}
	return sum, nil
}

// cpuTime reads a process's CPU time, user's and system's, from its statistics, which have hundredths of a second.
func cpuTime(stat string) time.Duration {
	_, after, _ := strings.Cut(stat, ") ")
	fields := strings.Fields(after)
	const user, system = 11, 12
	if len(fields) <= system {
		return 0
	}
	var ticks int64
	for _, text := range []string{fields[user], fields[system]} {
		n, _ := strconv.ParseInt(text, 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func (c collected) ratio() float64 { return c.own.Seconds() / max(c.usual, time.Millisecond).Seconds() }

func (c collected) targets() []verdict {
	return []verdict{{c.ratio() <= maxOverDefault, fmt.Sprintf("%s: %.2f times the CPU time of Go's default, at most %.1f", collectorName, c.ratio(), maxOverDefault)}}
}

func (c collected) table() string {
	return markdown([][]string{
		{"connections", "CPU s", "with Go's default CPU s", "ratio"},
		{fmt.Sprint(listed), seconds(c.own), seconds(c.usual), fmt.Sprintf("%.2f", c.ratio())},
	})
}
