// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"maps"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// spare is the endpoint of the demo's seed that the tests take.
const spare = "849dfdf2-07ff-5028-b78a-653d1828bc24"

// configVariable has the test binary be the command. Its value is the CLI configuration of a provider that is built already.
const configVariable = "APIG_TEST_SMOKE_CONFIG"

func TestMain(m *testing.M) {
	if config := os.Getenv(configVariable); config != "" {
		s := &smoke{environ: os.Environ(), in: os.Stdin, out: os.Stdout, times: quick, build: built(config)}
		os.Exit(s.guarded(context.Background()))
	}
	code := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	os.Exit(code)
}

// quick is for a mock, which shows everything within a second.
var quick = times{decision: time.Minute, restoring: time.Minute, poll: 50 * time.Millisecond, doubt: 200 * time.Millisecond}

func built(config string) func(context.Context, cli.CLI, string, string) (string, error) {
	return func(context.Context, cli.CLI, string, string) (string, error) { return config, nil }
}

var buildDir string

// prebuilt builds the provider, once for all tests.
var prebuilt = sync.OnceValues(func() (string, error) {
	chosen, err := cli.Find(context.Background())
	if err != nil {
		return "", err
	}
	root, err := cli.Root()
	if err != nil {
		return "", err
	}
	if buildDir, err = os.MkdirTemp("", "apig-smoke-test-"); err != nil {
		return "", err
	}
	return chosen.BuildMirror(context.Background(), root, buildDir)
})

func skipWithoutCLI(t *testing.T) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("an acceptance test: set TF_ACC=1")
	}
}

// rig is a mock gateway, and the environment to test it with.
type rig struct {
	*mockapig.Server

	gateway string
	environ []string
	times   times
}

// newRig makes a mock where the spare endpoint has a status.
func newRig(t *testing.T, config mockapig.Config, status string) rig {
	t.Helper()
	seed := mockapig.DemoSeed()
	server := mockapig.New(config)
	assert.NilError(t, server.Plant(seed))
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	gateway := seed.Gateways[0].ID
	if status != mockapig.StatusPending {
		server.SetStatus(gateway, spare, status)
	}
	return rig{Server: server, gateway: gateway, times: quick, environ: []string{
		"HW_REGION_NAME=" + seed.Region, "HW_ACCESS_KEY=DEMOACCESSKEY", "HW_SECRET_KEY=demo-secret-key", "HW_AUTH_URL=" + listener.URL,
		"APIG_SMOKE_API_URL=" + listener.URL, "APIG_SMOKE_INSTANCE_ID=" + gateway, "APIG_SMOKE_ENDPOINT_ID=" + spare,
	}}
}

// run runs the command, in which nobody types anything but what is given.
func (r rig) run(t *testing.T, typed string, more ...string) (code int, printed string) {
	t.Helper()
	config, err := prebuilt()
	assert.NilError(t, err)
	var out bytes.Buffer
	s := &smoke{environ: append(r.environ, more...), in: strings.NewReader(typed), out: &out, times: r.times, build: built(config)}
	code = s.run(t.Context())
	assert.Check(t, !strings.Contains(out.String(), "demo-secret-key"), "a secret is shown")
	return code, out.String()
}

// status returns the spare endpoint's, and checks that no other was decided.
func (r rig) status(t *testing.T) string {
	t.Helper()
	for _, call := range r.Journal() {
		for _, id := range call.Decided {
			assert.Check(t, id == spare, "%s was decided", id)
		}
	}
	c, _ := r.Connection(r.gateway, spare)
	return c.Status
}

// rows reads the report's table: what the gateway does, and the mock's behavior, by question.
func rows(printed string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(printed) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if strings.HasPrefix(line, "| ") && len(cells) == 4 {
			found[strings.TrimSpace(cells[0])] = strings.TrimSpace(cells[1]) + ": " + strings.TrimSpace(cells[2])
		}
	}
	delete(found, "question")
	delete(found, "---")
	return found
}

// What the report says of gateways that behave in different ways; TestQuestions has more of them.
func TestAccSmoke_behaviors(t *testing.T) {
	skipWithoutCLI(t)
	const (
		notObserved = "not observed: -"
		accepted    = mockapig.StatusAccepted
		pending     = mockapig.StatusPending
		rejected    = mockapig.StatusRejected
	)
	hostileBehavior := mockapig.Hostile()
	hostileBehavior.StaleFor = 2 * time.Second // longer than a busy machine needs to look
	// What the report says of a friendly gateway, for a pending endpoint that is accepted, rejected and accepted again.
	base := map[string]string{
		"`total` in the answers":                "there: `friendly`",
		"a listing's filter `id`":               "exact: `friendly`",
		"the order of a listing":                "oldest first: `friendly`",
		"what the answer to a decision shows":   "the status that was asked for: `friendly`",
		"`creating` before `accepted`":          "not seen: -",
		"a listing right after a decision":      "shows the decision: `friendly`",
		"accepting what is accepted":            "works: `friendly`",
		"accepting an endpoint that is unknown": "ignored: `friendly`",
		"two endpoints in one call":             "taken: `friendly`",
		"accepting what was rejected":           "works: `friendly`",
	}
	for name, test := range map[string]struct {
		config  mockapig.Config
		status  string // at the beginning
		reject  bool
		code    int
		end     string
		differs map[string]string // from base
		says    []string
	}{
		"friendly, pending": {
			status: pending, end: accepted,
			differs: map[string]string{"accepting what was rejected": notObserved},
			says: []string{
				"The mock's behaviors that this gateway has: `friendly`.", "`rejected-ignored`, `rejected-refused`",
				"It was pendingAcceptance, and nothing can make it that again", "Apply complete! Resources: 1 added", "No changes.",
			},
		},
		"hostile": {
			config: mockapig.Config{Behavior: hostileBehavior, Creating: 200 * time.Millisecond}, status: accepted, reject: true, end: accepted,
			differs: map[string]string{
				"`total` in the answers": "left out: `omit-total`", "a listing's filter `id`": "ignored: `id-ignored`",
				"what the answer to a decision shows":   "the status from before: `answer-old`",
				"a listing right after a decision":      "shows the status from before: `stale`",
				"accepting what is accepted":            "refused: `redecide-refused-500`",
				"accepting an endpoint that is unknown": "refused: `unknown-refused-500` or `unknown-partial-500` or `unknown-stops-500`",
				"two endpoints in one call":             notObserved,
			},
			says: []string{"Apply complete! Resources: 0 added, 1 changed", "A REJECTION MAY BE FINAL"},
		},
		"hostile-one": {
			config: mockapig.Config{Behavior: mockapig.HostileOne()}, status: accepted, end: accepted,
			differs: map[string]string{
				"`total` in the answers": "left out: `omit-total`", "a listing's filter `id`": "ignored: `id-ignored`", "the order of a listing": "newest first: `newest-first`",
				"what the answer to a decision shows": notObserved, "`creating` before `accepted`": notObserved,
				"a listing right after a decision": notObserved, "accepting what was rejected": notObserved,
				"accepting what is accepted":            "refused: `redecide-refused-wrapped`",
				"accepting an endpoint that is unknown": "refused: `unknown-refused-wrapped` or `unknown-partial-wrapped` or `unknown-stops-wrapped`",
				"two endpoints in one call":             "refused: `one-by-500`",
			},
		},
		"rejected-refused": {
			config: mockapig.Config{Behavior: mockapig.Behavior{RejectedFinal: mockapig.FinalRefused}}, status: accepted, reject: true, code: exitFailed, end: rejected,
			differs: map[string]string{"accepting what was rejected": "is refused: `rejected-refused`", "`creating` before `accepted`": notObserved},
			says:    []string{"THE ENDPOINT IS NOT AS IT WAS TO BE LEFT.", "was accepted and is rejected"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, test.config, test.status)
			variables := []string{"APIG_SMOKE_YES=1"}
			if test.reject {
				variables = append(variables, "APIG_SMOKE_REJECT=1")
			}
			if test.code != exitOK { // what is waited for never comes
				r.times.decision, r.times.restoring = 4*time.Second, 2*time.Second
			}
			code, printed := r.run(t, "", variables...)
			want := maps.Clone(base)
			maps.Copy(want, test.differs)
			diff := cmp.Diff(want, rows(printed))
			assert.Check(t, diff == "" && code == test.code, "exit code %d, want %d; rows (-want +got):\n%s\n%s", code, test.code, diff, printed)
			words := strings.Join(strings.Fields(printed), " ")
			for _, text := range test.says {
				assert.Check(t, strings.Contains(words, text), "nothing says %q in\n%s", text, printed)
			}
			assert.Check(t, is.Equal(r.status(t), test.end), "at the end")
		})
	}
}

// Who refuses gets no decision made, and the exit code that says so.
func TestAccSmoke_refused(t *testing.T) {
	skipWithoutCLI(t)
	for name, test := range map[string]struct {
		status string
		typed  string
		more   []string
		code   int
		says   string
	}{
		"declined":     {status: mockapig.StatusPending, typed: "no\n", code: exitRefused, says: "Nobody said yes: nothing was decided."},
		"end of input": {status: mockapig.StatusPending, code: exitRefused, says: "Nobody said yes"},
		"rejected":     {status: mockapig.StatusRejected, code: exitFailed, says: "has the status rejected"},
		"absent":       {status: mockapig.StatusPending, more: []string{"APIG_SMOKE_ENDPOINT_ID=nowhere"}, code: exitFailed, says: "endpoint nowhere is not among the 68 connections"},
		"no gateway":   {status: mockapig.StatusPending, more: []string{"APIG_SMOKE_INSTANCE_ID=nowhere"}, code: exitFailed, says: "HTTP 404, APIC.7302"},
		"wrong key":    {status: mockapig.StatusPending, more: []string{"HW_SECRET_KEY=other", "HW_PROJECT_ID=d6b033a06ec39228f06ba253f9179d75"}, code: exitFailed, says: "HTTP 401, APIGW.0301"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mockapig.Config{}, test.status)
			code, printed := r.run(t, test.typed, test.more...)
			assert.Check(t, code == test.code && strings.Contains(strings.Join(strings.Fields(printed), " "), test.says),
				"exit code %d, want %d, and %q in\n%s", code, test.code, test.says, printed)
			assert.Check(t, is.Equal(r.Count(mockapig.OpAcceptOrReject), 0), "decisions")
		})
	}
}

// Without its variables it says what it needs, and makes no call.
func TestSmoke_needs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		more []string
		says string
	}{
		"no gateway":  {[]string{"APIG_SMOKE_INSTANCE_ID="}, "APIG_SMOKE_INSTANCE_ID is not set."},
		"no endpoint": {[]string{"APIG_SMOKE_ENDPOINT_ID="}, "APIG_SMOKE_ENDPOINT_ID is not set."},
		"no region":   {[]string{"HW_REGION_NAME="}, "HW_REGION_NAME"},
		"half a key":  {[]string{"HW_SECRET_KEY="}, "HW_SECRET_KEY"},
		"bad address": {[]string{"APIG_SMOKE_API_URL=http://example.com"}, "unencrypted"},
		"a bad flag":  {[]string{"APIG_SMOKE_REJECT=true"}, `APIG_SMOKE_REJECT is "true": it must be 1, or not set.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mockapig.Config{}, mockapig.StatusPending)
			var out bytes.Buffer
			s := &smoke{environ: append(r.environ, test.more...), out: &out, times: quick}
			code := s.run(t.Context())
			printed := out.String()
			assert.Check(t, code == exitRefused && strings.Contains(printed, test.says) && strings.Contains(printed, needs),
				"exit code %d, and not %q in\n%s", code, test.says, printed)
			assert.Check(t, is.Len(r.Journal(), 0))
		})
	}
}
