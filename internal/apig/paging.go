// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// PageSize is how many entries a listing asks for at once, the most that the API gives.
const PageSize = 500

// How far a listing is read: far more than a gateway has. A server that has no end of entries, or counts more than that,
// is not one to go on asking.
const (
	maxEntries = 100_000
	maxPages   = 1_000 // fewer entries than PageSize are in each where the server gives fewer
)

// kind is what a listing lists, and what of it.
type kind[T any] struct {
	noun   string         // of one
	plural string         // of many
	named  string         // what a key is
	filter url.Values     // what the server is asked to filter by
	key    func(T) string // what tells one from another
	state  func(T) string // never empty; two of a key that differ in it contradict each other
	sought string         // the key of the only one that the filter lets through; "" for any number
	list   func(*listAnswer) []T
}

// listAnswer is the body of an answer to a listing.
type listAnswer struct {
	Connections []connection `json:"connections"` // nil only when absent or null
	Permissions []Permission `json:"permissions"` // likewise
	Total       count        `json:"total"`
	plural      string       // of what is listed
}

// UnmarshalJSON implements json.Unmarshaler: an answer without a list is none, unless its total says that there is none.
// It must never be taken for "there are no connections".
func (a *listAnswer) UnmarshalJSON(data []byte) error {
	type plain listAnswer
	decoded := plain{Total: -1, plural: a.plural}
	if err := json.Unmarshal(data, &decoded); err != nil {
		return err
	}
	given := map[string]bool{"connections": decoded.Connections != nil, "permissions": decoded.Permissions != nil}
	if !given[a.plural] && decoded.Total != 0 {
		return errors.New("a list without " + a.plural)
	}
	*a = listAnswer(decoded)
	return nil
}

// count is a number of things, -1 when it isn't known: absent, null, negative, or no number at all.
type count int64

// UnmarshalJSON implements json.Unmarshaler. It takes a number in quotes too.
func (c *count) UnmarshalJSON(data []byte) error {
	*c = -1
	text := string(bytes.Trim(data, `"`))
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		*c = count(n)
	}
	return nil
}

// page is one answer to a listing.
type page[T any] struct {
	entries []T
	total   int64
	shifted bool

	unfiltered bool // it was to be of one entry, and is one of many
}

// pages lists in pages that are fetched as they are asked for. The exported listings say what can be relied on.
func pages[T any](ctx context.Context, c *Client, req rest.Request, k kind[T]) iter.Seq2[page[T], error] {
	return func(yield func(page[T], error) bool) {
		l := newListing(k)
		for more := true; more; {
			var p page[T]
			var err error
			p, more, err = nextPage(ctx, c, req, l)
			if err != nil {
				yield(page[T]{}, err)
				return
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

func nextPage[T any](ctx context.Context, c *Client, req rest.Request, l *listing[T]) (p page[T], more bool, err error) {
	address := *req.URL
	address.RawQuery = l.query().Encode()
	req.URL = &address
	answer := listAnswer{plural: l.kind.plural}
	resp, err := c.rest.Do(ctx, req, &answer)
	if err != nil {
		return page[T]{}, false, err
	}
	p, more, err = l.add(l.kind.list(&answer), int64(answer.Total))
	if errors.Is(err, errContradiction) && !l.repeated {
		// What is counted first and listed then may change in between; hardly twice.
		*l = *newListing(l.kind)
		l.repeated = true
		return nextPage(ctx, c, req, l)
	}
	if err != nil {
		return page[T]{}, false, req.Unreadable(resp, err)
	}
	return p, more, nil
}

// listing is what is known of a listing between its pages.
type listing[T any] struct {
	kind    kind[T]
	offset  int             // how many entries were given so far
	pages   int             // in how many answers
	seen    map[string]bool // by key
	total   int64           // the last one told; -1 when there was none
	shifted bool

	repeated bool // it was begun anew
}

func newListing[T any](k kind[T]) *listing[T] {
	return &listing[T]{kind: k, total: -1, seen: make(map[string]bool)}
}

// errContradiction tells of a listing that can't be true.
var errContradiction = errors.New("the answer contradicts itself")

func (l *listing[T]) query() url.Values {
	query := url.Values{"limit": {strconv.Itoa(PageSize)}, "offset": {strconv.Itoa(l.offset)}}
	maps.Copy(query, l.kind.filter)
	return query
}

// add takes in an answer, and makes the page to give on. total is -1 when the answer had none.
func (l *listing[T]) add(given []T, total int64) (p page[T], more bool, err error) {
	before := len(l.seen)
	fresh := l.fresh(given)
	if total >= 0 {
		l.shifted = l.shifted || l.total >= 0 && l.total != total
		l.total = total
	}
	l.offset += len(given)
	l.pages++

	p = page[T]{total: total}
	for _, entry := range fresh {
		// The server may ignore the filter, or take it for something else.
		if sought := l.kind.sought; sought == "" || sought == l.kind.key(entry) {
			p.entries = append(p.entries, entry)
		}
	}
	if l.kind.sought != "" && len(p.entries) > 0 {
		p.unfiltered = len(fresh) > 1 && l.more(len(given))
		return p, false, nil
	}
	if !l.more(len(given)) {
		p.shifted = l.shifted || l.total > int64(len(l.seen))
		return p, false, l.doubt(p)
	}
	p.unfiltered = l.kind.sought != ""
	if len(l.seen) == before {
		return p, false, fmt.Errorf("the page at offset %d repeats earlier pages, although more %s are to come "+
			"(%d different ones so far)", l.offset-len(given), l.kind.plural, len(l.seen))
	}
	return p, true, l.excess(len(given))
}

// excess is the error of a listing that is too long to be read to its end. A total is believed where a full page comes
// with it.
func (l *listing[T]) excess(given int) error {
	switch {
	case l.total > maxEntries && given >= PageSize:
		return fmt.Errorf("the answer counts %d %s, and no more than %d are read", l.total, l.kind.plural, maxEntries)
	case l.offset >= maxEntries, l.pages >= maxPages:
		return fmt.Errorf("the listing did not end after %d pages with %d %s, and no more are read", l.pages, l.offset, l.kind.plural)
	}
	return nil
}

// doubt is the error of a listing that ended and can't be true.
func (l *listing[T]) doubt(last page[T]) error {
	switch {
	case len(l.seen) == 0 && l.total > 0:
		return fmt.Errorf("%w: it has no %s, although it counts %d", errContradiction, l.kind.noun, l.total)
	case l.kind.sought != "" && last.shifted:
		return fmt.Errorf("%w: %s %s is not among the %d %s listed, which are not all", errContradiction, l.kind.named, l.kind.sought, len(l.seen), l.kind.plural)
	}
	return nil
}

// fresh drops what an earlier page, or the same one, had already, and that of which the page tells different things.
func (l *listing[T]) fresh(given []T) []T {
	fresh := make([]T, 0, len(given))
	states := make(map[string]string, len(given)) // of the page's new ones; "" when there are different ones
	for _, entry := range given {
		key := l.kind.key(entry)
		state, again := states[key]
		switch {
		case again && state != l.kind.state(entry):
			states[key] = ""
			l.shifted = true
		case l.seen[key]:
			l.shifted = l.shifted || !again || l.offset > 0
		default:
			l.seen[key] = true
			states[key] = l.kind.state(entry)
			fresh = append(fresh, entry)
		}
	}
	return slices.DeleteFunc(fresh, func(entry T) bool { return states[l.kind.key(entry)] == "" })
}

func (l *listing[T]) more(given int) bool {
	switch {
	case given == 0:
		return false
	case l.total >= int64(l.offset):
		return l.total > int64(l.offset)
	default: // no total, or one that is smaller than what was given already
		return given >= PageSize
	}
}
