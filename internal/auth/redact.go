// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	redacted       = "***" // stands where a secret was
	shortestSecret = 4     // in bytes: of shorter ones, too much of a text would be redacted
	longSecret     = 40    // a server may shorten a longer one: its beginning is redacted as well
	beginning      = 16
	mostTokens     = 500 // so many tokens and keys that were made are remembered
	mostLayers     = 20  // so many layers of escapes are taken off
)

// signature is what a request that is signed has in its Authorization header.
var signature = regexp.MustCompile(`(?i)(Signature=)[0-9a-f]+`)

// redactor takes secrets out of texts. Safe for concurrent use.
type redactor struct {
	configured []secret

	mu   sync.Mutex
	made []secret // tokens and keys, the one that was used last at the end
}

func newRedactor(configured ...string) *redactor {
	r := &redactor{}
	for _, text := range configured {
		if len(text) >= shortestSecret {
			r.configured = append(r.configured, secretOf(text))
		}
	}
	return r
}

// secret is one as it is, and without what looks like an escape in it.
type secret struct{ text, plain string }

func secretOf(text string) secret {
	// What is escaped by a backslash at the end depends on what follows.
	return secret{text, strings.TrimRight(plainOf(text).text, `\`)}
}

// add makes a token known, and tells that it is in use. Of too many, the one that was not used for longest is forgotten.
func (r *redactor) add(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.IndexFunc(r.made, func(s secret) bool { return s.text == token }); i >= 0 {
		known := r.made[i]
		r.made = append(slices.Delete(r.made, i, i+1), known)
		return
	}
	if len(token) < shortestSecret {
		return
	}
	if len(r.made) == mostTokens {
		r.made = slices.Delete(r.made, 0, 1)
	}
	r.made = append(r.made, secretOf(token))
}

// quotes writes the quotes of HTML by their names.
var quotes = strings.NewReplacer("&#34;", "&quot;", "&#39;", "&apos;")

// Forms returns the secrets as they are, and escaped for JSON, URLs and HTML. Longer ones come first: no rest must remain of one.
func Forms(secrets ...string) []string {
	forms := make([]string, 0, 10*len(secrets))
	for _, secret := range secrets {
		quoted := quote(secret, false)
		forms = append(forms, secret, quoted, quote(secret, true), strings.ReplaceAll(quoted, "/", `\/`), asciiOnly(quoted, "<>&='"), asciiOnly(quoted, ""),
			url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret), quotes.Replace(html.EscapeString(secret)))
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(forms)
}

// quote returns text as in a JSON string, with or without escapes for HTML.
func quote(text string, forHTML bool) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(forHTML)
	_ = encoder.Encode(text) // no string fails
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

// asciiOnly escapes what is not ASCII in a quoted text, and the characters of also.
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
	secrets := slices.Concat(r.configured, r.made)
	r.mu.Unlock()
	asIs, bare := unchanged(text), plainOf(text)
	var found []span
	for _, s := range secrets {
		found = append(found, asIs.find(s.text)...)
		if len(s.plain) >= shortestSecret {
			found = append(found, bare.find(s.plain)...)
		}
	}
	return signature.ReplaceAllString(without(text, found), "${1}"+redacted)
}

func without(text string, parts []span) string {
	slices.SortFunc(parts, func(a, b span) int { return cmp.Or(a.from-b.from, b.to-a.to) })
	var b strings.Builder
	end := 0
	for _, part := range parts {
		if part.from >= end {
			b.WriteString(text[end:part.from] + redacted)
		}
		end = max(end, part.to)
	}
	b.WriteString(text[end:])
	return b.String()
}

// plain is a text without escapes. Of each of its bytes it is known which bytes of the text it stands for.
type plain struct {
	text  string
	spans []span
}

// span is from a byte of a text up to another.
type span struct{ from, to int }

func unchanged(text string) plain {
	p := plain{text: text, spans: make([]span, len(text))}
	for i := range p.spans {
		p.spans[i] = span{i, i + 1}
	}
	return p
}

// plainOf takes escapes of JSON, URLs and HTML off a text, and reads what is not UTF-8 as Latin-1, as a server may have written it.
func plainOf(text string) plain {
	p := unchanged(text)
	for range mostLayers {
		if !strings.ContainsAny(p.text, `\%&`) {
			break
		}
		next := p.each(unescape)
		if next.text == p.text {
			break
		}
		p = next
	}
	return p.each(asUTF8)
}

// each replaces what is at the beginning of each rest of the text.
func (p plain) each(replace func(rest string) (with string, length int)) plain {
	var b strings.Builder
	next := plain{spans: make([]span, 0, len(p.spans))}
	for i := 0; i < len(p.text); {
		with, length := replace(p.text[i:])
		whole := span{p.spans[i].from, p.spans[i+length-1].to}
		for range len(with) {
			next.spans = append(next.spans, whole)
		}
		b.WriteString(with)
		i += length
	}
	next.text = b.String()
	return next
}

// short are the escapes of JSON that are a letter; any other character after a backslash is itself.
var short = map[byte]string{'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t"}

func unescape(rest string) (with string, length int) {
	switch {
	case rest[0] == '\\' && len(rest) > 1 && rest[1] == 'u':
		return unicodeEscape(rest)
	case rest[0] == '\\' && len(rest) > 1:
		if c, ok := short[rest[1]]; ok {
			return c, 2
		}
		return rest[1:2], 2
	case rest[0] == '%' && len(rest) > 2:
		if raw, err := hex.DecodeString(rest[1:3]); err == nil {
			return string(raw), 3
		}
	case rest[0] == '&':
		const longest = len("&#x10FFFF;")
		if end := strings.IndexByte(rest[:min(len(rest), longest)], ';'); end > 0 {
			if c := html.UnescapeString(rest[:end+1]); c != rest[:end+1] {
				return c, end + 1
			}
		}
	}
	return rest[:1], 1
}

func unicodeEscape(rest string) (with string, length int) {
	c, ok := unit(rest)
	if !ok {
		return "u", 2
	}
	if second, ok := unit(rest[min(6, len(rest)):]); ok && utf16.IsSurrogate(c) {
		return string(utf16.DecodeRune(c, second)), 12
	}
	return string(c), 6
}

func unit(text string) (c rune, ok bool) {
	if len(text) < 6 || text[:2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(n), err == nil
}

// asUTF8 reads one character, a plus as the blank that it is in a query.
func asUTF8(rest string) (with string, length int) {
	c, size := utf8.DecodeRuneInString(rest)
	switch {
	case c == utf8.RuneError && size == 1:
		return string(rune(rest[0])), 1
	case c == '+':
		return " ", 1
	}
	return rest[:size], size
}

// find gives where the text has the secret; or its beginning, if it is long: a server may repeat only that.
func (p plain) find(secret string) (found []span) {
	head := secret
	if len(secret) > longSecret {
		head = secret[:beginning]
	}
	for from := 0; ; {
		i := strings.Index(p.text[from:], head)
		if i < 0 {
			return found
		}
		first := from + i
		from = first + len(head)
		for end := first + len(head); from < len(p.text) && from-first < len(secret) && p.text[from] == secret[end-first]; end++ {
			from++
		}
		found = append(found, span{p.spans[first].from, p.spans[from-1].to})
	}
}
