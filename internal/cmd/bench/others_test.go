// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"testing"
)

// A scenario whose endpoints never come ends with that error and no other.
func TestScenario_asExpected(t *testing.T) {
	other := errors.New("no CLI")
	never := &exitError{1, "Error: Endpoints never appeared"}
	for name, test := range map[string]struct {
		scenario string
		err      error
		ok       bool
	}{
		"ends well":               {"waves", nil, true},
		"does not":                {"waves", never, false},
		"never came":              {"awaiting", never, true},
		"came":                    {"awaiting", nil, false},
		"another end":             {"awaiting", &exitError{1, "Error: Invalid provider"}, false},
		"another code":            {"awaiting", &exitError{2, "Endpoints never appeared"}, false},
		"no end of the CLI's own": {"awaiting", other, false},
	} {
		if err := named(t, test.scenario).asExpected(test.err); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
