// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// An entry belongs to one resource. One that moves from one to another stays where
// the latter is applied first, and is made again where it is not.
func TestAccPermissions_holders(t *testing.T) {
	t.Parallel()
	ids := accountIDs(1, 3)
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		c := newQuickCLI(t, m.permitting(ids[:2])+permissions("other", hclList(ids[1:])))
		c.plan().expect(t, 1, "Error: Accounts that another resource names", "of the same provider block names these accounts for the "+theGateway+" too: - "+ids[1]+" An entry belongs to one resource", "Keep it in one of them. "+destroyAllTheSame)
		c.configure(m.permitting([]string{"*"}) + permissions("other", hclList(ids)))
		c.must("apply", "-auto-approve")
	})
	t.Run("in two states", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		c := newQuickCLI(t, m.permitting(ids[:2]))
		c.must("apply", "-auto-approve")
		c.configure(m.permitting(ids[:1]) + permissions("other", hclList(ids[1:2])))
		c.must("import", "-input=false", "apig_vpc_endpoint_permissions.other", importID(ids[1]))
		c.plan("-refresh=false").expect(t, 1, "Error: Accounts that two resources hold in the state", "have these accounts of the "+theGateway+" in the state", "- "+ids[1], "Plan without `-refresh=false`")
		c.apply().expect(t, 0)
		c.settled()
		m.expectPermitted(t, ids[:2]...)
	})
	t.Run("in two states, the keeper first", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		c := newQuickCLI(t, m.permitting(ids[:2]))
		c.must("apply", "-auto-approve")
		m.ResetJournal()
		c.configure(m.permitting(ids[:1], "depends_on = [apig_vpc_endpoint_permissions.other]") + permissions("other", hclList(ids[1:2])))
		c.must("import", "-input=false", "apig_vpc_endpoint_permissions.other", importID(ids[1]))
		c.apply().expect(t, 0, "Warning: Entries left to another resource", "does not delete their entries", "- "+ids[1], "0 added, 1 changed, 0 destroyed")
		c.settled()
		if calls := m.permissionCalls(); len(calls) > 0 {
			t.Errorf("calls: %v", calls)
		}
	})
	t.Run("in two states, unread and unknown", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		c := newQuickCLI(t, m.permitting(ids[:2]))
		c.must("apply", "-auto-approve")
		other := permissions("other", hclList(ids[1:2]))
		c.configure(m.permitting(ids[:1]) + other)
		c.must("import", "-input=false", "apig_vpc_endpoint_permissions.other", importID(ids[1]))
		c.configure(m.provider() + known("ids", ids[:1]) + permissions("test", "terraform_data.ids.output") + other)
		c.apply("-refresh=false").expect(t, 1, "Error: Accounts that two resources hold in the state", "- "+ids[1])
		c.apply().expect(t, 0)
		c.settled()
		m.expectPermitted(t, ids[:2]...)
	})
	t.Run("replaced, and given up", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		const first = "lifecycle {\n    create_before_destroy = true\n  }"
		c := newQuickCLI(t, m.permitting(ids[:2], first))
		c.must("apply", "-auto-approve")
		c.configure(m.permitting(ids[:1], first))
		c.apply("-replace="+permissionsName).expect(t, 1, "Error: Destroying the replaced object would delete permissions", "- "+ids[1], "Plan again: that shows what its destruction deletes.")
		m.expectPermitted(t, ids[:2]...)
		c.apply().expect(t, 0, "1 destroyed")
		c.settled()
		m.expectPermitted(t, ids[0])
	})
	t.Run("replaced, and not known", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		c := newQuickCLI(t, m.permitting(ids[:2]))
		c.must("apply", "-auto-approve")
		c.configure(m.provider() + known("ids", ids[:2]) + permissions("test", "terraform_data.ids.output"))
		c.apply("-replace="+permissionsName).expect(t, 1, "Error: A forced replacement would delete permissions", "- "+ids[0], "`domain_ids` is not known yet", "Apply without the replacement first.")
		m.expectPermitted(t, ids[:2]...)
		c.must("apply", "-auto-approve")
		c.settled()
	})
	t.Run("replaced", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		c := newQuickCLI(t, m.permitting(ids[:2], "lifecycle {\n    create_before_destroy = true\n  }"))
		c.must("apply", "-auto-approve")
		c.must("apply", "-auto-approve", "-replace="+permissionsName)
		c.settled()
		m.expectPermitted(t, ids[:2]...)
	})
	// What a resource of a plan does not know is in which order they are applied.
	giverLast, takerLast := "depends_on = [apig_vpc_endpoint_permissions.other]", "depends_on = [apig_vpc_endpoint_permissions.test]"
	for name, tc := range map[string]struct {
		giver, taker string
		calls        []string // nil where it depends
	}{
		"giver last":  {giverLast, "", []string{}},
		"giver first": {"", takerLast, []string{"delete 1", "add 1"}},
		"any order":   {"", "", nil},
	} {
		t.Run("moves, "+name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			c := newQuickCLI(t, m.permitting(ids[:2], tc.giver)+permissions("other", hclList(ids[2:]), tc.taker))
			c.must("apply", "-auto-approve")
			m.ResetJournal()
			c.configure(m.permitting(ids[:1], tc.giver) + permissions("other", hclList(ids[1:]), tc.taker))
			r := c.apply()
			r.expect(t, 0, "Warning: Accounts that change hands", "One resource of this plan gives up these accounts of the "+theGateway,
				"An apply may delete their entries before it adds them again: - "+ids[1]+" In between", "depend on the other (`depends_on`)")
			if n := strings.Count(r.output(), "Accounts that change hands"); n != 1 {
				t.Errorf("%d warnings:\n%s", n, r.output())
			}
			if diff := cmp.Diff(tc.calls, m.permissionCalls()); tc.calls != nil && diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			c.settled()
			m.expectPermitted(t, ids...)
		})
	}
}
