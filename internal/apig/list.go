// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// PageSize is how many connections a listing asks for at once, the most that the API gives.
const PageSize = 500

// ConnectionFilter narrows a listing; what is empty does not.
type ConnectionFilter struct {
	ID     string // one endpoint
	Status Status // pendingAcceptance, accepted, rejected or failed; the API has no filter for the others
}

// ConnectionPage is one answer to a listing.
type ConnectionPage struct {
	Connections []Connection // those that fit the filter and were in no earlier page; may be empty
	Total       int64        // how many there are, as the server counts them; -1 when the answer left it out
	RequestID   string
	// Shifted is true on the last page of a listing that may lack connections: it changed while it was read, has fewer
	// of them than its total says, or told different things of one, which is left out then.
	Shifted bool
	// Unfiltered is true on a page of a listing for one endpoint that has others, and not even all of them: the server
	// does not narrow the listing.
	Unfiltered bool
}

// ListConnections lists a gateway's connections (GET .../connections), in pages that are fetched as they are asked
// for. The last page may be empty; the listing of a gateway without connections is one empty page. After an error,
// which is or wraps a *rest.Error unless it is the endpoint function's, there is nothing more.
//
// The listing ends as the server's total says; where there is none, or one that can't be true, with a page that is
// not full; and in any case with an empty one, or with the endpoint that the filter asked for. A listing that can't be
// true is an error of kind rest.KindUnreadable: one that is empty although its total isn't, and one for an endpoint
// that neither has it nor is fit to tell that it is absent.
func (c *Client) ListConnections(ctx context.Context, gw Gateway, f ConnectionFilter) iter.Seq2[ConnectionPage, error] {
	return func(yield func(ConnectionPage, error) bool) {
		req, err := c.request(OperationList, http.MethodGet, gw, "connections")
		if err == nil && f.Status != "" && !f.Status.filterable() {
			err = invalid(req, fmt.Errorf("the API can't list by status %q", string(f.Status)))
		}
		if err != nil {
			yield(ConnectionPage{}, err)
			return
		}
		l := &listing{filter: f, total: -1, seen: make(map[string]bool)}
		for more := true; more; {
			var page ConnectionPage
			page, more, err = c.nextPage(ctx, req, l)
			if err != nil {
				yield(ConnectionPage{}, err)
				return
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// nextPage fetches a page and tells whether to go on.
func (c *Client) nextPage(ctx context.Context, req rest.Request, l *listing) (page ConnectionPage, more bool, err error) {
	address := *req.URL
	address.RawQuery = l.query().Encode()
	req.URL = &address
	var answer listAnswer
	resp, err := c.rest.Do(ctx, req, &answer)
	if err != nil {
		return ConnectionPage{}, false, err
	}
	page, more, err = l.add(answer.Connections, int64(answer.Total))
	if errors.Is(err, errContradiction) && !l.repeated {
		// What is counted first and listed then may change in between; hardly twice.
		*l = listing{filter: l.filter, total: -1, seen: make(map[string]bool), repeated: true}
		return c.nextPage(ctx, req, l)
	}
	if err != nil {
		return ConnectionPage{}, false, unreadable(req, resp, err)
	}
	page.RequestID = resp.RequestID
	return page, more, nil
}

// listing is what is known of a listing between its pages.
type listing struct {
	filter  ConnectionFilter
	offset  int             // how many entries were given so far
	seen    map[string]bool // by ID
	total   int64           // the last one told; -1 when there was none
	shifted bool

	repeated bool // it was begun anew
}

// errContradiction tells of a listing that can't be true.
var errContradiction = errors.New("the answer contradicts itself")

// query is the query for the next page.
func (l *listing) query() url.Values {
	query := url.Values{"limit": {strconv.Itoa(PageSize)}, "offset": {strconv.Itoa(l.offset)}}
	if l.filter.ID != "" {
		query.Set("id", l.filter.ID)
	}
	if l.filter.Status != "" {
		query.Set("status", string(l.filter.Status))
	}
	return query
}

// add takes in an answer, and makes the page to give on. total is -1 when the answer had none.
func (l *listing) add(given []Connection, total int64) (page ConnectionPage, more bool, err error) {
	before := len(l.seen)
	fresh := l.fresh(given)
	if total >= 0 {
		l.shifted = l.shifted || l.total >= 0 && l.total != total
		l.total = total
	}
	l.offset += len(given)

	page = ConnectionPage{Total: total}
	found := false
	for _, connection := range fresh {
		if l.filter.ID != "" && connection.ID != l.filter.ID || l.filter.Status != "" && connection.Status != l.filter.Status {
			continue // the server took the filter for something else, or ignored it
		}
		page.Connections = append(page.Connections, connection)
		found = found || l.filter.ID != ""
	}
	if found {
		page.Unfiltered = len(fresh) > 1 && l.more(len(given))
		return page, false, nil
	}
	if !l.more(len(given)) {
		page.Shifted = l.shifted || l.total > int64(len(l.seen))
		return page, false, l.doubt(page)
	}
	page.Unfiltered = l.filter.ID != ""
	if len(l.seen) == before {
		return page, false, fmt.Errorf("the page at offset %d repeats earlier pages, although more connections are to come "+
			"(%d different ones so far)", l.offset-len(given), len(l.seen))
	}
	return page, true, nil
}

// doubt is the error of a listing that ended and can't be true.
func (l *listing) doubt(last ConnectionPage) error {
	switch {
	case len(l.seen) == 0 && l.total > 0:
		return fmt.Errorf("%w: it has no connection, although it counts %d", errContradiction, l.total)
	case l.filter.ID != "" && last.Shifted:
		return fmt.Errorf("%w: endpoint %s is not among the %d connections listed, which are not all", errContradiction, l.filter.ID, len(l.seen))
	}
	return nil
}

// fresh drops what an earlier page, or the same one, had already, and that of which the page tells different things.
func (l *listing) fresh(given []Connection) []Connection {
	fresh := make([]Connection, 0, len(given))
	statuses := make(map[string]Status, len(given)) // of the page's new ones; "" when there are different ones
	for _, connection := range given {
		status, again := statuses[connection.ID]
		switch {
		case again && status != connection.Status:
			statuses[connection.ID] = ""
			l.shifted = true
		case l.seen[connection.ID]:
			l.shifted = l.shifted || !again || l.offset > 0
		default:
			l.seen[connection.ID] = true
			statuses[connection.ID] = connection.Status
			fresh = append(fresh, connection)
		}
	}
	return slices.DeleteFunc(fresh, func(c Connection) bool { return statuses[c.ID] == "" })
}

// more tells whether the listing goes on after a page of so many entries.
func (l *listing) more(given int) bool {
	switch {
	case given == 0:
		return false
	case l.total >= int64(l.offset):
		return l.total > int64(l.offset)
	default: // no total, or one that is smaller than what was given already
		return given >= PageSize
	}
}
