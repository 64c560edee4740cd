// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"cmp"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxText   = 500      // so many bytes of a text that others wrote are shown
	maxPage   = 64 << 10 // so many bytes are searched for a page's title, or for what to show of a text
	maxSecret = 32 << 10 // so many bytes a secret has at most: a token has some thousand, and more as it is escaped
)

// requestID is the ID that the server gave the request: the API's, or IAM's.
func (c *Client) requestID(header http.Header) string {
	return c.show(cmp.Or(header.Get("X-Request-Id"), header.Get("X-Iam-Trace-Id")), 100)
}

// isPage tells whether an answer is HTML (or XML), by what it says or by how it begins.
func isPage(header http.Header, body []byte) bool {
	begin := strings.TrimLeftFunc(string(body[:min(len(body), maxPage)]), func(c rune) bool {
		return unicode.IsSpace(c) || c == '\uFEFF'
	})
	if strings.HasPrefix(begin, "<") {
		return true
	}
	return begin != "" && begin[0] != '{' && begin[0] != '[' &&
		strings.Contains(strings.ToLower(header.Get("Content-Type")), "html")
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// describePage tells what a page is that came in place of an answer of the API.
func (c *Client) describePage(header http.Header, body []byte) string {
	var from string
	if server := c.show(header.Get("Server"), 60); server != "" {
		from = " from " + server
	}
	if found := title.FindSubmatch(body[:min(len(body), maxPage)]); found != nil {
		if text := c.show(html.UnescapeString(string(found[1])), 100); text != "" {
			from += fmt.Sprintf(" titled %q", text)
		}
	}
	return "an HTML page" + from + " came in place of an answer, probably from a proxy or load balancer between here and the API"
}

// show makes one line of at most limit bytes of a text that others wrote, without secrets.
func (c *Client) show(text string, limit int) string {
	if c.Redact == nil {
		return Shown(text, limit)
	}
	whole := len(text) <= maxPage
	text = text[:min(len(text), maxPage)]
	// Cleaning changes the space in a secret, and takes out what could hide one: both texts are looked through.
	text = c.Redact(oneLine(c.Redact(text)))
	if !whole {
		limit = min(limit, max(len(text)-maxSecret, 0)) // the end may be the beginning of a secret
	}
	return shorten(text, limit)
}

// Shown makes one line of at most limit bytes of a text that others wrote: every such text that is shown passes here.
func Shown(text string, limit int) string {
	return shorten(oneLine(text[:min(len(text), maxPage)]), limit)
}

// IsFit tells whether a text that others wrote may be kept: it is the one line of at most limit bytes that is shown of it.
func IsFit(text string, limit int) bool {
	return len(text) <= limit && !strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) || c == utf8.RuneError })
}

// oneLine makes one line of a text: space becomes single blanks, and control and other invisible characters vanish.
func oneLine(text string) string {
	text = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c) || c == utf8.RuneError:
			return -1
		}
		return c
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := max(limit-len("…"), 0)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
