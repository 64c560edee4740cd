// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// redacted stands where a secret was.
	redacted = "***"
	// shortestSecret is how many bytes a secret has at least. Without one much
	// shorter, most texts would have no words left.
	shortestSecret = 4
	// mostTokens is how many tokens and keys that were made are remembered.
	mostTokens = 500
)

// signature is what a request that is signed has in its Authorization header.
var signature = regexp.MustCompile(`(?i)(Signature=)[0-9a-f]+`)

// redactor takes secrets out of texts. Safe for concurrent use.
type redactor struct {
	configured []string

	mu       sync.Mutex
	made     []string          // tokens and keys, the one that was used last at the end
	replacer *strings.Replacer // nil when there are others since it was made
}

func newRedactor(configured ...string) *redactor {
	return &redactor{configured: configured}
}

// add makes a token known, and tells that it is in use. When there are too many,
// the one that was not used for longest is forgotten.
func (r *redactor) add(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.made, token); i >= 0 {
		r.made = append(slices.Delete(r.made, i, i+1), token)
		return
	}
	if len(r.made) == mostTokens {
		r.made = slices.Delete(r.made, 0, 1)
	}
	r.made = append(r.made, token)
	r.replacer = nil
}

func replacerOf(secrets []string) *strings.Replacer {
	forms := Forms(slices.DeleteFunc(secrets, func(secret string) bool { return len(secret) < shortestSecret })...)
	pairs := make([]string, 0, 2*len(forms))
	for _, form := range forms {
		pairs = append(pairs, form, redacted)
	}
	return strings.NewReplacer(pairs...)
}

// Forms returns the secrets as they are and as servers may write them when they
// send back what they were sent: escaped for JSON, in the ways that are common,
// and for URLs. Each form is there once, and longer ones come first: where two
// begin alike, no rest must remain.
func Forms(secrets ...string) []string {
	forms := make([]string, 0, 8*len(secrets))
	for _, secret := range secrets {
		quoted := quote(secret, false)
		forms = append(forms, secret, quoted, quote(secret, true), strings.ReplaceAll(quoted, "/", `\/`), asciiOnly(quoted, "<>&='"), asciiOnly(quoted, ""),
			url.QueryEscape(secret), url.PathEscape(secret))
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(forms)
}

// quote returns text as in a JSON string, with or without escapes for HTML.
func quote(text string, forHTML bool) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(forHTML)
	if encoder.Encode(text) != nil {
		return text // no string fails
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

// asciiOnly escapes what is not ASCII in a quoted text, and the characters of
// also.
func asciiOnly(quoted, also string) string {
	var b strings.Builder
	for _, c := range quoted {
		if c < utf8.RuneSelf && !strings.ContainsRune(also, c) {
			b.WriteRune(c)
			continue
		}
		for _, unit := range utf16.Encode([]rune{c}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

func (r *redactor) redact(text string) string {
	r.mu.Lock()
	if r.replacer == nil {
		r.replacer = replacerOf(slices.Concat(r.configured, r.made))
	}
	replacer := r.replacer
	r.mu.Unlock()
	return signature.ReplaceAllString(replacer.Replace(text), "${1}"+redacted)
}
