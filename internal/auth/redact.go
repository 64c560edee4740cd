// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

const (
	// redacted stands where a secret was.
	redacted = "***"
	// shortestSecret is how many bytes a secret has at least. Without one much
	// shorter, most texts would have no words left.
	shortestSecret = 4
	// mostTokens is how many tokens are remembered: those of some days.
	mostTokens = 100
)

// signature is what a request that is signed has in its Authorization header.
var signature = regexp.MustCompile(`(?i)(Signature=)[0-9a-f]+`)

// redactor takes secrets out of texts. Safe for concurrent use.
type redactor struct {
	configured []string

	mu       sync.Mutex
	made     []string // tokens, in the order in which they came
	replacer *strings.Replacer
}

func newRedactor(configured ...string) *redactor {
	return &redactor{configured: configured, replacer: replacerOf(configured)}
}

// add makes a token known. When there are too many, the oldest one is forgotten.
func (r *redactor) add(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains(r.made, token) {
		return
	}
	if len(r.made) == mostTokens {
		r.made = slices.Delete(r.made, 0, 1)
	}
	r.made = append(r.made, token)
	r.replacer = replacerOf(slices.Concat(r.configured, r.made))
}

func replacerOf(secrets []string) *strings.Replacer {
	// Longer ones first: of two that begin alike, no rest must remain.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, secret := range secrets {
		if len(secret) >= shortestSecret {
			pairs = append(pairs, secret, redacted)
		}
	}
	return strings.NewReplacer(pairs...)
}

func (r *redactor) redact(text string) string {
	r.mu.Lock()
	replacer := r.replacer
	r.mu.Unlock()
	return signature.ReplaceAllString(replacer.Replace(text), "${1}"+redacted)
}
