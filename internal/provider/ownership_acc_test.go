// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// What a CLI does with the ways out that a message names: a rename takes a `moved` block,
// what is in a module that is renamed can be taken out of the state.
func TestAccOwnership_moves(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 2)
	part := func(name string) string { return fmt.Sprintf("module %q {\n  source = \"./part\"\n}\n", name) }
	for name, tc := range map[string]struct {
		before, after, says, way string
		remove                   string
	}{
		"renamed":        {block("a", "accepted", hclList(ids)), block("b", "accepted", hclList(ids)), sayMoved, movedBlock(address("a"), address("b")), ""},
		"module renamed": {part("a"), part("b"), sayRemove, "", "module.a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newListening(t, mockapig.Config{})
			m.ask("accepted", ids...)
			c := newQuickCLI(t, m.provider()+tc.before)
			directory := filepath.Join(c.dir, "part")
			noError(t, os.MkdirAll(directory, 0o700))
			noError(t, os.WriteFile(filepath.Join(directory, "main.tf"), []byte(requirements(c.requires)+block("test", "accepted", hclList(ids))), 0o600))
			init := func() {
				if tc.remove != "" {
					c.must("init")
				}
			}
			init()
			c.must("apply", "-auto-approve")
			c.configure(m.provider() + tc.after)
			init()
			c.plan().expect(t, 1, "Error: "+handover, tc.says, "to destroy all the same, do it with `-refresh=false`")
			if tc.remove != "" {
				c.must("state", "rm", tc.remove)
			}
			c.configure(m.provider() + tc.after + tc.way)
			c.must("apply", "-auto-approve")
			c.settled()
			m.onlyLists(t)
		})
	}
}

// A replacement whose apply ends between the creation of the new and the destruction
// of the old object, since what depends on it fails, leaves an object behind that has
// the same endpoints. The next plan is refused, and `state rm` does what its message
// says.
func TestAccOwnership_leftBehind(t *testing.T) {
	t.Parallel()
	const first = "lifecycle {\n    create_before_destroy = true\n  }"
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("accepted", ids...)
	dependent := func(command string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"dependent\" {\n  triggers_replace = %q\n  depends_on = [%s]\n  %s\n  provisioner \"local-exec\" {\n    command = %q\n  }\n}\n", command, resourceName, first, command)
	}
	config := m.connections("accepted", ids, first)
	c := newQuickCLI(t, config+dependent("true"))
	c.must("apply", "-auto-approve")
	c.configure(config + dependent("false"))
	c.apply("-replace="+resourceName).expect(t, 1, "local-exec provisioner error")
	c.configure(config)
	c.plan().expect(t, 1, "Error: "+handover, "the one way that reaches an object which a replacement has left behind (a deposed one)", sayRemove)
	c.must("state", "rm", resourceName)
	c.must("apply", "-auto-approve")
	c.settled()
	m.onlyLists(t)
}
