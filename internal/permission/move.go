// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// vendor is the resource of the vendor's provider that a `moved` block can come from. Its
// destroy deletes the entries as this one's does by default.
var vendor = tfkit.Mover{
	Target: "apig_vpc_endpoint_permissions", Source: "huaweicloud_apig_endpoint_whitelist", Things: "accounts", Keep: ownership.KeepToken,
	Attributes: whitelistAttributes,
}

// whitelistAttributes are those of the state that is moved to. The entries are read later.
func whitelistAttributes(state []byte) (map[string]any, error) {
	var s struct {
		Region     string   `json:"region"`
		InstanceID string   `json:"instance_id"`
		Whitelists []string `json:"whitelists"`
	}
	if err := json.Unmarshal(state, &s); err != nil {
		return nil, fmt.Errorf("is not as expected: %w", err)
	}
	if !tfkit.IDPattern.MatchString(s.InstanceID) {
		return nil, fmt.Errorf("has the instance_id %q, which is no ID: %s", s.InstanceID, tfkit.IDRule)
	}
	if len(s.Whitelists) == 0 {
		return nil, errors.New("has no whitelists")
	}
	var accounts []string
	for _, entry := range s.Whitelists {
		account, ok := strings.CutPrefix(entry, "iam:domain::")
		if !ok || !tfkit.EntryPattern.MatchString(account) {
			return nil, fmt.Errorf("has the entry %q in whitelists, which is none of an account (iam:domain::ACCOUNT)", entry)
		}
		if !slices.Contains(accounts, account) { // twice, no configuration could name it
			accounts = append(accounts, account)
		}
	}
	return map[string]any{
		"instance_id": s.InstanceID,
		"region":      tfkit.StringOrNull(s.Region),
		"domain_ids":  accounts,
		"on_destroy":  ownership.Delete,
	}, nil
}
