// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package narrate

import (
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func TestWrap(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"one":                   "one",
		"one  two\nthree":       "one two\nthree",
		"one two three four":    "one two\nthree four",
		"a-word-that-is-longer": "a-word-that-is-longer",
		"ünï cödé ö":            "ünï cödé ö",
	} {
		assert.Check(t, is.Equal(wrap(text, 10), want), text)
	}
}
