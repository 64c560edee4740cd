// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// endpointsFile is where the configuration has its endpoint IDs, by account.
const endpointsFile = "endpoints.json"

// pointTo has a configuration use the gateway at a URL.
func pointTo(dir, url string) error {
	return os.WriteFile(filepath.Join(dir, "mock.auto.tfvars"), fmt.Appendf(nil, "mock_url = %q\n", url), 0o600)
}

// editEndpoints changes the list of one account's endpoints.
func editEndpoints(dir, account string, edit func([]string) []string) error {
	name := filepath.Join(dir, endpointsFile)
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	lists := map[string][]string{}
	if err := json.Unmarshal(text, &lists); err != nil {
		return fmt.Errorf("%s: %w", endpointsFile, err)
	}
	if len(lists[account]) == 0 {
		return fmt.Errorf("%s has no endpoints of %q", endpointsFile, account)
	}
	lists[account] = edit(lists[account])
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(lists); err != nil {
		return err
	}
	return os.WriteFile(name, b.Bytes(), 0o600)
}
