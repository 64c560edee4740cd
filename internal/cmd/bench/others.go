// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// kind is what a scenario has many of: resources whose endpoints are there, where it
// is not one of these.
type kind int

const (
	// awaiting are resources whose endpoints never come, so that the apply fails.
	awaiting kind = iota + 1
	// sources are data sources, each of an account of its own.
	sources
)

// awaitedFor is the wait_for_endpoints of those whose endpoints never come.
const awaitedFor = 6 * time.Second

// accountOf is whose the endpoints of a data source are.
func accountOf(n int) string { return fmt.Sprintf("%032x", 0xc90f12a0+n) }

// exitError is the end of a command with an exit code other than 0.
type exitError struct {
	code int
	text string
}

func (e *exitError) Error() string { return e.text }

// asExpected is the error of an apply, where it is not the one that the scenario is to
// end with.
func (s scenario) asExpected(err error) error {
	if s.kind != awaiting {
		return err
	}
	exit := new(exitError)
	switch {
	case err == nil:
		return errors.New("the apply ended well, though the endpoints never came")
	case errors.As(err, &exit) && exit.code == 1 && strings.Contains(exit.text, "Endpoints never appeared"):
		return nil
	default:
		return err
	}
}
