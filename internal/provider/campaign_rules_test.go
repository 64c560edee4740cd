// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// record is a run, for the rules to look at.
type record struct {
	began, applyBegan, ended time.Time
	stopped                  time.Time // zero where the run ended by itself
	killed, well             bool
	calm                     bool // nothing from outside came in between
	declared                 declarations
	config                   map[string]wanted
	changes                  []*change
	planned, applied         toldInWalk
	before                   map[string]cared
	calls                    []mockapig.Call // of the apply
}

// cared is an endpoint in the care of a resource, before an apply.
type cared struct {
	accepts  bool   // it is to be accepted
	status   string // as it is
	releases bool   // what leaves is rejected
}

// rule is what must never happen, and tells where it has.
type rule struct {
	name   string
	broken func(c *campaign, r *record) []string
}

var planRules = []rule{
	{"a plan decides nothing", planDecides},
}

var applyRules = []rule{
	{"a run that ends well leaves all in its care as declared", endedOtherwise},
	{"what is accepted, and held to be accepted, is never rejected", cutOff},
	{"nothing that is accepted, and declared no more, leaves the state without a word", letSlip},
	{"only what the configuration and the plan name is decided", overreach},
	{"nobody is accepted whose account is not expected", unexpected},
	{"permissions become as declared, and others stay", permissionsOtherwise},
	{"an interrupted run ends at once, and all runs end", late},
}

func (c *campaign) judge(r *record, rules []rule) {
	for _, rule := range rules {
		if what := rule.broken(c, r); len(what) > 0 {
			c.breaks(rule.name, strings.Join(what, "; "))
		}
	}
}

func (r *record) outcome() string {
	switch {
	case r.killed:
		return "killed"
	case !r.stopped.IsZero():
		return "interrupted"
	case r.well:
		return "ended well"
	}
	return "failed"
}

// care is what the states have in their care.
func (c *campaign) care(changes []*change) map[string]cared {
	care := map[string]cared{}
	for _, change := range changes {
		state, ok := change.prior.state.(fields)
		if !ok || state["connections"] == nil {
			continue
		}
		releases := state["on_destroy"] != "retain"
		if planned, ok := change.planned.state.(fields); ok && change.what == "update" {
			releases = planned["on_destroy"] != "retain"
		}
		for _, id := range elementsOf(state, "endpoints") {
			care[id] = cared{state["desired_status"] == "accepted", c.m.status(id), releases}
		}
	}
	return care
}

// inState tells whether any object has an endpoint or an account.
func (c *campaign) inState(attribute, id string) bool {
	for _, there := range c.objects {
		for _, o := range append(slices.Clone(there.deposed), &there.current) {
			if state, ok := o.state.(fields); ok && slices.Contains(elementsOf(state, attribute), id) {
				return true
			}
		}
	}
	return false
}

func elementsOf(state fields, attribute string) []string {
	var ids []string
	elements, _ := state[attribute].([]any)
	for _, element := range elements {
		if id, ok := element.(string); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// undisturbed tells whether an endpoint or an account is as the provider's runs have made it.
func (c *campaign) undisturbed(r *record, id string) bool {
	return c.disturbed[id].Before(r.began) && c.haunted[id].Before(r.began)
}

func isThere(status string) bool { return status != "" && status != mockapig.StatusDeleting }

func isConnected(status string) bool {
	return status == mockapig.StatusAccepted || status == mockapig.StatusCreating
}

// says tells whether a run warned that an endpoint or an account is left as it is.
func (r *record) says(id string) bool {
	return slices.ContainsFunc(r.applied.warnings, func(text string) bool { return strings.Contains(text, id) })
}

// accountOf is whom an entry is for.
func accountOf(permission string) string { return strings.TrimPrefix(permission, "iam:domain::") }

func accountsOf(permissions []string) []string {
	accounts := make([]string, len(permissions))
	for i, permission := range permissions {
		accounts[i] = accountOf(permission)
	}
	return accounts
}

func planDecides(c *campaign, _ *record) (what []string) {
	for _, call := range c.m.Journal() {
		if call.Operation == mockapig.OpAcceptOrReject || len(call.Permissions) > 0 {
			what = append(what, call.Operation+" "+call.Action)
		}
	}
	return what
}

func endedOtherwise(c *campaign, r *record) (what []string) {
	for _, there := range c.m.Connections(testInstance) {
		id, status, wants := there.ID, there.Status, r.declared.wants(there.ID)
		asDeclared := wants == "" || status == wants || wants == "accepted" && status == mockapig.StatusCreating
		if r.well && isThere(status) && !asDeclared && c.undisturbed(r, id) {
			what = append(what, fmt.Sprintf("%s is %s, and declared %s", id, status, wants))
		}
	}
	return what
}

func cutOff(_ *campaign, r *record) (what []string) {
	unsure := r.planned.warned(mayHandOver) || r.planned.warned("Connections may be rejected")
	for _, call := range r.calls {
		for _, id := range call.Endpoints {
			was := r.before[id]
			if call.Action == "reject" && was.accepts && was.status == mockapig.StatusAccepted && r.declared.wants(id) == "accepted" && !unsure {
				what = append(what, id)
			}
		}
	}
	return what
}

func letSlip(c *campaign, r *record) (what []string) {
	for id, was := range r.before {
		gone := r.declared.wants(id) == "" && !c.inState("endpoints", id)
		if status := c.m.status(id); was.releases && gone && isConnected(status) && c.undisturbed(r, id) && !r.says(id) {
			what = append(what, fmt.Sprintf("%s is %s after a run that %s", id, status, r.outcome()))
		}
	}
	return what
}

func overreach(c *campaign, r *record) (what []string) {
	stands := func(id string) bool { // what the exclusive resource once rejected, and lets stand by now
		there, _ := c.m.Connection(testInstance, id)
		return r.declared[soleExclusive] != nil && r.declared.stands(there.DomainID)
	}
	undeclared := fields{}
	for _, change := range r.changes {
		if planned, ok := change.planned.state.(fields); ok && planned["undeclared"] != nil {
			undeclared, _ = planned["undeclared"].(fields)
		}
	}
	for _, call := range r.calls {
		for _, id := range call.Endpoints {
			_, cared := r.before[id]
			switch wants := r.declared.wants(id); {
			case call.Action == "receive" && wants != "accepted" && !(wants == "" && !cared && stands(id)),
				call.Action == "reject" && wants != "rejected" && !cared && undeclared[id] == nil:
				what = append(what, fmt.Sprintf("%s %s, which is declared %q", call.Action, id, wants))
			}
		}
	}
	return what
}

func unexpected(c *campaign, r *record) (what []string) {
	for _, call := range r.calls {
		for _, id := range call.Endpoints {
			there, listed := c.m.Connection(testInstance, id)
			declared := r.declared.naming(id)
			if call.Action == "receive" && declared != nil && declared.expects && listed && there.DomainID != worldAccounts[0] {
				what = append(what, fmt.Sprintf("%s of %s", id, there.DomainID))
			}
		}
	}
	return what
}

func permissionsOtherwise(c *campaign, r *record) (what []string) {
	has, care := map[string]bool{}, map[string]bool{}
	for _, there := range c.m.Permissions(testInstance) {
		has[accountOf(there.Permission)] = true
	}
	for _, account := range worldAccounts {
		if r.well && r.declared.naming(account) != nil && !has[account] && c.undisturbed(r, account) {
			what = append(what, "there is no entry for "+account)
		}
	}
	for _, change := range r.changes {
		if change.kind != permissionsType {
			continue
		}
		state, _ := change.prior.state.(fields)
		planned, _ := change.planned.state.(fields)
		for _, account := range elementsOf(state, "domain_ids") {
			care[account] = true
			if r.well && change.what == "update" && planned["on_destroy"] != "retain" &&
				has[account] && !c.inState("domain_ids", account) && c.undisturbed(r, account) && !r.says(account) {
				what = append(what, "an entry is left for "+account)
			}
		}
	}
	for _, call := range r.calls {
		for _, account := range accountsOf(call.Permissions) {
			if call.Operation == mockapig.OpDeletePermissions && !care[account] || call.Operation == mockapig.OpAddPermissions && r.declared.naming(account) == nil {
				what = append(what, call.Operation+" for "+account)
			}
		}
	}
	return what
}

// late finds runs that take longer than they may: one that is interrupted, longer than what was under way takes to notice.
func late(_ *campaign, r *record) (what []string) {
	if took := r.ended.Sub(r.stopped); !r.stopped.IsZero() && took > time.Second {
		what = append(what, fmt.Sprintf("it ended %s after it was told to", took))
	}
	if took := r.ended.Sub(r.applyBegan); took > 45*time.Minute {
		what = append(what, fmt.Sprintf("it took %s", took))
	}
	return what
}

// settled plans once more, and expects no changes.
func (c *campaign) settled(r *record) {
	config := map[string]wanted{}
	for name, w := range r.config {
		config[name] = w.afterwards()
	}
	c.net.turns(weather{})
	c.m.ResetJournal()
	changes, told := c.plans(config)
	c.ends()
	what := told.errors
	for _, change := range changes {
		if change.what != "" && !(change.kind == exclusiveType && change.what == "update") {
			what = append(what, fmt.Sprintf("%s %s: %v, planned %v", change.what, change.address, change.prior.state, change.planned.state))
		}
	}
	if len(what) > 0 {
		c.breaks("after a run that ends well there is nothing to do", strings.Join(what, "; "))
	}
}
