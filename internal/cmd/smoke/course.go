// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/narrate"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// Exit codes of the CLI.
const (
	done    = 0
	changes = 2 // of a plan with -detailed-exitcode
)

// course is one run, from the first look on.
type course struct {
	narrate.Narrator
	settings

	times     times
	gateway   apig.Gateway
	relay     *relay
	client    *apig.Client // through the relay
	workspace cli.Workspace

	found endpoint.Connection // the spare endpoint, as it was
	among int                 // how many connections the gateway has
	seen  evidence
}

// look lists the connections, and refuses an endpoint that is not fit.
func (c *course) look(ctx context.Context) error {
	for page, err := range c.client.ListConnections(ctx, c.gateway, apig.ConnectionFilter{}) {
		if err != nil {
			return err
		}
		c.among += len(page.Entries)
		for _, found := range page.Entries {
			if found.ID == c.endpoint {
				c.found = found
			}
		}
	}
	if c.found.ID == "" {
		return fmt.Errorf("endpoint %s is not among the %d connections of %s", c.endpoint, c.among, c.gateway)
	}
	if !slices.Contains([]endpoint.Status{endpoint.StatusAccepted, endpoint.StatusPendingAcceptance}, c.found.Status) {
		return fmt.Errorf("endpoint %s has the status %s: it has to be %s or %s for this test",
			c.endpoint, c.found.Status, endpoint.StatusPendingAcceptance, endpoint.StatusAccepted)
	}
	return nil
}

// announce says what is going to happen.
func (c *course) announce() {
	c.Say("Of the %d connections that %s lists, endpoint %s of account %s is %s. With your consent, and with this endpoint alone:",
		c.among, c.gateway, c.endpoint, c.found.DomainID, c.found.Status)
	accept := "- The provider accepts it: plan, apply, and a second plan that has to be empty."
	if c.found.Status == endpoint.StatusAccepted {
		accept = "- The provider adopts it as it is: plan, apply, and a second plan that has to be empty."
	}
	lines := []string{
		accept,
		"- Calls that change nothing: listings by ID; the acceptance of the endpoint, which is accepted by then;",
		"  that of an endpoint ID that was just made up, alone and together with this endpoint.",
	}
	if c.reject {
		lines = append(lines,
			"- The provider rejects it, which cuts its consumer off, and accepts it again.",
			"  A REJECTION MAY BE FINAL. Then the endpoint can never be accepted again, and its consumer has to",
			"  create a new one. It has to be a spare one, which nobody needs.")
	}
	c.Lines(lines...)
	end := "At the end it is accepted, as it is now."
	if c.found.Status == endpoint.StatusPendingAcceptance {
		end = "At the end it is accepted. Nothing can make it pending again."
	}
	c.Say("%s If something fails, or after Ctrl-C, it is brought there again as far as the gateway allows it.", end)
}

// accept plans by the provider's own way to the gateway, which checks its signature, and decides through the relay.
func (c *course) accept(ctx context.Context) error {
	if err := c.command(ctx, c.direct(endpoint.StatusAccepted), done, "init"); err != nil {
		return err
	}
	if err := c.command(ctx, c.direct(endpoint.StatusAccepted), changes, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	return c.decide(ctx, endpoint.StatusAccepted)
}

func (c *course) rejectIt(ctx context.Context) error { return c.decide(ctx, endpoint.StatusRejected) }

func (c *course) acceptAgain(ctx context.Context) error {
	c.seen.again = len(c.relay.exchanges(0))
	return c.decide(ctx, endpoint.StatusAccepted)
}

// decide lets the provider make a decision, and find that it is made.
func (c *course) decide(ctx context.Context, desired endpoint.Status) error {
	if err := c.command(ctx, c.relayed(desired), done, "apply", "-auto-approve"); err != nil {
		return err
	}
	if err := c.command(ctx, c.direct(desired), done, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	return c.expect(ctx, desired)
}

// probe makes calls that change nothing, and keeps what came of them.
func (c *course) probe(ctx context.Context) error {
	c.Say("The endpoint ID that is made up is %s.", c.relay.stranger)
	fmt.Fprintln(c.Out)
	c.seen.byPrefix = c.list(ctx, c.endpoint[:len(c.endpoint)-1])
	c.seen.byStranger = c.list(ctx, c.relay.stranger)
	c.seen.redecide = c.receive(ctx, c.endpoint)
	c.seen.alone = c.receive(ctx, c.relay.stranger)
	c.seen.pair = c.receive(ctx, c.endpoint, c.relay.stranger)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return c.expect(ctx, endpoint.StatusAccepted)
}

// list asks for the connections of an ID.
func (c *course) list(ctx context.Context, id string) *exchange {
	return c.observe(ctx, "list by ID "+id, func(ctx context.Context) error {
		for _, err := range c.client.ListConnections(ctx, c.gateway, apig.ConnectionFilter{ID: id}) {
			return err // one page tells
		}
		return nil
	})
}

// receive accepts endpoints in one call.
func (c *course) receive(ctx context.Context, endpoints ...string) *exchange {
	return c.observe(ctx, "accept "+strings.Join(endpoints, " and "), func(ctx context.Context) error {
		_, err := c.client.AcceptOrReject(ctx, c.gateway, endpoint.Accepted, endpoints)
		return err
	})
}

// observe makes a call and returns its last exchange, nil if there was none. Its failure is for the report alone.
func (c *course) observe(ctx context.Context, what string, call func(context.Context) error) *exchange {
	ctx = rest.WithRetries(ctx, 0, rest.KindServer, rest.KindBusy)
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	begin := len(c.relay.exchanges(0))
	err := call(ctx)
	exchanges := c.relay.exchanges(begin)
	if len(exchanges) == 0 {
		fmt.Fprintf(c.Out, "  %s: not made: %v\n", what, err)
		return nil
	}
	last := exchanges[len(exchanges)-1]
	fmt.Fprintf(c.Out, "  %s: %s\n", what, outcome(&last))
	return &last
}

// expect looks whether the endpoint has a status.
func (c *course) expect(ctx context.Context, want endpoint.Status) error {
	got, err := c.status(ctx)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("the endpoint is %s, and was to be %s", orAbsent(got), want)
	}
	return nil
}

// status asks the gateway for the endpoint's status, "" if it has no such endpoint.
func (c *course) status(ctx context.Context) (endpoint.Status, error) {
	for page, err := range c.client.ListConnections(ctx, c.gateway, apig.ConnectionFilter{ID: c.endpoint}) {
		if err != nil {
			return "", err
		}
		for _, found := range page.Entries {
			return found.Status, nil
		}
	}
	return "", nil
}

func orAbsent(s endpoint.Status) string {
	if s == "" {
		return "not listed"
	}
	return string(s)
}

// command runs a command of the CLI before the user's eyes.
func (c *course) command(ctx context.Context, w cli.Workspace, want int, arguments ...string) error {
	c.Command(w.CLI.Name(), arguments)
	got, err := w.Run(ctx, c.Out, c.Out, arguments...)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%q ended with exit code %d, and %d was to be expected", strings.Join(arguments, " "), got, want)
	}
	return nil
}

// direct runs the CLI with the provider's own way to the gateway.
func (c *course) direct(desired endpoint.Status) cli.Workspace {
	return c.with("TF_VAR_desired_status="+string(desired), "TF_VAR_api_url="+c.address)
}

// relayed runs it with the relay between the provider and the gateway.
func (c *course) relayed(desired endpoint.Status) cli.Workspace {
	return c.with("TF_VAR_desired_status="+string(desired), "TF_VAR_api_url="+c.relay.address.String(), "TF_APPEND_USER_AGENT="+c.relay.word)
}

func (c *course) with(variables ...string) cli.Workspace {
	w := c.workspace
	w.Env = append(slices.Clone(w.Env), variables...)
	w.Env = append(w.Env, "TF_VAR_instance_id="+c.instance, "TF_VAR_endpoint_id="+c.endpoint, "TF_VAR_timeout="+c.times.decision.String())
	return w
}

// errDeclined is what a run without a yes ends with.
var errDeclined = errors.New("declined")

// errNotRestored is what a run ends with whose endpoint is not where it was to be left. It was told of.
var errNotRestored = errors.New("not restored")

// run goes through the course, restores, and reports.
func (c *course) run(ctx context.Context) error {
	chapters := []narrate.Chapter{
		{Title: "Plan, accept, plan again", Tell: c.accept},
		{Title: "Calls that change nothing", Tell: c.probe},
		{Title: "Reject", Tell: c.rejectIt},
		{Title: "Accept again", Tell: c.acceptAgain},
	}
	if !c.reject {
		chapters = chapters[:2]
	}
	failed := c.Tell(ctx, chapters...)
	if failed != nil && ctx.Err() == nil {
		c.Say("This failed: %v.", failed)
	}
	// Restoring goes on after the interruption that it follows.
	now, err := c.restore(context.WithoutCancel(ctx))

	c.Title("Report")
	c.seen.spare, c.seen.all = c.endpoint, c.relay.exchanges(0)
	fmt.Fprintf(c.Out, "\n%s", report(c.about(failed, now), c.seen))
	if err != nil {
		c.Say("THE ENDPOINT IS NOT AS IT WAS TO BE LEFT. Endpoint %s of gateway %s was %s and is %s: %v.",
			c.endpoint, c.instance, c.found.Status, orAbsent(now), err)
		return errNotRestored
	}
	switch {
	case now == c.found.Status:
		c.Say("The endpoint is %s, as it was.", now)
	default:
		c.Say("The endpoint is %s. It was %s, and nothing can make it that again.", now, c.found.Status)
	}
	return failed
}

// about is what heads the report.
func (c *course) about(failed error, now endpoint.Status) []string {
	lines := []string{fmt.Sprintf("%s, region %s", c.workspace.CLI, c.gateway.Region)}
	if commit := revision(); commit != "" {
		lines = append(lines, "provider built from commit "+commit)
	}
	course := "accepted"
	if c.reject {
		course = "accepted, rejected and accepted again"
	}
	result := "as planned"
	if failed != nil {
		result = "not to its end"
	}
	return append(lines, fmt.Sprintf("an endpoint that was `%s`, to be %s: %s; it is `%s` at the end", c.found.Status, course, result, orAbsent(now)))
}
