// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestMaySkip(t *testing.T) {
	for _, tc := range []struct {
		test string
		cli  cliVersion
		want bool
	}{
		{"TestAccConnection_basic", cliVersion{1, 11}, false},
		{"TestAccConnection_identity_terraform1_12", cliVersion{1, 11}, true},
		{"TestAccConnection_identity_terraform1_12", cliVersion{1, 12}, false},
		{"TestAccConnection_identity_terraform1_12", cliVersion{1, 15}, false},
		{"TestAccConnection_list_terraform1_14/each", cliVersion{1, 12}, true},
		{"TestAccConnection_modes/list_terraform1_14", cliVersion{1, 9}, true},
		{"TestAccConnection_terraform1_14_list", cliVersion{1, 9}, false},
		{"TestAccConnection_terraform2_0", cliVersion{1, 15}, true},
	} {
		if got := maySkip(tc.test, tc.cli); got != tc.want {
			t.Errorf("maySkip(%s, %s) = %t, want %t", tc.test, tc.cli, got, tc.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	const (
		unit    = `{"Action":"pass","Package":"p","Test":"TestUnit"}`
		pkg     = `{"Action":"skip","Package":"p"}`
		pass    = `{"Action":"pass","Package":"p","Test":"TestAccA"}`
		fail    = `{"Action":"fail","Package":"p","Test":"TestAccB"}`
		skip    = `{"Action":"skip","Package":"p","Test":"TestAccC/sub"}`
		newer   = `{"Action":"skip","Package":"p","Test":"TestAccD_terraform1_14"}`
		skipped = `{"Action":"skip","Package":"p","Test":"TestOther"}`
	)
	for name, tc := range map[string]struct {
		events []string
		want   string
	}{
		"good":                  {[]string{unit, pkg, pass, skipped}, "<nil>"},
		"newer CLI needed":      {[]string{pass, newer}, "<nil>"},
		"no acceptance test":    {[]string{unit}, "no acceptance test passed"},
		"only skips with leave": {[]string{newer}, "no acceptance test passed"},
		"skipped":               {[]string{pass, skip}, "1 acceptance tests were skipped"},
		"failed":                {[]string{pass, fail}, "1 tests failed"},
		"nothing":               {nil, "no acceptance test passed"},
	} {
		t.Run(name, func(t *testing.T) {
			rep, err := read(strings.NewReader(strings.Join(tc.events, "\n")), cliVersion{1, 11})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(rep.verdict()); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestParseVersion(t *testing.T) {
	for told, want := range map[string]string{
		`{"terraform_version": "1.11.4", "platform": "linux_amd64"}`: "1.11",
		`{"terraform_version": "1.16.0-alpha20260101"}`:              "1.16",
	} {
		got, err := parseVersion([]byte(told))
		if err != nil || got.String() != want {
			t.Errorf("parseVersion(%s) = %v, %v, want %s", told, got, err, want)
		}
	}
	for _, told := range []string{``, `{}`, `{"terraform_version": "latest"}`} {
		if got, err := parseVersion([]byte(told)); err == nil {
			t.Errorf("parseVersion(%s) = %v, want an error", told, got)
		}
	}
}
