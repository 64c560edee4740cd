// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// result is what was measured of a scenario.
type result struct {
	scenario  scenario
	made      tally.Tally            // all calls
	of        map[string]tally.Tally // by gateway
	wall      time.Duration
	reference time.Duration // of a plan, what it took without latency
	peak      int64         // memory of the provider's largest process in bytes, 0: not known
}

// many measures scenarios, one after the other.
func (b bench) many(ctx context.Context, progress io.Writer, chosen []scenario) ([]result, error) {
	var results []result
	for _, s := range chosen {
		fmt.Fprintf(progress, "%s ...\n", s)
		measure := b.applied
		if s.plan {
			measure = b.planned
		}
		some, err := measure(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
		results = append(results, some...)
	}
	return results, nil
}

// applied measures the apply of a saved plan.
func (b bench) applied(ctx context.Context, s scenario) ([]result, error) {
	mock := s.world("", s.setting.creating)
	server := httptest.NewServer(regional(mock))
	defer server.Close()
	w, done, err := b.workspace(s.configuration(server.URL))
	if err != nil {
		return nil, err
	}
	defer done()
	if _, err := b.command(ctx, w, mock, "plan", "-out=plan.tfplan"); err != nil {
		return nil, err
	}
	if s.limit > 0 { // the API's window begins with its first call, and the plan's calls are not of this matter
		mock.Limit(mockapig.Limit{Calls: s.limit, Per: time.Second})
	}
	r, err := b.command(ctx, w, mock, "apply", fmt.Sprintf("-parallelism=%d", s.parallelism), "plan.tfplan")
	if err := s.asExpected(err); err != nil {
		return nil, err
	}
	mock.Limit(mockapig.Limit{})
	r.scenario = s
	if s.kind == awaiting { // there is more to do
		return []result{r}, nil
	}
	_, err = b.command(ctx, w, mock, "plan", "-detailed-exitcode")
	return []result{r}, err
}

// rounds is how often a plan is measured. The quickest counts: other work of the machine only makes it slower.
const rounds = 3

// planned measures plans without changes, with latency and without in turn. The peak includes the first apply.
func (b bench) planned(ctx context.Context, s scenario) ([]result, error) {
	instant := s
	instant.setting, instant.targets = settings[1], targets{listings: s.targets.listings}
	sides := []scenario{s, instant}
	mocks, urls := make([]*mockapig.Server, len(sides)), make([]string, len(sides))
	servers := make([]*httptest.Server, 0, len(sides))
	defer func() {
		for _, server := range servers {
			server.Close()
		}
	}()
	for i, side := range sides {
		mocks[i] = side.world("accepted", 0)
		servers = append(servers, httptest.NewServer(regional(mocks[i])))
		urls[i] = servers[i].URL
	}
	w, done, err := b.workspace(s.configuration(urls[1]))
	if err != nil {
		return nil, err
	}
	defer done()
	first, err := b.command(ctx, w, mocks[1], "apply", "-auto-approve")
	if err != nil {
		return nil, err
	}
	best := make([]result, len(sides))
	for range rounds {
		for i, side := range sides {
			if err := configure(w.Dir, side.configuration(urls[i])); err != nil {
				return nil, err
			}
			r, err := b.command(ctx, w, mocks[i], "plan", "-detailed-exitcode", fmt.Sprintf("-parallelism=%d", side.parallelism))
			if err != nil {
				return nil, err
			}
			r.scenario, r.peak = side, max(r.peak, best[i].peak, first.peak)
			if best[i].wall > 0 && best[i].wall < r.wall {
				r.wall = best[i].wall
			}
			best[i] = r
		}
	}
	best[0].reference = best[1].wall
	return best, nil
}

// workspace makes a directory with a configuration; done removes it.
func (b bench) workspace(configuration string) (w cli.Workspace, done func(), err error) {
	dir, err := os.MkdirTemp(b.dir, "run-")
	if err != nil {
		return cli.Workspace{}, nil, err
	}
	done = func() { _ = os.RemoveAll(dir) } // the directory that it is in is removed at the end, and that is looked at
	return cli.Workspace{CLI: b.cli, Dir: dir, Config: b.config}, done, configure(dir, configuration)
}

func configure(dir, configuration string) error {
	return os.WriteFile(filepath.Join(dir, "main.tf"), []byte(configuration), 0o600)
}

// command runs one that has to succeed.
func (b bench) command(ctx context.Context, w cli.Workspace, mock *mockapig.Server, arguments ...string) (result, error) {
	var peak int64
	stop := watch(ctx, b.provider, "status", func(_, status string) { peak = max(peak, highWater(status)) })
	took, made, err := timed(ctx, w, mock, arguments...)
	stop()
	r := result{made: made, of: map[string]tally.Tally{}, wall: took, peak: peak}
	calls := map[string][]mockapig.Call{}
	for _, call := range mock.Journal() {
		if _, rest, found := strings.Cut(call.Path, "/instances/"); found {
			gateway, _, _ := strings.Cut(rest, "/")
			calls[gateway] = append(calls[gateway], call)
		}
	}
	for gateway, some := range calls {
		r.of[gateway] = tally.Of(some)
	}
	if err == nil && len(r.of) == 0 {
		err = errors.New("no gateway was called")
	}
	return r, err
}

// targets tells of each of the scenario's targets whether it was met.
func (r result) targets() []verdict {
	var verdicts []verdict
	s := r.scenario
	add := func(met bool, format string, values ...any) {
		verdicts = append(verdicts, verdict{met, fmt.Sprintf("%s, %s: ", s.name, s.setting.short()) + fmt.Sprintf(format, values...)})
	}
	calls, listings := 0, 0
	for _, t := range r.of {
		calls, listings = max(calls, t.Receive.Calls), max(listings, t.Listings)
	}
	if most := s.targets.calls; most > 0 {
		add(calls <= most, "%d action calls a gateway, at most %d", calls, most)
	}
	if most := s.targets.listings; most > 0 {
		add(listings <= most, "%d listings a gateway, at most %d", listings, most)
	}
	if most := s.targets.refused; most > 0 {
		add(r.throttled() <= most, "%.0f%% of the calls throttled, at most %.0f%%", 100*r.throttled(), 100*most)
	}
	if most := s.targets.ratio; most > 0 {
		add(r.ratio() <= most, "%.2f times the time that it takes at least, at most %.2f", r.ratio(), most)
	}
	if r.peak > 0 {
		add(r.peak <= maxPeak, "%s MiB of memory, at most %s", mebibytes(r.peak), mebibytes(maxPeak))
	}
	return verdicts
}

// maxPeak is the most memory that the provider may take, in bytes.
const maxPeak = 80 << 20

func (r result) calls() int {
	return r.made.Receive.Calls + r.made.Reject.Calls + r.made.Listings
}

func (r result) throttled() float64 {
	return float64(r.made.Throttled) / float64(max(r.calls(), 1))
}

// floor is the time that the command takes at least, 0 if that is not known.
func (r result) floor() time.Duration {
	if r.scenario.plan {
		return r.reference
	}
	return r.scenario.floor(r.calls())
}

func (r result) ratio() float64 {
	return r.wall.Seconds() / max(r.floor(), time.Millisecond).Seconds()
}

func manyTable(results []result) string {
	lines := append(make([][]string, 0, 1+len(results)), []string{
		"scenario", "resources × endpoints", "gateways", "parallelism", "server", "calls a second",
		"action calls (least)", "listings (least)", "throttled", "s", "floor s", "ratio", "peak MiB",
	})
	for _, r := range results {
		s := r.scenario
		limit, floor, ratio, peak := "any", "-", "-", "-"
		if s.limit > 0 {
			limit = fmt.Sprint(s.limit)
		}
		if r.floor() > 0 {
			floor, ratio = seconds(r.floor()), fmt.Sprintf("%.2f", r.ratio())
		}
		if r.peak > 0 {
			peak = mebibytes(r.peak)
		}
		lines = append(lines, []string{
			s.name, fmt.Sprintf("%d × %d", s.resources, s.each), fmt.Sprint(s.gateways), fmt.Sprint(s.parallelism), s.setting.short(), limit,
			fmt.Sprintf("%d (%d)", r.made.Receive.Calls, s.leastCalls()), fmt.Sprintf("%d (%d)", r.made.Listings, s.leastListings()),
			fmt.Sprint(r.made.Throttled), seconds(r.wall), floor, ratio, peak,
		})
	}
	return markdown(lines)
}

func mebibytes(n int64) string { return fmt.Sprintf("%.0f", float64(n)/(1<<20)) }
