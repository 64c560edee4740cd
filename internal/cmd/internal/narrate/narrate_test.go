// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package narrate

import "testing"

func TestWrap(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"one":                   "one",
		"one  two\nthree":       "one two\nthree",
		"one two three four":    "one two\nthree four",
		"a-word-that-is-longer": "a-word-that-is-longer",
		"ünï cödé ö":            "ünï cödé ö",
	} {
		if got := wrap(text, 10); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
