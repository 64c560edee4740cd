// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// unseen are decisions that a run asked for and did not see take effect, by endpoint,
// since it was interrupted, ran out of time or lost an answer. They may take effect at
// any later time, whatever is configured by then, so that private state keeps them
// until they are seen, or seen to be overtaken.
type unseen map[string]gateway.Asked

const unseenKey = "unseen"

func unseenIn(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) unseen {
	return tfkit.GetPrivate[unseen](ctx, private, unseenKey, diags)
}

// save keeps what is unseen on some endpoints, which are those of the state.
func (u unseen) save(ctx context.Context, private tfkit.PrivateWriter, endpoints []string, diags *diag.Diagnostics) {
	kept := unseen{}
	for _, id := range endpoints {
		for decision, at := range u[id] {
			if kept[id] == nil {
				kept[id] = gateway.Asked{}
			}
			kept[id][decision] = at.UTC().Truncate(time.Second)
		}
	}
	if len(kept) == 0 {
		tfkit.DropPrivate(ctx, private, diags, unseenKey)
		return
	}
	tfkit.SetPrivate(ctx, private, unseenKey, kept, diags)
}

// opposes tells whether the opposite of a decision was asked for and may take effect.
func (u unseen) opposes(id string, decision endpoint.Decision) bool {
	for asked := range u[id] {
		if asked != decision {
			return true
		}
	}
	return false
}

// without returns what is still unseen after a listing: what it shows to be decided so
// is not, nor is anything about who has left.
func (u unseen) without(shown map[string]endpoint.Connection) unseen {
	left := unseen{}
	for id, asked := range u {
		decision, _ := endpoint.Decided(shown[id].Status)
		gone := endpoint.Judge(endpoint.Release, shown[id].Status) == endpoint.Gone
		for one, at := range asked {
			if gone || one == decision {
				continue
			}
			if left[id] == nil {
				left[id] = gateway.Asked{}
			}
			left[id][one] = at
		}
	}
	return left
}

// count is how many decisions are unseen.
func (u unseen) count() (n int) {
	for _, asked := range u {
		n += len(asked)
	}
	return n
}

// assuring makes cases of endpoints that leave a resource without a rejection, so that
// a decision of an earlier run does not cut them off, or let them in, after that.
func (u unseen) assuring(endpoints []string, decision endpoint.Decision) []*settle.Item {
	var cases []*settle.Item
	for _, id := range endpoints {
		if u.opposes(id, decision) {
			c := settle.Decide(id, decision, nil)
			c.EverListed = true
			cases = append(cases, c)
		}
	}
	return cases
}

// warn tells in a plan of decisions on endpoints that may still take effect. What an
// apply makes of each is in the plan's changes.
func (u unseen) warn(diags *diag.Diagnostics, of apig.Gateway, endpoints []string, line func(id string) string) {
	var found []string
	for _, id := range endpoints {
		if asked := u[id]; len(asked) > 0 {
			found = append(found, line(id)+": "+wordsFor(asked))
		}
	}
	warnOfUnseen(diags, of, found)
}

func warnOfUnseen(diags *diag.Diagnostics, of apig.Gateway, found []string) {
	if len(found) == 0 {
		return
	}
	diags.AddWarning(tfkit.SummaryFor("Decisions may still take effect", found), fmt.Sprintf(
		"On the %s, an earlier run asked for these decisions and did not see what came of them, since it was interrupted, ran out of time or got no answer:\n%s\n\n"+
			"They may take effect later than what the gateway lists now. An apply makes sure that what is configured holds after them: "+
			"it decides again, and where one has not shown two minutes after it was asked for, takes it for lost. "+
			"This is kept with the resource: before you take that out of the state, wait until two minutes have passed.", of, tfkit.Bullets(found)))
}

// wordsFor says what was asked for, and when.
func wordsFor(asked gateway.Asked) string {
	words := make([]string, 0, len(asked))
	for _, decision := range slices.SortedFunc(maps.Keys(asked), func(a, b endpoint.Decision) int { return asked[a].Compare(asked[b]) }) {
		words = append(words, fmt.Sprintf("asked to be %s at %s", decision, asked[decision].UTC().Format(time.RFC3339)))
	}
	return strings.Join(words, ", ")
}
