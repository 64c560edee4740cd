// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package scope

import (
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

func TestImportFormParse(t *testing.T) {
	t.Parallel()
	accounts := ImportForm{
		IDs:       tfkit.IDs{Noun: "account", Pattern: tfkit.EntryPattern, Rule: tfkit.EntryRule, Alone: "*"},
		Attribute: "domain_ids", Part: "DOMAIN_ID", Not: "not the ID of an account",
	}
	account, gateway := strings.Repeat("0a", 16), ImportForm{}
	for _, c := range []struct {
		form    ImportForm
		id      string
		want    apig.Gateway
		names   string
		problem string // begins the error
	}{
		{gateway, "i", apig.Gateway{InstanceID: "i"}, "", ""},
		{gateway, "r/p/i", apig.Gateway{Region: "r", ProjectID: "p", InstanceID: "i"}, "", ""},
		{gateway, "p/i", apig.Gateway{}, "", "has 1 slash, and takes 0 or 2"},
		{gateway, "..", apig.Gateway{}, "", `has the part "..", which is no ID: `},
		{accounts, "i/" + account, apig.Gateway{InstanceID: "i"}, account, ""},
		{accounts, "r/p/i/*", apig.Gateway{Region: "r", ProjectID: "p", InstanceID: "i"}, "*", ""},
		{accounts, "i", apig.Gateway{}, "", "has 0 slashes, and takes 1 or 3"},
		{accounts, "i/", apig.Gateway{}, "", `has the part "", which is not the ID of an account: `},
		{accounts, "i/" + account + "," + account, apig.Gateway{}, "", "names the account " + account + " twice"},
		{accounts, "i/*," + account, apig.Gateway{}, "", "names * beside others, "},
	} {
		in, names, err := c.form.parse(c.id)
		if c.problem != "" {
			assert.Check(t, err != nil && strings.HasPrefix(err.Error(), c.problem), "%q: error %v, want %q", c.id, err, c.problem)
			continue
		}
		assert.Check(t, err == nil && in.Gateway() == c.want && strings.Join(names, ",") == c.names, "%q: %v, %q, %v", c.id, in.Gateway(), names, err)
	}
}

// What is read of an import ID is all that it says: written again, it is the same. Whatever becomes part of a path is an ID.
func FuzzImportID(f *testing.F) {
	for _, seed := range []string{"i", "r/p/i", "i/e", "r/p/i/e1,e2", "r/p/i/*", "i/*,e", "//", "i/e,e", "..", "i/e\n", "r/p/\x00/e", strings.Repeat("i", 200)} {
		f.Add(seed)
	}
	forms := []ImportForm{
		{},
		{tfkit.IDs{Noun: "endpoint", Pattern: tfkit.IDPattern, Rule: tfkit.IDRule}, "endpoints", "ENDPOINT_ID", "no ID"},
		{tfkit.IDs{Noun: "account", Pattern: tfkit.EntryPattern, Rule: tfkit.EntryRule, Alone: "*"}, "domain_ids", "DOMAIN_ID", "no ID"},
	}
	f.Fuzz(func(t *testing.T, id string) {
		for _, form := range forms {
			in, names, err := form.parse(id)
			if err != nil {
				text := err.Error()
				assert.Check(t, text != "" && !strings.ContainsAny(text, "\r\n\x00\x1b"), "%q: error %q", id, text)
				continue
			}
			gateway := in.Gateway()
			parts := []string{gateway.InstanceID}
			if gateway.Region != "" {
				parts = []string{gateway.Region, gateway.ProjectID, gateway.InstanceID}
			}
			for _, part := range parts {
				assert.Check(t, tfkit.IDPattern.MatchString(part), "%q: the part %q is no ID", id, part)
			}
			if form.Attribute != "" {
				parts = append(parts, strings.Join(names, ","))
			}
			assert.Check(t, is.Equal(strings.Join(parts, "/"), id), id)
			assert.Check(t, len(slices.Compact(slices.Sorted(slices.Values(names)))) == len(names), "%q names one twice", id)
		}
	})
}
