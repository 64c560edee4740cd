// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const examples = "../../examples"

// Each of the examples does what its comments say: its plan is made, applied, followed by an empty one, and destroyed.
func TestAccExamples(t *testing.T) {
	for _, example := range []struct {
		name      string
		accepted  int // after the apply
		rejected  int
		destroyed map[string]int // statuses after the destroy, but pendingAcceptance
		says      []string       // the apply
		outputs   map[string]int // how many elements each part has
	}{
		{name: "accept-partners", accepted: 5, destroyed: map[string]int{"rejected": 5}},
		{name: "for-each-consumer", accepted: 3, destroyed: map[string]int{"rejected": 2, "accepted": 1}},
		{name: "pipeline", accepted: 2, destroyed: map[string]int{"rejected": 2}},
		{name: "reject", rejected: 3, destroyed: map[string]int{"rejected": 3}},
		{
			name: "trusted-account", accepted: 30, destroyed: map[string]int{"rejected": 30},
			says: []string{"Plan: 1 to add, 0 to change, 0 to destroy", "+ accepted = 30"},
		},
		{
			name: "check-undeclared", accepted: 2, destroyed: map[string]int{"rejected": 2},
			says: []string{
				"Plan: 1 to add, 0 to change, 0 to destroy", "Warning: Check block assertion failed",
				"These wait for a decision that nothing here makes:", "- ee6e5197-be1c-5b3a-86d2-8e3c81e73291 of account 26f02e3a36d33b502caba4c00b3580f7",
			},
			outputs: map[string]int{"undeclared.pendingAcceptance": 66},
		},
		{
			name: "waiting", destroyed: map[string]int{},
			says: []string{"Changes to Outputs: + waiting = {", `+ "04aea51a0a8bb2ce392f905c17a1d610" = {`},
			outputs: map[string]int{
				"waiting.04aea51a0a8bb2ce392f905c17a1d610": 8, "waiting.26f02e3a36d33b502caba4c00b3580f7": 30, "waiting.dee97f25ee46f55d8094d524374591c0": 30,
			},
		},
	} {
		t.Run(example.name, func(t *testing.T) {
			t.Parallel()
			seed, server := mockapig.DemoSeed(), mockapig.New(mockapig.Config{}) // what "make mock" serves
			assert.NilError(t, server.Plant(seed))
			listener := httptest.NewServer(server)
			t.Cleanup(listener.Close)
			statuses := func() map[string]int {
				count := map[string]int{}
				for _, c := range server.Connections(seed.Gateways[0].ID) {
					count[c.Status]++
				}
				return count
			}
			c := newQuickCLI(t, "", "HW_ACCESS_KEY=DEMOACCESSKEY", "HW_SECRET_KEY=demo-secret-key")
			copyExample(t, c.dir, example.name)
			variables := []string{"-var-file=mock.tfvars", fmt.Sprintf("-var=apis={apig=%q,iam=%q}", listener.URL, listener.URL)}
			c.apply(variables...).expect(t, 0, example.says...)
			c.settled(variables...)
			if example.outputs != nil {
				var outputs map[string]struct{ Value map[string]any }
				assert.NilError(t, json.Unmarshal([]byte(c.must("output", "-json").stdout), &outputs))
				got := map[string]int{}
				for name, output := range outputs {
					for part, elements := range output.Value {
						got[name+"."+part] = reflect.ValueOf(elements).Len()
					}
				}
				expectValue(t, "outputs", example.outputs, got)
			}
			got := statuses()
			assert.Check(t, got["accepted"] == example.accepted && got["rejected"] == example.rejected,
				"%v, want %d accepted and %d rejected", got, example.accepted, example.rejected)
			c.must(append([]string{"destroy", "-auto-approve"}, variables...)...)
			got = statuses()
			delete(got, "pendingAcceptance")
			expectValue(t, "after the destroy", example.destroyed, got)
		})
	}
}

// The examples of the list resources' pages. What is generated of either is imported, and plans nothing after that.
func TestAccExamples_listResource_terraform1_14(t *testing.T) {
	t.Parallel()
	skipBelow(t, tfversion.Version1_14_0)
	for name, tc := range map[string]struct {
		found    []string
		imported int
	}{
		permissionsType + "/list-resource.tfquery.hcl": {[]string{"2 accounts"}, 1}, // the owner's too, which is another's here
		connectionType + "/list-resource.tfquery.hcl":  {[]string{"2 accepted endpoints of account " + mockapig.DefaultConsumer, "1 rejected endpoint of account " + otherDomain}, 2},
		connectionType + "/list-resource_endpoints.tfquery.hcl": {
			[]string{endpointID(1) + " (status accepted, account " + mockapig.DefaultConsumer + ")", endpointID(2) + " (status accepted"}, 2,
		},
	} {
		m := newListening(t, mockapig.Config{})
		m.Connect(testInstance, mockapig.Connection{ID: endpointID(1), DomainID: mockapig.DefaultConsumer, Status: "accepted"})
		m.Connect(testInstance, mockapig.Connection{ID: endpointID(2), DomainID: mockapig.DefaultConsumer, Status: "accepted"})
		m.Connect(testInstance, mockapig.Connection{ID: endpointID(3), DomainID: otherDomain, Status: "rejected"})
		m.Permit(testInstance, otherDomain)
		c := newQuickCLI(t, m.provider())
		query, err := os.ReadFile(filepath.Join(examples, "list-resources", name))
		assert.NilError(t, err)
		assert.NilError(t, os.WriteFile(filepath.Join(c.dir, "find.tfquery.hcl"), query, 0o600))
		c.must("query", "-generate-config-out=generated.tf").expect(t, 0, tc.found...)
		c.apply().expect(t, 0, fmt.Sprintf("%d imported, 0 added, 0 changed, 0 destroyed", tc.imported))
		c.settled()
		m.expectDecisions(t)
	}
}

// The example of the action's page cuts off an account, or accepts an endpoint.
func TestAccExamples_action_terraform1_14(t *testing.T) {
	t.Parallel()
	skipBelow(t, tfversion.Version1_14_0)
	const invited, invitedDomain = "9fa04c5e-64ec-4106-a014-2ad71ad9997d", "5e0b7c3d9a1f4826b4d8e6f0a2c41793"
	m := newListening(t, mockapig.Config{})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(1), DomainID: mockapig.DefaultConsumer, Status: "accepted"})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(2), DomainID: otherDomain, Status: "accepted"})
	m.Connect(testInstance, mockapig.Connection{ID: invited, DomainID: invitedDomain})
	c := newQuickCLI(t, m.provider())
	copyExample(t, c.dir, "actions/"+decisionType)
	c.apply("-invoke=action."+decisionType+".cut_off").expect(t, 0, endpointID(1)+" (status rejected, account "+mockapig.DefaultConsumer+"), was accepted")
	c.apply("-invoke=action."+decisionType+".let_in").expect(t, 0, invited+" (status accepted, account "+invitedDomain+"), was pendingAcceptance")
	m.expectDecisions(t, "reject 1", "receive 1")
	m.expectStatuses(t, "accepted", endpointID(2))
}

// Every directory with an example has a test: here, or that of the command that runs it.
func TestExamples_all(t *testing.T) {
	want := []string{
		"accept-partners", "actions/" + decisionType, "check-undeclared", "data-sources/" + connectionType + "s",
		"data-sources/" + permissionsType, "demo", "end-to-end", "for-each-consumer", "least-privilege", "list-resources/" + connectionType, "list-resources/" + permissionsType,
		"other-clouds/abu-dhabi", "other-clouds/cloud-ru", "other-clouds/flexible-engine", "other-clouds/istanbul",
		"other-clouds/kuala-lumpur", "other-clouds/own-addresses", "other-clouds/t-cloud-public", "pipeline", "provider", "provider/ephemeral", "reject",
		"resources/" + connectionType, "resources/" + exclusiveType, "resources/" + permissionsType, "several-gateways", "smoke",
		"testing", "trusted-account", "waiting",
	}
	var got []string
	assert.NilError(t, filepath.WalkDir(examples, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		directory, err := filepath.Rel(examples, filepath.Dir(path))
		directory = filepath.ToSlash(directory)
		if !slices.Contains(got, directory) && !strings.Contains(directory, ".terraform") {
			got = append(got, directory)
		}
		return err
	}))
	assert.Check(t, is.DeepEqual(want, slices.Sorted(slices.Values(got))), "directories with a test, and those that there are")
}

// copyExample puts the files of an example into a working directory, without what somebody's own run has left beside them.
func copyExample(t *testing.T, dir, name string) {
	t.Helper()
	from := filepath.Join(examples, filepath.FromSlash(name))
	entries, err := os.ReadDir(from)
	assert.NilError(t, err)
	for _, entry := range entries {
		if ext := filepath.Ext(entry.Name()); ext != ".tf" && ext != ".tfvars" && ext != ".hcl" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, entry.Name()))
		assert.NilError(t, err)
		assert.NilError(t, os.WriteFile(filepath.Join(dir, entry.Name()), text, 0o600))
	}
}

// importCommands reads the arguments of the CLI's calls in a script.
func importCommands(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile(name)
	assert.NilError(t, err)
	var commands [][]string
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		if words := strings.Fields(line); len(words) > 0 && words[0] == "terraform" {
			commands = append(commands, words[1:])
		}
	}
	return commands
}
