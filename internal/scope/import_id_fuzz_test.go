// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package scope

import (
	"slices"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// What is read of an import ID is all that it says: written again, it is the same. Whatever becomes part of a path is an ID.
func FuzzImportID(f *testing.F) {
	for _, seed := range []string{"i", "r/p/i", "i/e", "r/p/i/e1,e2", "r/p/i/*", "i/*,e", "//", "i/e,e", "..", "i/e\n", "r/p/\x00/e", strings.Repeat("i", 200)} {
		f.Add(seed)
	}
	forms := []ImportForm{
		{},
		{Attribute: "endpoints", Part: "ENDPOINT_ID", Noun: "endpoint", Not: "no ID", Pattern: tfkit.IDPattern, Rule: tfkit.IDRule},
		{Attribute: "domain_ids", Part: "DOMAIN_ID", Noun: "account", Not: "no ID", Pattern: tfkit.EntryPattern, Rule: tfkit.EntryRule, Alone: "*"},
	}
	f.Fuzz(func(t *testing.T, id string) {
		for _, form := range forms {
			in, names, err := form.parse(id)
			if err != nil {
				if text := err.Error(); text == "" || strings.ContainsAny(text, "\r\n\x00\x1b") {
					t.Errorf("%q: error %q", id, text)
				}
				continue
			}
			gateway := in.Gateway()
			parts := []string{gateway.InstanceID}
			if gateway.Region != "" {
				parts = []string{gateway.Region, gateway.ProjectID, gateway.InstanceID}
			}
			for _, part := range parts {
				if !tfkit.IDPattern.MatchString(part) {
					t.Errorf("%q: the part %q is no ID", id, part)
				}
			}
			if form.Attribute != "" {
				parts = append(parts, strings.Join(names, ","))
			}
			if again := strings.Join(parts, "/"); again != id {
				t.Errorf("%q is read as %q", id, again)
			}
			if len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
				t.Errorf("%q names one twice", id)
			}
		}
	})
}
