// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/narrate"
	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const planFile = "demo.tfplan"

// What the story is about: how many endpoints the configuration accepts and rejects, and somebody who was not expected.
const (
	partners          = 60
	strangers         = 8
	partner           = "consumer_b"
	newcomer          = "7d2f94c1-3b60-5a8e-9c4d-51e0b7a6f382"
	newcomersAccount  = "b3f0c6a1d94e47528e6b7f1a2c3d4e5f"
	unexpectedSummary = "Endpoints of accounts that are not expected"
)

// tell goes through the chapters, and ends at the first that goes otherwise.
func (t *tour) tell(ctx context.Context) error {
	err := t.Tell(ctx, []narrate.Chapter{
		{Title: "Three accounts ask to connect", Tell: t.pending},
		{Title: "A configuration, and its plan", Tell: t.plan},
		{Title: "Apply", Tell: t.apply},
		{Title: "Somebody rejects a connection in the console", Tell: t.drift},
		{Title: "An endpoint of an account that nobody expected", Tell: t.unexpected},
		{Title: "Destroy", Tell: t.destroy},
	}...)
	if err != nil {
		return err
	}
	t.Say("That was all, in %.0f seconds. What it cost, beside what it would have cost to read and decide each endpoint in a call of its own, at %s a call:",
		time.Since(t.begin).Seconds(), latency)
	t.Lines(costTable(t.costs, latency)...)
	t.farewell()
	return nil
}

func (t *tour) pending(context.Context) error {
	t.Say("A mock of the platform's API listens on %s. Every call takes %s there, and a connection that is accepted "+
		"is %s in the making. It has a gateway, %s, to which other accounts' VPC endpoints ask to be connected:",
		t.gateway.url, latency, creating, t.gateway.id)
	t.showStandings()
	return expect("pending connections", t.gateway.count(mockapig.StatusPending), partners+strangers)
}

func (t *tour) plan(ctx context.Context) error {
	t.Say("The configuration in examples/demo accepts the %d endpoints of two partners, whose accounts it names, and "+
		"rejects the third account's. It runs in a copy of that directory, and finds the provider that was just built.",
		partners)
	if _, _, err := t.command(ctx, done, "init"); err != nil {
		return err
	}
	_, calls, err := t.command(ctx, done, "plan", "-out="+planFile)
	if err != nil {
		return err
	}
	t.costs = append(t.costs, costOf("plan", calls, 0))
	t.Say("A plan never decides anything. It lists the connections, by one call, to tell what stands in the way of the apply.")
	return expectActions(calls, tally.Action{}, tally.Action{})
}

func (t *tour) apply(ctx context.Context) error {
	_, calls, err := t.command(ctx, done, "apply", planFile)
	if err != nil {
		return err
	}
	t.costs = append(t.costs, costOf("apply", calls, 2*(partners+strangers)))
	t.Say("The API takes at most 50 endpoints a call. The apply ended when the gateway said of each that it is as desired:")
	t.Lines(callTable(calls)...)
	t.showStandings()
	if err := cmp.Or(
		expectActions(calls, tally.Action{Calls: 2, Endpoints: partners}, tally.Action{Calls: 1, Endpoints: strangers}),
		expect("accepted connections", t.gateway.count(mockapig.StatusAccepted), partners),
	); err != nil {
		return err
	}

	t.Say("A plan right after finds nothing to do, by one listing.")
	_, calls, err = t.command(ctx, done, "plan", "-detailed-exitcode")
	if err != nil {
		return err
	}
	t.costs = append(t.costs, costOf("plan without changes", calls, partners+strangers))
	return cmp.Or(expect("listings", calls.Listings, 1), expectActions(calls, tally.Action{}, tally.Action{}))
}

func (t *tour) drift(ctx context.Context) error {
	endpoint := t.gateway.Connections(t.gateway.id)[0].ID
	t.gateway.SetStatus(t.gateway.id, endpoint, mockapig.StatusRejected)
	t.Say("A colleague clicks the wrong button: %s is rejected, and its consumer is cut off. The next plan shows exactly that.", endpoint)
	_, calls, err := t.command(ctx, changes, "plan", "-detailed-exitcode", "-out="+planFile)
	if err != nil {
		return err
	}
	t.costs = append(t.costs, costOf("plan after a rejection", calls, partners+strangers))
	found, err := t.planned(ctx)
	if err != nil {
		return err
	}
	want := decision{"apig_vpc_endpoint_connection.partners", endpoint, mockapig.StatusRejected, mockapig.StatusAccepted}
	if !slices.Equal(found, []decision{want}) {
		return fmt.Errorf("the plan was to have %v alone, and has %v%s", want, found, changedHint)
	}

	t.Say("One endpoint of %d, from %q to %q. The apply decides that one, and touches no other.", partners, want.from, want.to)
	if _, calls, err = t.command(ctx, done, "apply", planFile); err != nil {
		return err
	}
	t.costs = append(t.costs, costOf("apply of one", calls, 2))
	return cmp.Or(
		expect("accepted connections", t.gateway.count(mockapig.StatusAccepted), partners),
		expectActions(calls, tally.Action{Calls: 1, Endpoints: 1}, tally.Action{}),
	)
}

func (t *tour) unexpected(ctx context.Context) error {
	t.gateway.Connect(t.gateway.id, mockapig.Connection{ID: newcomer, DomainID: newcomersAccount})
	add := func(ids []string) []string { return append(ids, newcomer) }
	if err := editEndpoints(t.workspace.Dir, partner, add); err != nil {
		return err
	}
	t.Say("Somebody sends us one more endpoint of the partner %q, and it goes into %s:", partner, endpointsFile)
	t.Lines(fmt.Sprintf("+   %q", newcomer))
	t.Say("An ID does not say whose it is. The gateway does: this one is of account %s, which `expected_domain_ids` does "+
		"not name. The plan refuses it, and nothing is decided.", newcomersAccount)
	printed, calls, err := t.command(ctx, refused, "plan")
	if err != nil {
		return err
	}
	for _, part := range []string{unexpectedSummary, newcomer, newcomersAccount} {
		if !strings.Contains(printed, part) {
			return fmt.Errorf("the refusal was to say %q", part)
		}
	}
	if err := expectActions(calls, tally.Action{}, tally.Action{}); err != nil {
		return err
	}
	t.Say("It is taken out again.")
	remove := func(ids []string) []string {
		return slices.DeleteFunc(ids, func(id string) bool { return id == newcomer })
	}
	return editEndpoints(t.workspace.Dir, partner, remove)
}

func (t *tour) destroy(ctx context.Context) error {
	t.Say("What leaves the provider's care is rejected, unless `on_destroy` is \"retain\". The plan lists whom that cuts off.")
	_, calls, err := t.command(ctx, done, "plan", "-destroy", "-out="+planFile)
	if err != nil {
		return err
	}
	t.costs = append(t.costs, costOf("plan of a destroy", calls, partners+strangers))
	if _, calls, err = t.command(ctx, done, "apply", planFile); err != nil {
		return err
	}
	t.costs = append(t.costs, costOf("destroy", calls, 2*partners))
	t.showStandings()
	t.Say("The last one still asks: no resource ever held it, so that nobody touched it.")
	return cmp.Or(
		expect("rejected connections", t.gateway.count(mockapig.StatusRejected), partners+strangers),
		expect("pending connections", t.gateway.count(mockapig.StatusPending), 1),
		expectActions(calls, tally.Action{}, tally.Action{Calls: 2, Endpoints: partners}),
	)
}

// farewell tells how to go on.
func (t *tour) farewell() {
	name := t.workspace.CLI.Name()
	if path, err := exec.LookPath(name); err != nil || path != t.workspace.CLI.Path {
		name = t.workspace.CLI.Path
	}
	t.Say("To change it and run it yourself, `make mock` serves the same gateway; in another terminal:")
	t.Lines(
		"export TF_CLI_CONFIG_FILE=$PWD/.bin/dev.tfrc",
		name+" -chdir=examples/demo plan",
		name+" -chdir=examples/demo apply",
	)
}
