// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package tfkit

import "regexp"

var accountPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// EntryPattern is what an entry of a gateway's permissions is for: an account, or all of them.
var EntryPattern = regexp.MustCompile(`^([0-9a-f]{32}|\*)$`)

const (
	accountRule = "an account's ID is 32 hexadecimal digits, in lower case"
	// EntryRule is EntryPattern in words.
	EntryRule = accountRule + "; `*` stands for every account"
)

// AccountIDs checks a list of accounts. It may be empty where nothing is said about
// that.
func AccountIDs(empty string) IDs {
	return IDs{Noun: "account", Empty: empty, Pattern: accountPattern, Rule: accountRule}
}

// AccountName names an account, or all of them, in a message.
func AccountName(account string) string {
	if account == "*" {
		return "* (every account)"
	}
	return account
}

// AccountNames names accounts in a message.
func AccountNames(accounts []string) []string {
	names := make([]string, len(accounts))
	for i, account := range accounts {
		names[i] = AccountName(account)
	}
	return names
}
