// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// cliVersion is the major and the minor version of a CLI.
type cliVersion struct{ major, minor int }

func (v cliVersion) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

func (v cliVersion) olderThan(o cliVersion) bool {
	return v.major < o.major || v.major == o.major && v.minor < o.minor
}

// parseVersion reads what "terraform version -json" or "tofu version -json" prints.
func parseVersion(told []byte) (cliVersion, error) {
	var answer struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(told, &answer); err != nil {
		return cliVersion{}, err
	}
	var v cliVersion
	if _, err := fmt.Sscanf(answer.Version, "%d.%d.", &v.major, &v.minor); err != nil {
		return cliVersion{}, fmt.Errorf("%q is not a version", answer.Version)
	}
	return v, nil
}

// event is one line of go test -json.
type event struct{ Action, Package, Test string }

// report is what the events of a test run come to. Each test and subtest counts.
type report struct {
	passed, failed, skipped int
	acceptance              int      // acceptance tests that passed, without their subtests
	allowed, refused        []string // acceptance tests that were skipped, subtests included
}

// read counts the events in r of tests that ran with a CLI of version v.
func read(r io.Reader, v cliVersion) (report, error) {
	var rep report
	for dec := json.NewDecoder(r); ; {
		var e event
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return rep, nil
		} else if err != nil {
			return report{}, err
		}
		rep.add(e, v)
	}
}

func (r *report) add(e event, v cliVersion) {
	if e.Test == "" { // a package's own result
		return
	}
	acceptance := strings.HasPrefix(e.Test, "TestAcc")
	switch e.Action {
	case "pass":
		r.passed++
		if acceptance && !strings.Contains(e.Test, "/") {
			r.acceptance++
		}
	case "fail":
		r.failed++
	case "skip":
		r.skipped++
		name := e.Package + "." + e.Test
		switch {
		case !acceptance:
		case maySkip(e.Test, v):
			r.allowed = append(r.allowed, name)
		default:
			r.refused = append(r.refused, name)
		}
	}
}

func (r *report) verdict() error {
	switch {
	case r.failed > 0:
		return fmt.Errorf("%d tests failed", r.failed)
	case len(r.refused) > 0:
		return fmt.Errorf("%d acceptance tests were skipped", len(r.refused))
	case r.acceptance == 0:
		return errors.New("no acceptance test passed")
	}
	return nil
}

var needs = regexp.MustCompile(`_terraform(\d+)_(\d+)$`)

// maySkip tells whether the test of that name says of itself, or of a parent, that it needs a newer CLI than v.
func maySkip(test string, v cliVersion) bool {
	for part := range strings.SplitSeq(test, "/") {
		m := needs.FindStringSubmatch(part)
		if m == nil {
			continue
		}
		major, _ := strconv.Atoi(m[1]) // digits, by the expression
		minor, _ := strconv.Atoi(m[2])
		if v.olderThan(cliVersion{major, minor}) {
			return true
		}
	}
	return false
}
