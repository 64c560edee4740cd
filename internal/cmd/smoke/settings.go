// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
)

// settings are what the environment asks for.
type settings struct {
	instance, endpoint string
	address            string // of the gateway API; "" for the region's own
	yes, reject        bool
}

// needs is what a person has to know to set it up.
const needs = `
The smoke test runs the provider against a live gateway, with one spare endpoint. It needs

  APIG_SMOKE_INSTANCE_ID   the gateway's ID
  APIG_SMOKE_ENDPOINT_ID   the ID of a VPC endpoint that nobody needs, whose connection
                           is pendingAcceptance or accepted
  HW_REGION_NAME           and credentials, in any way that the provider takes them:
                           HW_ACCESS_KEY and HW_SECRET_KEY, for example

and reads

  APIG_SMOKE_YES=1         don't ask before anything is decided (for a pipeline)
  APIG_SMOKE_REJECT=1      reject the endpoint too, and accept it again. A rejection may be
                           final: the endpoint may be of no use afterwards
  APIG_SMOKE_API_URL       the address of the gateway API, if it is not the region's own
`

// parse reads the environment. The problems are sentences.
func parse(lookup func(string) (string, bool)) (s settings, problems []string) {
	required := func(name string) string {
		value, _ := lookup(name)
		if value == "" {
			problems = append(problems, name+" is not set.")
		}
		return value
	}
	flag := func(name string) bool {
		value, _ := lookup(name)
		if !slices.Contains([]string{"", "0", "1"}, value) {
			problems = append(problems, fmt.Sprintf("%s is %q: it must be 1, or not set.", name, value))
		}
		return value == "1"
	}
	s.instance, s.endpoint = required("APIG_SMOKE_INSTANCE_ID"), required("APIG_SMOKE_ENDPOINT_ID")
	s.yes, s.reject = flag("APIG_SMOKE_YES"), flag("APIG_SMOKE_REJECT")
	s.address, _ = lookup("APIG_SMOKE_API_URL")
	return s, problems
}

// lookupIn looks for variables in an environment, of which the last one of a name counts.
func lookupIn(environ []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, variable := range slices.Backward(environ) {
			if value, found := strings.CutPrefix(variable, name+"="); found {
				return value, true
			}
		}
		return "", false
	}
}

// forProvider has the variables that the provider reads and that package cli keeps from a CLI.
func forProvider(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		return !strings.HasPrefix(variable, "HW_") && !strings.HasPrefix(variable, "OS_CACERT=")
	})
}
