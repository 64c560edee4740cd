// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A replacement that is forced releases what the new object does not hold, and
// what it holds on another gateway only.
func TestAccConnection_replaceForced(t *testing.T) {
	t.Parallel()
	const another = "3b9c1d3e5f7041638597a0b1c2d3e4f6"
	m := newMock(t, mockapig.Config{})
	m.AddGateway(mockapig.Gateway{ID: another, ProjectID: testProject})
	m.ask("accepted", endpointIDs(1, 3)...)
	m.Connect(another, mockapig.Connection{ID: endpointID(4)})
	c := newQuickCLI(t, m.provider()+block("test", "accepted", hclList(endpointIDs(1, 3))))
	c.must("apply", "-input=false", "-auto-approve")

	c.configure(m.provider() + block("test", "accepted", hclList(endpointIDs(1, 2))))
	c.must("apply", "-input=false", "-auto-approve", "-replace="+resourceName)
	m.expectDecisions(t, "reject 1")
	m.expectStatuses(t, "rejected", endpointID(3))
	c.settled()

	// The same endpoint is named on the other gateway, which does not list it.
	m.ResetJournal()
	ids := []string{endpointID(1), endpointID(4)}
	c.configure(m.provider() + strings.Replace(block("test", "accepted", hclList(ids), `wait_for_endpoints = "0s"`), testInstance, another, 1))
	c.apply().expect(t, 1, "Endpoints never appeared", endpointID(1))
	m.expectStatuses(t, "rejected", endpointIDs(1, 2)...)
	c.state(noState{})
}

// What leaves in a forced replacement is treated by the planned on_destroy, as
// the plan of an update shows it.
func TestAccConnection_replaceForcedOnDestroy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before, after string
		want          string
		warning       bool
	}{
		"from reject to retain": {`on_destroy = "reject"`, `on_destroy = "retain"`, "accepted", false},
		"from retain to reject": {`on_destroy = "retain"`, `on_destroy = "reject"`, "rejected", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 2)...)
			c := newQuickCLI(t, m.provider()+block("test", "accepted", hclList(endpointIDs(1, 2)), test.before))
			c.must("apply", "-input=false", "-auto-approve")
			c.configure(m.provider() + block("test", "accepted", hclList(endpointIDs(1, 1)), test.after))
			r := c.apply("-replace=" + resourceName)
			r.expect(t, 0, "1 added", "1 destroyed")
			if got := strings.Contains(r.words(), "Warning: Connections will be rejected"); got != test.warning {
				t.Errorf("a warning: %t, want %t", got, test.warning)
			}
			m.expectStatuses(t, "accepted", endpointID(1))
			m.expectStatuses(t, test.want, endpointID(2))
			c.settled()
		})
	}
}

// A forced replacement is refused where it would reject what its plan can't tell of.
func TestAccConnection_replaceBlindly(t *testing.T) {
	t.Parallel()
	const summary = "Error: A forced replacement would reject connections"
	t.Run("endpoints not known", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		m.ask("accepted", endpointIDs(1, 2)...)
		config := func(version string, arguments ...string) string {
			return m.provider() + `
resource "terraform_data" "ids" {
  input            = ` + hclList(endpointIDs(1, 2)) + `
  triggers_replace = "` + version + `"
}
` + block("test", "accepted", "terraform_data.ids.output", arguments...)
		}
		c := newQuickCLI(t, config("1"))
		c.must("apply", "-input=false", "-auto-approve")
		c.configure(config("2"))
		c.apply("-replace="+resourceName).expect(t, 1, summary, "- "+endpointID(1)+" - "+endpointID(2), "`endpoints` is not known yet", "Apply without the replacement first")
		m.expectDecisions(t)

		c.configure(config("2", `on_destroy = "retain"`))
		c.apply("-replace="+resourceName).expect(t, 0, "2 added", "2 destroyed")
		m.expectDecisions(t)
		c.settled()
	})
	t.Run("another default project", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		m.ask("accepted", endpointID(1))
		c := newQuickCLI(t, m.provider()+block("test", "accepted", hclList(endpointIDs(1, 1))))
		c.must("apply", "-input=false", "-auto-approve")
		c.configure(strings.Replace(m.provider(), testProject, "another-project", 1) + block("test", "accepted", hclList(endpointIDs(1, 1))))
		c.run("plan", "-input=false", "-refresh=false", "-replace="+resourceName).expect(t, 1, summary, "- "+endpointID(1),
			"the provider's default for `region` or `project_id` has changed", "project another-project")
		m.expectDecisions(t)
	})
}

// A forced replacement knows what another resource was planned to take over.
func TestAccConnection_replaceForcedTakeover(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 3)...)
	c := newQuickCLI(t, m.provider()+block("giver", "accepted", hclList(endpointIDs(1, 2)))+block("taker", "accepted", hclList(endpointIDs(3, 3))))
	c.must("apply", "-input=false", "-auto-approve")
	c.configure(m.provider() + block("giver", "accepted", hclList(endpointIDs(1, 1)), "depends_on = ["+address("taker")+"]") +
		block("taker", "accepted", hclList(endpointIDs(2, 3))))
	c.apply("-replace="+address("giver")).expect(t, 0, "Warning: Endpoints that change hands", "- "+endpointID(2)+" (status accepted", "1 added", "1 changed", "1 destroyed")
	m.expectDecisions(t)
	c.settled()
}

// A replacement whose creation fails says what no state holds.
func TestAccConnection_replaceHalfWay(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 2)...)
	c := newQuickCLI(t, m.provider()+block("test", "accepted", hclList(endpointIDs(1, 2))))
	c.must("apply", "-input=false", "-auto-approve")
	c.configure(m.provider() + block("test", "accepted", hclList(endpointIDs(1, 3)), `wait_for_endpoints = "0s"`))
	c.apply("-replace="+resourceName).expect(t, 1, "Error: Endpoints never appeared", "The resource is not in the state. Until an apply or an import puts it there, "+
		"a destroy leaves what is accepted as it is, with these that were so before: "+line(1, "accepted")+" "+line(2, "accepted"), applyAgain,
		"Warning: Connections left to another object", "If this apply succeeds, nothing is to be done. If it ends before that, maybe no state holds them")
	c.state(noState{})
	m.expectDecisions(t)

	c.configure(m.provider() + block("test", "accepted", hclList(endpointIDs(1, 2))))
	c.must("apply", "-input=false", "-auto-approve")
	m.expectDecisions(t)
	c.settled()
}

// A tainted object is planned like a creation, which shows nothing of what the
// old one would reject: it rejects nothing.
func TestAccConnection_replaceTainted(t *testing.T) {
	t.Parallel()
	const summary = "Error: Replacing a tainted object would reject connections"
	for name, after := range map[string]func(*mock) string{
		"endpoint taken out": func(m *mock) string { return m.provider() + block("test", "accepted", hclList(endpointIDs(1, 1))) },
		"endpoints not known": func(m *mock) string {
			return m.provider() + `
resource "terraform_data" "ids" {
  input = ` + hclList(endpointIDs(1, 2)) + `
}
` + block("test", "accepted", "terraform_data.ids.output")
		},
		"another gateway": func(m *mock) string {
			return m.provider() + strings.Replace(block("test", "accepted", hclList(endpointIDs(3, 3))), testInstance, "3b9c1d3e5f7041638597a0b1c2d3e4f6", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.AddGateway(mockapig.Gateway{ID: "3b9c1d3e5f7041638597a0b1c2d3e4f6", ProjectID: testProject})
			m.Connect("3b9c1d3e5f7041638597a0b1c2d3e4f6", mockapig.Connection{ID: endpointID(3)})
			m.ask("accepted", endpointIDs(1, 2)...)
			c := newQuickCLI(t, m.provider()+block("test", "accepted", hclList(endpointIDs(1, 2))))
			c.must("apply", "-input=false", "-auto-approve")
			c.must("taint", resourceName)
			c.configure(after(m))
			c.apply().expect(t, 1, summary, theGateway, line(2, "accepted"), "Nothing was decided.", "`terraform untaint`")
			m.expectDecisions(t)
			c.must("untaint", resourceName)
			c.must("apply", "-input=false", "-auto-approve")
			c.settled()
		})
	}
}

// What is known only after the apply may turn out to leave an endpoint out.
func TestAccConnection_unknownLeaves(t *testing.T) {
	t.Parallel()
	unknown := func(name, version string) string {
		return `
resource "terraform_data" "` + name + `" {
  input            = ` + hclList(endpointIDs(1, 1)) + `
  triggers_replace = "` + version + `"
}
`
	}
	t.Run("warned of", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		m.ask("accepted", endpointIDs(1, 2)...)
		c := newQuickCLI(t, m.provider()+block("test", "accepted", hclList(endpointIDs(1, 2))))
		c.must("apply", "-input=false", "-auto-approve")
		c.configure(m.provider() + unknown("ids", "1") + block("test", "accepted", "terraform_data.ids.output"))
		c.run("plan", "-input=false").expect(t, 0, "Warning: Connections may be rejected", line(1, "accepted")+" "+line(2, "accepted"), `apply `+"`"+`on_destroy = "retain"`+"`"+` first`)
		c.must("apply", "-input=false", "-auto-approve")
		m.expectDecisions(t, "reject 1")
		c.settled()
	})
	t.Run("on_destroy", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		m.ask("accepted", endpointIDs(1, 2)...)
		config := func(version string, ids []string) string {
			return m.provider() + `
resource "terraform_data" "keep" {
  input            = "retain"
  triggers_replace = "` + version + `"
}
` + block("test", "accepted", hclList(ids), "on_destroy = terraform_data.keep.output")
		}
		c := newQuickCLI(t, config("1", endpointIDs(1, 2)))
		c.must("apply", "-input=false", "-auto-approve")
		c.configure(config("2", endpointIDs(1, 1)))
		c.apply("-replace="+resourceName).expect(t, 1, "Error: A forced replacement would reject connections", endpointID(2), "since `on_destroy` is not")
		m.expectDecisions(t)
		c.apply().expect(t, 0)
		m.expectDecisions(t)
		m.expectStatuses(t, "accepted", endpointID(2))
		c.settled()
	})
}

// An object that was replaced before it is destroyed is destroyed by a plan of
// the apply's own. What no plan may have shown is left to the next one.
func TestAccConnection_replaceCreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	const first = "lifecycle {\n    create_before_destroy = true\n  }"
	retain := `on_destroy = "retain"`
	for name, test := range map[string]struct {
		after []string
		taint bool
	}{
		"forced, and retained":        {[]string{first, retain}, false},
		"forced":                      {[]string{first}, false},
		"tainted":                     {[]string{first}, true},
		"tainted, and to be retained": {[]string{first, retain}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 2)...)
			c := newQuickCLI(t, m.provider()+block("test", "accepted", hclList(endpointIDs(1, 2)), first))
			c.must("apply", "-input=false", "-auto-approve")

			c.configure(m.provider() + block("test", "accepted", hclList(endpointIDs(1, 1)), test.after...))
			var force []string
			if test.taint {
				c.must("taint", resourceName)
			} else {
				force = []string{"-replace=" + resourceName}
			}
			c.apply(force...).expect(t, 1, "Error: Destroying the replaced object would reject connections",
				"which the new object does not hold: - "+endpointID(2)+" (status accepted", "Plan again: that shows what its destruction rejects.")
			m.expectDecisions(t)

			c.apply().expect(t, 0, "Warning: Connections will be rejected", endpointID(2), "0 added, 0 changed, 1 destroyed")
			m.expectDecisions(t, "reject 1")
			m.expectStatuses(t, "accepted", endpointID(1))
			m.expectStatuses(t, "rejected", endpointID(2))
			c.settled()
		})
	}
	t.Run("was retained", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		m.ask("accepted", endpointIDs(1, 2)...)
		c := newQuickCLI(t, m.provider()+block("test", "accepted", hclList(endpointIDs(1, 2)), first, retain))
		c.must("apply", "-input=false", "-auto-approve")

		// The plan knows of the new on_destroy, the destruction of the old one.
		c.configure(m.provider() + block("test", "accepted", hclList(endpointIDs(1, 1)), first))
		c.apply("-replace="+resourceName).expect(t, 0, "Warning: Connections left as they are", theGateway,
			"whatever the plan said: "+line(2, "accepted"), "name them in one with `desired_status = \"rejected\"`")
		m.expectDecisions(t)
		c.settled()
	})
	t.Run("another gateway", func(t *testing.T) {
		t.Parallel()
		const another = "3b9c1d3e5f7041638597a0b1c2d3e4f6"
		m := newMock(t, mockapig.Config{})
		m.AddGateway(mockapig.Gateway{ID: another, ProjectID: testProject})
		m.ask("accepted", endpointID(1))
		m.Connect(another, mockapig.Connection{ID: endpointID(2)})
		c := newQuickCLI(t, m.provider()+block("test", "accepted", hclList(endpointIDs(1, 1)), first))
		c.must("apply", "-input=false", "-auto-approve")

		c.configure(m.provider() + strings.Replace(block("test", "accepted", hclList(endpointIDs(2, 2)), first), testInstance, another, 1))
		c.apply().expect(t, 0, "Warning: Connections will be rejected", endpointID(1), "1 added, 0 changed, 1 destroyed")
		m.expectStatuses(t, "rejected", endpointID(1))
		c.settled()
	})
}
