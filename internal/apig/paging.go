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
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// PageSize is how many entries a listing asks for at once, the most that the API gives.
const PageSize = 500

// How far a listing is read: far more than a gateway has.
const (
	maxEntries = 100_000
	maxPages   = 1_000 // fewer entries than PageSize are in each where the server gives fewer
)

// kind is what a listing lists, and what of it.
type kind[T any] struct {
	noun   string         // of one
	plural string         // of many
	named  string         // what a key is
	key    func(T) string // what tells one from another
	state  func(T) string // never empty; two of a key that differ in it contradict each other
	sought string         // the ID of the only one that the server is asked for, which is its key; "" for any number
	list   func(*listAnswer) []T
}

// listAnswer is the body of an answer to a listing.
type listAnswer struct {
	Connections []connection `json:"connections"` // nil only when absent or null
	Permissions []Permission `json:"permissions"` // likewise
	Total       count        `json:"total"`
	plural      string       // of what is listed
}

// UnmarshalJSON implements json.Unmarshaler: what lacks a list does not say that there are no connections, unless its total does.
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

// Page is one answer to a listing.
type Page[T any] struct {
	Entries []T   // those that fit the filter and were in no earlier page; may be empty
	Total   int64 // how many there are, as the server counts them; -1 when the answer left it out
	// Shifted is true on the last page of a listing that may lack entries: it changed while it was read, has fewer of them than
	// its total says, or told different things of one, which is left out then.
	Shifted    bool
	Unfiltered bool // the page of a listing for one entry has others, and not even all: the server does not narrow the listing
}

// pages lists in pages that are fetched as they are asked for. The exported listings say what can be relied on.
func pages[T any](ctx context.Context, c *Client, operation string, gw Gateway, k kind[T]) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		req, err := c.request(operation, http.MethodGet, gw, k.plural)
		if err != nil {
			yield(Page[T]{}, err)
			return
		}
		l := newListing(k)
		for more := true; more; {
			var p Page[T]
			p, more, err = nextPage(ctx, c, req, l)
			if !yield(p, err) {
				return
			}
		}
	}
}

func nextPage[T any](ctx context.Context, c *Client, req rest.Request, l *listing[T]) (p Page[T], more bool, err error) {
	address := *req.URL
	address.RawQuery = l.query().Encode()
	req.URL = &address
	answer := listAnswer{plural: l.kind.plural}
	resp, err := c.rest.Do(ctx, req, &answer)
	if err != nil {
		return Page[T]{}, false, err
	}
	p, more, err = l.add(l.kind.list(&answer), int64(answer.Total))
	if errors.Is(err, errContradiction) && !l.repeated {
		// What is counted first and listed then may change in between; hardly twice.
		*l = *newListing(l.kind)
		l.repeated = true
		return nextPage(ctx, c, req, l)
	}
	if err != nil {
		return Page[T]{}, false, req.Unreadable(resp, err)
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
	if l.kind.sought != "" {
		query.Set("id", l.kind.sought)
	}
	return query
}

// add takes in an answer, and makes the page to give on. total is -1 when the answer had none.
func (l *listing[T]) add(given []T, total int64) (p Page[T], more bool, err error) {
	before := len(l.seen)
	fresh := l.fresh(given)
	if total >= 0 {
		l.shifted = l.shifted || l.total >= 0 && l.total != total
		l.total = total
	}
	l.offset += len(given)
	l.pages++

	p = Page[T]{Total: total}
	for _, entry := range fresh {
		// The server may ignore the filter, or take it for something else.
		if sought := l.kind.sought; sought == "" || sought == l.kind.key(entry) {
			p.Entries = append(p.Entries, entry)
		}
	}
	if l.kind.sought != "" && len(p.Entries) > 0 {
		p.Unfiltered = len(fresh) > 1 && l.more(len(given))
		return p, false, nil
	}
	if !l.more(len(given)) {
		p.Shifted = l.shifted || l.total > int64(len(l.seen))
		return p, false, l.doubt(p)
	}
	p.Unfiltered = l.kind.sought != ""
	if len(l.seen) == before {
		return p, false, fmt.Errorf("the page at offset %d repeats earlier pages, although more %s are to come "+
			"(%d different ones so far)", l.offset-len(given), l.kind.plural, len(l.seen))
	}
	return p, true, l.excess(len(given))
}

// excess is the error of a listing that is too long to be read to its end. A total is believed where a full page comes with it.
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
func (l *listing[T]) doubt(last Page[T]) error {
	switch {
	case len(l.seen) == 0 && l.total > 0:
		return fmt.Errorf("%w: it has no %s, although it counts %d", errContradiction, l.kind.noun, l.total)
	case l.kind.sought != "" && last.Shifted:
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
