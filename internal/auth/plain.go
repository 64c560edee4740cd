// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"encoding/hex"
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// plain is a text without escapes. Of each of its bytes it is known which bytes of the text it stands for.
type plain struct {
	text  string
	spans []span
}

// span is from a byte of a text up to another.
type span struct{ from, to int }

// mostLayers is how many layers of escapes are taken off.
const mostLayers = 20

// unchanged is a text as it is.
func unchanged(text string) plain {
	p := plain{text: text, spans: make([]span, len(text))}
	for i := range p.spans {
		p.spans[i] = span{i, i + 1}
	}
	return p
}

// plainOf takes the escapes of JSON, URLs and HTML off a text, and reads what is not UTF-8 as Latin-1, so that a secret
// and what a server made of it are the same.
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

// unescape takes one escape off, if the text begins with one.
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

// unicodeEscape reads \uXXXX, or two that are one character.
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
