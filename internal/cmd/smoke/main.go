// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command smoke runs the provider against a live gateway with one spare endpoint, restores the endpoint, and reports
// which of the mock's behaviors the gateway has.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/narrate"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitRefused     = 2 // variables are missing, or nobody said yes
	exitInterrupted = 130
)

// errInterrupted is the cause of a context that Ctrl-C ended.
var errInterrupted = errors.New("interrupted")

// times are how long things may take.
type times struct {
	decision  time.Duration // until the gateway shows one
	restoring time.Duration
	poll      time.Duration // between two looks
	doubt     time.Duration // until a listing is believed that may be older than a rejection
}

var usual = times{decision: 5 * time.Minute, restoring: 2 * time.Minute, poll: time.Second, doubt: 10 * time.Second}

// smoke is the command, with what it gets from outside.
type smoke struct {
	environ []string
	in      io.Reader
	out     io.Writer
	times   times
	// build builds the provider, and returns a CLI configuration that uses it.
	build func(ctx context.Context, c cli.CLI, root, dir string) (config string, err error)

	course atomic.Pointer[course] // once something may be decided
}

func main() {
	s := &smoke{
		environ: os.Environ(), in: os.Stdin, out: os.Stdout, times: usual,
		build: func(ctx context.Context, c cli.CLI, root, dir string) (string, error) {
			return c.BuildMirror(ctx, root, dir)
		},
	}
	os.Exit(s.guarded(context.Background()))
}

// guarded runs the command so that Ctrl-C ends the course and restores, and a second one ends everything.
func (s *smoke) guarded(ctx context.Context) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		<-signals
		fmt.Fprintln(os.Stderr, "\nInterrupted: the CLI is asked to end, and the endpoint is restored. Another Ctrl-C leaves at once.")
		cancel(errInterrupted)
		<-signals
		fmt.Fprintln(os.Stderr, "\n"+s.left())
		if c := s.course.Load(); c != nil {
			_ = os.RemoveAll(filepath.Dir(c.workspace.Dir)) // what can't be removed is left
		}
		os.Exit(exitFailed)
	}()
	return s.run(ctx)
}

// left says in which state a second Ctrl-C leaves the endpoint.
func (s *smoke) left() string {
	c := s.course.Load()
	if c == nil {
		return "Left at once. Nothing was decided."
	}
	status, last := c.found.Status, apig.Action("")
	for _, x := range c.relay.exchanges(0) {
		if listed := x.lists(c.endpoint); listed != "" {
			status = listed
		}
		if x.decides(c.endpoint) {
			last = x.Action
		}
	}
	if last == "" {
		return fmt.Sprintf("Left at once. Endpoint %s is %s, as it was: nothing was decided.", c.endpoint, status)
	}
	return fmt.Sprintf("Left at once, and nothing restored. Endpoint %s of gateway %s was %s at first, the last decision that was answered is %q, and it was last seen %s.",
		c.endpoint, c.instance, c.found.Status, last, status)
}

// run returns the exit code.
func (s *smoke) run(ctx context.Context) int {
	lookup := lookupIn(s.environ)
	set, problems := parse(lookup)
	var signed access
	if len(problems) == 0 {
		var err error
		if signed, err = accessIn(set.address, lookup); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if len(problems) > 0 {
		fmt.Fprintf(s.out, "%s\n%s", strings.Join(problems, "\n"), needs)
		return exitRefused
	}
	err := s.prepared(ctx, set, signed)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errDeclined):
		fmt.Fprintln(s.out, "\nNobody said yes: nothing was decided.")
		return exitRefused
	case errors.Is(err, errNotRestored):
		return exitFailed
	case ctx.Err() != nil:
		fmt.Fprintln(s.out, "\nInterrupted.")
		return exitInterrupted
	default:
		fmt.Fprintf(s.out, "\nThe smoke test failed: %v\n", err)
		return exitFailed
	}
}

// prepared makes everything ready that a course needs, and runs it.
func (s *smoke) prepared(ctx context.Context, set settings, signed access) (err error) {
	chosen, err := cli.Find(ctx)
	if err != nil {
		return err
	}
	root, err := cli.Root()
	if err != nil {
		return err
	}
	project, err := signed.projectID(ctx)
	if err != nil {
		return err
	}
	gateway := apig.Gateway{Region: signed.region, ProjectID: project, InstanceID: set.instance}
	r := openRelay(signed, gateway, set, madeUpID())
	defer r.close()
	dir, err := os.MkdirTemp("", "apig-smoke-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	work := filepath.Join(dir, "smoke")
	if err := cli.CopyConfiguration(work, filepath.Join(root, "examples", "smoke")); err != nil {
		return err
	}
	c := &course{
		Narrator: narrate.New(s.out), settings: set, times: s.times, gateway: gateway, relay: r, client: r.client(),
		workspace: cli.Workspace{CLI: chosen, Dir: work, Env: forProvider(s.environ)},
	}
	if !c.Bold {
		c.workspace.Env = append(c.workspace.Env, "TF_CLI_ARGS=-no-color")
	}
	c.Say("This is %s. A first listing, which changes nothing ...", chosen)
	if err := c.look(ctx); err != nil {
		return err
	}
	c.announce()
	if err := s.consent(ctx, set.yes); err != nil {
		return err
	}
	c.Say("Building the provider, which takes a minute the first time ...")
	if c.workspace.Config, err = s.build(ctx, chosen, root, dir); err != nil {
		return err
	}
	s.course.Store(c)
	return c.run(ctx)
}

// consent asks for a yes.
func (s *smoke) consent(ctx context.Context, given bool) error {
	if given {
		fmt.Fprintln(s.out, "\nAPIG_SMOKE_YES is set: going on.")
		return nil
	}
	fmt.Fprint(s.out, "\nType yes to go on: ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(s.in).ReadString('\n') // the end of the input is no yes
		answer <- strings.TrimSpace(line)
	}()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case line := <-answer:
		if line != "yes" {
			return errDeclined
		}
		return nil
	}
}

// madeUpID makes an endpoint ID, in the form of a random UUID.
func madeUpID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, by its contract
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
