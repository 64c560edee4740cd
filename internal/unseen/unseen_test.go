// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package unseen

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

var askedAt = time.Date(2026, 11, 29, 2, 3, 4, 0, time.UTC)

func askedFor(decisions ...endpoint.Decision) gateway.Asked {
	asked := gateway.Asked{}
	for i, d := range decisions {
		asked[d] = askedAt.Add(time.Duration(i) * time.Second)
	}
	return asked
}

// A listing takes out of the note what it shows, and who has left.
func TestUnseenWithout(t *testing.T) {
	t.Parallel()
	both := askedFor(endpoint.Rejected, endpoint.Accepted)
	for status, want := range map[endpoint.Status]int{
		endpoint.StatusPendingAcceptance: 2, endpoint.StatusFailed: 2, endpoint.StatusAccepted: 1, endpoint.StatusCreating: 1, endpoint.StatusRejected: 1,
		endpoint.StatusDeleting: 0, endpoint.Absent: 0, "unheard of": 2,
	} {
		left := Decisions{"e": both}.Without(map[string]endpoint.Connection{"e": {Status: status}})
		assert.Check(t, left.Count() == want, "after %q: %v", status, left)
		assert.Check(t, (status != endpoint.StatusRejected || !left.Opposes("e", endpoint.Accepted)) && (status != endpoint.StatusAccepted || !left.Opposes("e", endpoint.Rejected)),
			"after %q it opposes what it shows not to: %v", status, left)
	}
}

// What leaves without a rejection is made sure of where the opposite of what the resource wanted may take effect.
func TestUnseenAssuring(t *testing.T) {
	t.Parallel()
	u := Decisions{"rejected": askedFor(endpoint.Rejected), "accepted": askedFor(endpoint.Accepted), "both": askedFor(endpoint.Accepted, endpoint.Rejected)}
	for decision, want := range map[endpoint.Decision][]string{endpoint.Accepted: {"rejected", "both"}, endpoint.Rejected: {"accepted", "both"}} {
		var got []string
		for _, c := range u.Assuring([]string{"none", "rejected", "accepted", "both"}, decision, func(id string) bool { return id == "both" }) {
			got = append(got, c.EndpointID)
			assert.Check(t, c.Goal == decision.Goal() && c.Spare() == (c.EndpointID == "both"), "%s: goal %s, phase %d", c.EndpointID, c.Goal, c.Phase)
		}
		assert.Check(t, is.DeepEqual(want, got), "to be %s", decision)
	}
}

// The note is small, keeps what the state has, and goes when it is empty.
func TestUnseenSaved(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	private := memory{}
	u := Decisions{"e": askedFor(endpoint.Rejected), "f": askedFor(endpoint.Accepted)}
	u.Save(t.Context(), private, []string{"d", "e"}, &diags)
	got, want := string(private[unseenKey]), `{"e":{"rejected":"2026-11-29T02:03:04Z"}}`
	assert.Check(t, got == want, "saved %s, want %s", got, want)
	assert.Check(t, is.DeepEqual(Decisions{"e": u["e"]}, In(t.Context(), private, &diags)), "read again")
	u.Save(t.Context(), private, []string{"d"}, &diags)
	_, there := private[unseenKey]
	assert.Check(t, !there && !diags.HasError(), "in the end: %v, %v", private, diags)
}

// The plan names endpoints, what was asked for of each, and when.
func TestUnseenWarning(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	line := func(id string) string { return id + " (status accepted)" }
	Decisions{"e": askedFor(endpoint.Rejected, endpoint.Accepted)}.Warn(&diags, apig.Gateway{}, []string{"d", "e"}, line, "rejected")
	Decisions{}.Warn(&diags, apig.Gateway{}, []string{"d"}, line, "rejected")
	assert.Assert(t, len(diags) == 1 && diags[0].Summary() == "Decisions may still take effect: e", "%v", diags)
	want := "- e (status accepted): asked to be rejected at 2026-11-29T02:03:04Z, asked to be accepted at 2026-11-29T02:03:05Z"
	got := diags[0].Detail()
	assert.Check(t, strings.Contains(got, want), "nothing says %q:\n%s", want, got)
}

// memory is private state in memory.
type memory map[string][]byte

func (m memory) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) { return m[key], nil }

func (m memory) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	if m[key] = value; value == nil {
		delete(m, key)
	}
	return nil
}
