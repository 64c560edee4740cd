// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// What is taken of a state that is moved are accounts, each once.
func FuzzMovedState(f *testing.F) {
	for _, seed := range []string{
		`{"region":"r","instance_id":"i","whitelists":["iam:domain::0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"]}`, `{"instance_id":"i","whitelists":["iam:domain::*"]}`,
		`{"instance_id":"i","whitelists":["iam:domain::*","iam:domain::*"]}`, `{"instance_id":"i","whitelists":["x"]}`, `{"instance_id":"i"}`, `{"instance_id":"\u0000"}`, `null`, `{`, "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, state []byte) {
		attributes, err := whitelistAttributes(state)
		if err != nil {
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("error %q", err)
			}
			return
		}
		accounts, _ := attributes["domain_ids"].([]string)
		if len(accounts) == 0 || len(slices.Compact(slices.Sorted(slices.Values(accounts)))) != len(accounts) {
			t.Errorf("%q gives the accounts %q", state, accounts)
		}
		for _, account := range accounts {
			if !tfkit.EntryPattern.MatchString(account) {
				t.Errorf("%q is taken for an account", account)
			}
		}
	})
}
