// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
)

// The whole story, as a visitor sees it.
func TestAccDemo_story(t *testing.T) {
	skipWithoutCLI(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	t.Setenv("TF_CLI_CONFIG_FILE", filepath.Join(temporary, "missing"))
	t.Setenv("HW_REGION_NAME", "elsewhere-1")
	var out bytes.Buffer
	err := run(t.Context(), &out, false)
	assert.NilError(t, err, "%v\n%s", err, out.String())
	at := 0
	for _, want := range []string{
		`1\. Three accounts ask to connect`,
		`30 pendingAcceptance  of account dee97f25`,
		`30 pendingAcceptance  of account 26f02e3a`,
		`8 pendingAcceptance  of account 04aea51a`,
		`\$ \w+ init`,
		`\$ \w+ plan -out=demo\.tfplan`,
		`Plan: 2 to add, 0 to change, 0 to destroy`,
		`\$ \w+ apply demo\.tfplan`,
		`2 added`,
		`accept 60 endpoints +2 +2\n +reject 8 endpoints +1 +1\n +list connections +\d +2`,
		`30 accepted .*\n.* 30 accepted .*\n.* 8 rejected `,
		`\$ \w+ plan -detailed-exitcode\n`,
		`No changes`,
		`4\. Somebody rejects`,
		`~ status     = "rejected" -> "accepted"`,
		`# \(59 unchanged elements hidden\)`,
		`Plan: 0 to add, 1 to change, 0 to destroy`,
		`1 changed`,
		`5\. An endpoint of an account that nobody expected`,
		`Error: Endpoints of accounts that are not expected`,
		`7d2f94c1-\S+ \(status pendingAcceptance, account b3f0c6a1`,
		`6\. Destroy`,
		`Warning: Connections will be rejected`,
		`2 destroyed`,
		`30 rejected .*\n.* 30 rejected .*\n.* 8 rejected .*\n.* 1 pendingAcceptance`,
		`apply +\d+ +0\.\d+ +136 +6\.80\n +plan without changes +1 +`,
		`make mock`,
		`-chdir=examples/demo plan`,
	} {
		place := regexp.MustCompile(want).FindStringIndex(out.String()[at:])
		assert.Assert(t, place != nil, "nothing says %q after\n%s", want, out.String()[:at])
		at += place[1]
	}
	lines := strings.Count(out.String(), "\n")
	assert.Check(t, lines <= 3*screen, "%d lines are more than three screens", lines)
	assert.Check(t, !strings.Contains(out.String(), "\x1b"), "what is no terminal gets escape sequences")
	checkEmpty(t, temporary)
}

// screen is how many lines a screen has.
const screen = 55

// An interruption ends everything and leaves nothing behind.
func TestAccDemo_interrupted(t *testing.T) {
	skipWithoutCLI(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	err := run(ctx, watcher(func(p []byte) {
		if out.Write(p); strings.Contains(out.String(), "Creating...") {
			cancel()
		}
	}), false)
	assert.Check(t, errors.Is(err, context.Canceled) && !strings.Contains(out.String(), "Apply complete"), "%v\n%s", err, out.String())
	checkEmpty(t, temporary)
}

func skipWithoutCLI(t *testing.T) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("an acceptance test: set TF_ACC=1")
	}
}

// checkEmpty finds what the demo has left. The Go command and the CLI's own sockets are none of its business.
func checkEmpty(t *testing.T, dir string) {
	t.Helper()
	left, _ := filepath.Glob(filepath.Join(dir, "apig-*"))
	assert.Check(t, len(left) <= 0, "the demo has left %v", left)
}

// watcher is told of what is written.
type watcher func(p []byte)

func (w watcher) Write(p []byte) (int, error) { w(p); return len(p), nil }

func TestCallTable(t *testing.T) {
	for name, test := range map[string]struct {
		calls tally.Tally
		want  []string
	}{
		"a plan": {
			calls: tally.Tally{Listings: 1},
			want: []string{
				"calls                          made   least possible",
				"accept or reject                  0                0",
				"list connections                  1                1",
			},
		},
		"an apply": {
			calls: tally.Tally{
				Receive: tally.Action{Calls: 2, Endpoints: 60}, Reject: tally.Action{Calls: 3, Endpoints: 1}, Listings: 12,
			},
			want: []string{
				"calls                          made   least possible",
				"accept 60 endpoints               2                2",
				"reject 1 endpoint                 3                1",
				"list connections                 12                2",
			},
		},
	} {
		assert.Check(t, is.DeepEqual(test.want, callTable(test.calls)), name)
	}
}

func TestExcerpt(t *testing.T) {
	var out strings.Builder
	e := &excerpt{out: &out}
	for _, part := range []string{
		"apig_x.a: Refreshing state...\n\nTerraform will perform the following actions:\n\n  # apig_x.a will be cr", "eated\n  + resource \"apig_x\" \"a\" {\n",
		"      + endpoints = [\n", "          + \"8c56dc53-ed56-50b4-8b28-eeab2e3a94c2\",\n          + \"a5525c4b-537f-51fe-a762-9cb457d356d8\",\n",
		"          + \"849dfdf2-07ff-5028-b78a-653d1828bc24\",\n          + \"7f9a8773-7db2-5c45-9807-085e596901f6\",\n        ]\n    }\n\nPlan: 1 to add.\n\n",
		"\x1b[33m╷\x1b[0m\n\x1b[33m│\x1b[0m Warning: Beware\n\x1b[33m│\x1b[0m \n\x1b[33m│\x1b[0m   with apig_x.a,\n\x1b[33m│\x1b[0m \n\x1b[33m│\x1b[0m Of this.\n\x1b[33m╵\x1b[0m\n", "The end",
	} {
		if n, err := e.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	e.close()
	want := "  # apig_x.a will be created\n          + \"8c56dc53-ed56-50b4-8b28-eeab2e3a94c2\",\n          + \"a5525c4b-537f-51fe-a762-9cb457d356d8\",\n          … 2 more\n" +
		"Plan: 1 to add.\n\x1b[33m│\x1b[0m Warning: Beware\n\n\x1b[33m│\x1b[0m Of this.\n\nThe end\n"
	assert.Check(t, is.DeepEqual(want, out.String()))
}

func TestPlannedDecisions(t *testing.T) {
	plan := func(changes string) string { return `{"format_version":"1.2","resource_changes":[` + changes + `]}` }
	const unchanged = `{"address":"b","change":{"actions":["no-op"],"before":{"connections":{"9":{"status":"rejected"}}},"after":{"connections":{"9":{"status":"rejected"}}}}}`
	for name, test := range map[string]struct {
		plan    string
		want    []decision
		wantErr string
	}{
		"nothing": {plan: plan(unchanged)},
		"one of two": {
			plan: plan(unchanged + `,{"address":"a","change":{"actions":["update"],
				"before":{"connections":{"1":{"status":"rejected","updated_at":"x"},"2":{"status":"accepted"}}},
				"after":{"connections":{"1":{"status":"accepted"},"2":{"status":"accepted"}}}}}`),
			want: []decision{{"a", "1", "rejected", "accepted"}},
		},
		"added and removed": {
			plan: plan(`{"address":"a","change":{"actions":["update"],
				"before":{"connections":{"2":{"status":"accepted"}}},"after":{"connections":{"1":{"status":"accepted"}}}}}`),
			want: []decision{{"a", "1", "", "accepted"}, {"a", "2", "accepted", ""}},
		},
		"new connections": {
			plan: plan(`{"address":"a","change":{"actions":["update"],"before":{"connections":null},"after":{"connections":{"1":{"status":"accepted"}}}}}`),
			want: []decision{{"a", "1", "", "accepted"}},
		},
		"a destroy": {plan: plan(`{"address":"a","change":{"actions":["delete"]}}`), wantErr: "to [delete] a"},
		"no JSON":   {plan: "Plan: 1 to change", wantErr: "reading the plan"},
	} {
		got, err := plannedDecisions([]byte(test.plan))
		assert.Check(t, (err == nil) == (test.wantErr == "") && (err == nil || strings.Contains(err.Error(), test.wantErr)),
			"%s: %v, want %q", name, err, test.wantErr)
		assert.Check(t, slices.Equal(got, test.want), "%s: %v, want %v", name, got, test.want)
	}
}

func TestEditEndpoints(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, endpointsFile)
	write(t, name, `{"a": ["1"], "b": ["2"]}`)
	assert.NilError(t, editEndpoints(dir, "a", func(ids []string) []string { return append(ids, "3") }))
	got, err := os.ReadFile(name)
	assert.NilError(t, err)
	want := "{\n  \"a\": [\n    \"1\",\n    \"3\"\n  ],\n  \"b\": [\n    \"2\"\n  ]\n}\n"
	assert.Check(t, string(got) == want, "%s", got)
	assert.Check(t, is.ErrorContains(editEndpoints(dir, "c", slices.Clone), `no endpoints of "c"`))
	write(t, name, `{`)
	assert.Check(t, is.ErrorContains(editEndpoints(dir, "a", slices.Clone), endpointsFile), "no JSON")
}

func write(t *testing.T, name, text string) {
	t.Helper()
	assert.NilError(t, os.WriteFile(name, []byte(text), 0o600))
}
