// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package unseen keeps decisions that an earlier run asked for and did not see take effect. It knows endpoints and
// accounts by their IDs, and knows nothing of the resources that have them.
package unseen

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

// Decisions are those that a run asked for and did not see take effect, by endpoint or account: the run was
// interrupted, ran out of time or lost an answer. They may take effect at any later time, whatever is configured by
// then. So private state keeps them until they are seen, or seen to be overtaken.
type Decisions map[string]gateway.Asked

const unseenKey = "unseen"

// In reads what private state has of them.
func In(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) Decisions {
	return tfkit.GetPrivate[Decisions](ctx, private, unseenKey, diags)
}

// Save keeps what is unseen on some IDs, those of the state.
func (u Decisions) Save(ctx context.Context, private tfkit.PrivateWriter, endpoints []string, diags *diag.Diagnostics) {
	kept := Decisions{}
	for _, id := range endpoints {
		for decision, at := range u[id] {
			kept.add(id, decision, at.UTC().Truncate(time.Second))
		}
	}
	tfkit.SetPrivate(ctx, private, unseenKey, kept, diags)
}

func (u Decisions) add(id string, decision endpoint.Decision, at time.Time) {
	if u[id] == nil {
		u[id] = gateway.Asked{}
	}
	u[id][decision] = at
}

// Opposes reports whether the opposite of a decision was asked for and may take effect.
func (u Decisions) Opposes(id string, decision endpoint.Decision) bool {
	for asked := range u[id] {
		if asked != decision {
			return true
		}
	}
	return false
}

// Without returns what a listing leaves unseen: not what it shows decided, and nothing about consumers who have left.
func (u Decisions) Without(shown map[string]endpoint.Connection) Decisions {
	left := Decisions{}
	for id, asked := range u {
		decision, _ := endpoint.Decided(shown[id].Status)
		gone := endpoint.Judge(endpoint.Release, shown[id].Status) == endpoint.Gone
		for one, at := range asked {
			if !gone && one != decision {
				left.add(id, one, at)
			}
		}
	}
	return left
}

// Count is how many decisions are unseen.
func (u Decisions) Count() (n int) {
	for _, asked := range u {
		n += len(asked)
	}
	return n
}

// Assuring makes items of endpoints that leave without a rejection, so that no decision of an earlier run changes them
// later. They end where another resource has decided the opposite.
func (u Decisions) Assuring(endpoints []string, decision endpoint.Decision, opposed func(id string) bool) []*settle.Item {
	var items []*settle.Item
	for _, id := range endpoints {
		if u.Opposes(id, decision) {
			item := settle.Decide(id, decision, nil, true)
			item.Held = func() bool { return opposed(id) }
			items = append(items, item)
		}
	}
	return items
}

// Warn tells in a plan of decisions that may still take effect; lost is what a rejection
// makes of an endpoint or an account. The plan's changes show what an apply does about each.
func (u Decisions) Warn(diags *diag.Diagnostics, of apig.Gateway, ids []string, line func(id string) string, lost string) {
	var about, found []string
	for _, id := range ids {
		if asked := u[id]; len(asked) > 0 {
			about, found = append(about, id), append(found, line(id)+": "+wordsFor(asked, lost))
		}
	}
	tfkit.Warn(diags, "", "Decisions may still take effect", about,
		"On the %s, an earlier run asked for these decisions and did not see what came of them, since it was interrupted, ran out of time or got no answer:\n%s\n\n"+
			"They may take effect later than what the gateway lists now. An apply makes sure that what is configured holds after them: "+
			"it decides again, and where one has not shown two minutes after it was asked for, takes it for lost. "+
			"This is kept with the resource: before you take that out of the state, wait until two minutes have passed.", of, tfkit.Bullets(found))
}

func wordsFor(asked gateway.Asked, lost string) string {
	words := make([]string, 0, len(asked))
	for _, decision := range slices.SortedFunc(maps.Keys(asked), func(a, b endpoint.Decision) int { return asked[a].Compare(asked[b]) }) {
		what := string(decision)
		if decision == endpoint.Rejected {
			what = lost
		}
		words = append(words, fmt.Sprintf("asked to be %s at %s", what, asked[decision].UTC().Format(time.RFC3339)))
	}
	return strings.Join(words, ", ")
}
