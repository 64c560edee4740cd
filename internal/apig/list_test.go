// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// paging is how a server of a listing behaves. Its list is cut by the offset that is asked for.
type paging struct {
	list         func(call int) []endpoint.Connection // may differ from call to call
	total        func(call, length int) any           // nil: the answer has none
	ignoreOffset bool
	ignoreFilter bool
	most         int // the largest page; 0 means PageSize
}

func fixed(n int) func(int) []endpoint.Connection {
	return func(int) []endpoint.Connection { return connections(0, n) }
}

// twice are three connections, one of which is listed again with a status of its own.
func twice(status endpoint.Status) func(int) []endpoint.Connection {
	return func(int) []endpoint.Connection {
		list := connections(0, 3)
		again := list[1]
		again.Status = status
		return append(list, again)
	}
}

func honest(_, length int) any { return length }

func (p paging) answer(w http.ResponseWriter, r *http.Request, call int) {
	query := r.URL.Query()
	list := p.list(call)
	if id := query.Get("id"); id != "" && !p.ignoreFilter {
		list = slices.DeleteFunc(list, func(c endpoint.Connection) bool { return !strings.HasPrefix(c.ID, id) })
	}
	body := map[string]any{}
	if p.total != nil {
		body["total"] = p.total(call, len(list))
	}
	offset, _ := strconv.Atoi(query.Get("offset"))
	limit, _ := strconv.Atoi(query.Get("limit"))
	if p.ignoreOffset {
		offset = 0
	}
	if p.most > 0 {
		limit = min(limit, p.most)
	}
	offset = min(offset, len(list))
	page := list[offset:min(offset+limit, len(list))]
	body["connections"], body["size"] = page, len(page)
	reply(w, 200, body)
}

// collected is what a listing yielded.
type collected struct {
	ids     []string
	pages   int
	shifted []bool
	// unfiltered: a page said so.
	unfiltered bool
	err        error
}

func collect(t *testing.T, s *server, f ConnectionFilter) collected {
	t.Helper()
	var all collected
	for page, err := range s.client.ListConnections(t.Context(), gateway, f) {
		assert.Check(t, all.err == nil, "something came after an error")
		if err != nil {
			all.err = err
			continue
		}
		all.pages++
		all.shifted = append(all.shifted, page.Shifted)
		all.unfiltered = all.unfiltered || page.Unfiltered
		for _, c := range page.Entries {
			all.ids = append(all.ids, c.ID)
		}
	}
	return all
}

// A listing is read as far as its server lets it, and one that can't be true is an error: nobody may take an endpoint for
// gone by it. What contradicts itself is begun anew once.
func TestListConnections(t *testing.T) {
	shrinking := func(call int) []endpoint.Connection { return connections(0, 1200)[call*10:] } // 10 are gone after every call
	growing := func(call int) []endpoint.Connection {                                           // 10 are new in front after every call
		return append(connections(5000-call*10, call*10), connections(0, 1200)...)
	}
	three := func(int, int) any { return 3 }
	const repeats = "the page at offset 500 repeats earlier pages"
	for name, c := range map[string]struct {
		server  paging
		id      string
		found   int
		calls   int
		shifted bool
		want    string // "" for no error
	}{
		"empty":                     {paging{list: fixed(0), total: honest}, "", 0, 1, false, ""},
		"empty, no total":           {paging{list: fixed(0)}, "", 0, 1, false, ""},
		"one page":                  {paging{list: fixed(3), total: honest}, "", 3, 1, false, ""},
		"one page, no total":        {paging{list: fixed(3)}, "", 3, 1, false, ""},
		"three pages":               {paging{list: fixed(1200), total: honest}, "", 1200, 3, false, ""},
		"three pages, no total":     {paging{list: fixed(1200)}, "", 1200, 3, false, ""},
		"full page":                 {paging{list: fixed(500), total: honest}, "", 500, 1, false, ""},
		"full page, no total":       {paging{list: fixed(500)}, "", 500, 2, false, ""},
		"two full pages":            {paging{list: fixed(1000), total: honest}, "", 1000, 2, false, ""},
		"two full pages, no total":  {paging{list: fixed(1000)}, "", 1000, 3, false, ""},
		"small pages":               {paging{list: fixed(45), total: honest, most: 20}, "", 45, 3, false, ""},
		"quoted total":              {paging{list: fixed(600), total: func(_, n int) any { return strconv.Itoa(n) }}, "", 600, 2, false, ""},
		"null total":                {paging{list: fixed(600), total: func(int, int) any { return nil }}, "", 600, 2, false, ""},
		"total too large":           {paging{list: fixed(600), total: func(_, n int) any { return n + 50 }}, "", 600, 3, true, ""},
		"total far too large":       {paging{list: fixed(3), total: func(int, int) any { return 1e9 }}, "", 3, 2, true, ""},
		"total is the page's":       {paging{list: fixed(1200), total: func(call, _ int) any { return []int{499, 499, 200}[call] }}, "", 1200, 3, true, ""},
		"total too small, one page": {paging{list: fixed(400), total: func(int, int) any { return 10 }}, "", 400, 1, false, ""},
		"total only at first":       {paging{list: fixed(1200), total: func(call, n int) any { return []any{n, nil, nil}[call] }}, "", 1200, 3, false, ""},
		"shrinking":                 {paging{list: shrinking, total: honest}, "", 1180, 3, true, ""},
		"growing":                   {paging{list: growing, total: honest}, "", 1200, 3, true, ""},
		"growing, no total":         {paging{list: growing}, "", 1200, 3, true, ""},
		"twice, the same":           {paging{list: twice(endpoint.StatusAccepted), total: func(int, int) any { return 3 }}, "", 3, 1, false, ""},
		"twice, counted":            {paging{list: twice(endpoint.StatusAccepted), total: honest}, "", 3, 1, true, ""},
		"twice, no total":           {paging{list: twice(endpoint.StatusAccepted)}, "", 3, 1, false, ""},
		"twice, different":          {paging{list: twice(endpoint.StatusFailed), total: func(int, int) any { return 3 }}, "", 2, 1, true, ""},
		"small total, no offset":    {paging{list: fixed(30), total: honest, ignoreOffset: true, most: 20}, "", 20, 2, true, ""},
		"gone after the first page": {paging{list: func(call int) []endpoint.Connection { return connections(0, 600-call*600) }, total: honest}, "", 500, 2, true, ""},

		"no offset":           {paging{list: fixed(700), total: honest, ignoreOffset: true}, "", 500, 2, false, repeats},
		"no offset, large":    {paging{list: fixed(5000), total: honest, ignoreOffset: true}, "", 500, 2, false, repeats},
		"no offset, no total": {paging{list: fixed(700), ignoreOffset: true}, "", 500, 2, false, repeats},

		"ID, exact":                     {paging{list: fixed(1200), total: honest}, "e00007", 1, 1, false, ""},
		"ID, prefix":                    {paging{list: fixed(1200), total: honest}, "e0000", 0, 1, false, ""},
		"ID, prefix, many":              {paging{list: fixed(1200), total: honest}, "e", 0, 3, false, ""},
		"ID, absent":                    {paging{list: fixed(1200), total: honest}, "x", 0, 1, false, ""},
		"ID, absent, no total":          {paging{list: fixed(1200)}, "x", 0, 1, false, ""},
		"ID, ignored, on the 2nd page":  {paging{list: fixed(1200), total: honest, ignoreFilter: true}, "e00600", 1, 2, false, ""},
		"ID, ignored, absent":           {paging{list: fixed(1200), total: honest, ignoreFilter: true}, "x", 0, 3, false, ""},
		"ID, ignored, absent, no total": {paging{list: fixed(1000), ignoreFilter: true}, "x", 0, 3, false, ""},

		"contradiction, empty, but counted":        {paging{list: fixed(0), total: three}, "", 0, 2, false, "it has no connection, although it counts 3"},
		"contradiction, empty by filter":           {paging{list: fixed(0), total: three}, "e00007", 0, 2, false, "it has no connection, although it counts 3"},
		"contradiction, empty once":                {paging{list: func(call int) []endpoint.Connection { return connections(0, call*3) }, total: three}, "", 3, 2, false, ""},
		"contradiction, no filter, no offset":      {paging{list: fixed(700), total: honest, ignoreFilter: true, ignoreOffset: true}, "x", 0, 2, false, "repeats earlier pages"},
		"contradiction, no filter, no offset, few": {paging{list: fixed(30), total: honest, ignoreFilter: true, ignoreOffset: true, most: 20}, "x", 0, 4, false, "endpoint x is not among the 20"},
		"contradiction, no filter, counts more":    {paging{list: fixed(30), total: func(int, int) any { return 31 }, ignoreFilter: true}, "x", 0, 4, false, "endpoint x is not among the 30"},
		"contradiction, twice, different":          {paging{list: twice(endpoint.StatusFailed), total: honest}, "e00001", 0, 2, false, "endpoint e00001 is not among the 1"},
		"contradiction, twice, the same":           {paging{list: twice(endpoint.StatusAccepted), total: honest}, "e00001", 1, 1, false, ""},
		"contradiction, counts more, but found":    {paging{list: fixed(30), total: three}, "e00007", 1, 1, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.server.answer)
			got := collect(t, s, ConnectionFilter{ID: c.id})
			slices.Sort(got.ids)
			assert.Check(t, len(got.ids) == c.found && len(slices.Compact(got.ids)) == c.found && len(s.requests) == c.calls && (c.id == "" || c.found <= 0 || got.ids[0] == c.id),
				"found %d, want %d, with %d calls, want %d", len(got.ids), c.found, len(s.requests), c.calls)
			want := make([]bool, len(got.shifted))
			if c.shifted {
				want[c.calls-1] = true // on the last page
			}
			assert.Check(t, slices.Equal(got.shifted, want), "shifted: %v", got.shifted)
			for _, r := range s.requests {
				q := r.URL.Query()
				assert.Check(t, q.Get("limit") == "500" && q.Get("id") == c.id && r.URL.Path == "/base/v2/p1/apigw/instances/g1/vpc-endpoint/connections" && r.Header.Get("X-Project-Id") == "p1",
					"asked %s", r.URL)
			}
			if c.want == "" {
				assert.Check(t, got.err)
				return
			}
			e := restError(t, got.err)
			assert.Check(t, strings.Contains(e.Error(), c.want) && e.Kind == rest.KindUnreadable && e.RequestID == fmt.Sprintf("r-%d", c.calls-1) && e.StatusCode == 200,
				"got %+v", e)
		})
	}
}

// Pages are fetched as they are asked for, and an iterator serves again.
func TestListConnectionsIsLazy(t *testing.T) {
	s := serve(t, paging{list: fixed(1200), total: honest}.answer)
	pages := s.client.ListConnections(t.Context(), gateway, ConnectionFilter{})
	assert.Check(t, len(s.requests) == 0, "called before it was asked for")
	for range 2 {
		for page, err := range pages {
			assert.Check(t, err == nil && len(page.Entries) == PageSize && page.Total == 1200,
				"got %d connections of %d, %v", len(page.Entries), page.Total, err)
			break
		}
	}
	assert.Check(t, len(s.requests) == 2 && s.requests[1].URL.Query().Get("offset") == "0", "%d calls", len(s.requests))
}

func TestListConnectionsFailsLater(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			reply(w, 404, map[string]string{"error_code": "APIC.7302", "error_msg": "Instance not found"})
			return
		}
		paging{list: fixed(1200), total: honest}.answer(w, r, n)
	})
	got := collect(t, s, ConnectionFilter{})
	assert.Check(t, IsGatewayGone(got.err) && got.pages == 1 && len(s.requests) == 2, "got %v after %d pages", got.err, got.pages)
}

// An answer that is not a list is never an empty list.
func TestListConnectionsUnreadable(t *testing.T) {
	for answer, list := range map[string]bool{ // by answer: whether it is a list
		`{"connections":[],"size":0,"total":0}`: true,
		`{"size":0,"total":0}`:                  true,
		`{"connections":null,"total":0}`:        true,
		`{"connections":null}`:                  false,
		`{"connections":null,"total":null}`:     false,
		`{"connections":[]}`:                    true,
		`{}`:                                    false,
		`null`:                                  false,
		`{"total":3}`:                           false,
		`[]`:                                    false,
		`{"connections":{}}`:                    false,
		`{"connections":[{}]}`:                  false,
		`{"connections":[{"id":""}]}`:           false,
		`{"connections":[{"id":"a"}]}`:          false,
		`<html>`:                                false,
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = io.WriteString(w, answer) })
		got := collect(t, s, ConnectionFilter{})
		assert.Check(t, (got.err == nil) == list && len(got.ids) == 0, "%s: got %+v", answer, got)
		assert.Check(t, got.err == nil || restError(t, got.err).Kind == rest.KindUnreadable, "%s: got %v", answer, got.err)
	}
}

// However a page looks, it is an error, the end, or brings the listing forward.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		`{"connections":[{"id":"a","marker_id":1,"status":"accepted"}],"size":1,"total":1}`, `{"connections":[{"id":"a","status":"failed"},{"id":"a","status":"x"}],"total":9}`,
		`{"connections":null,"total":"5"}`, `{}`, `null`, `{"total":-1}`, `{"connections":[{"id":"b","marker_id":1e3,"status":"creating"}]}`, `{"total":1e400,"connections":[]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		answer := listAnswer{plural: "connections"}
		if json.Unmarshal(body, &answer) != nil {
			return
		}
		l := newListing(ConnectionFilter{}.kind())
		l.seen["earlier"] = true
		for range 3 {
			before := len(l.seen)
			page, more, err := l.add(l.kind.list(&answer), int64(answer.Total))
			if err != nil {
				return
			}
			assert.Check(t, (!more || len(l.seen) != before) && page.Total >= -1, "no progress: %+v", page)
			for _, c := range page.Entries {
				assert.Check(t, c.ID != "", "a connection without an ID")
			}
		}
	})
}

// A server that answers a listing for one endpoint with all others, page by
// page, is told of; one that has a few others beside it is not.
func TestListConnectionsUnfiltered(t *testing.T) {
	t.Parallel()
	many := connections(0, PageSize+10)
	for name, test := range map[string]struct {
		list    []endpoint.Connection
		ignores bool
		id      string
		want    bool
	}{
		"exact":              {many, false, many[5].ID, false},
		"ignored":            {many, true, many[5].ID, true},
		"ignored, last page": {many, true, many[PageSize+5].ID, true},
		"ignored, absent":    {many, true, "absent", true},
		"ignored, one page":  {many[:10], true, many[5].ID, false},
		"no filter":          {many, true, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, paging{list: func(int) []endpoint.Connection { return slices.Clone(test.list) }, total: honest, ignoreFilter: test.ignores}.answer)
			got := collect(t, s, ConnectionFilter{ID: test.id})
			assert.Check(t, got.err == nil && got.unfiltered == test.want, "unfiltered %t, want %t: %v", got.unfiltered, test.want, got.err)
		})
	}
}

// A server that has no end of new connections is not asked for ever, whatever it
// counts, and what it gave is no listing.
func TestListConnectionsEndless(t *testing.T) {
	for name, c := range map[string]struct {
		total any // nil: the answer has none
		size  int // of a page
		id    string
		calls int
		want  string
	}{
		"counts many":           {1e9, PageSize, "", 1, "the answer counts 1000000000 connections, and no more than 100000 are read"},
		"counts one too many":   {maxEntries + 1, PageSize, "", 1, "the answer counts 100001 connections"},
		"counts none":           {nil, PageSize, "", 200, "the listing did not end after 200 pages with 100000 connections, and no more are read"},
		"counts few":            {3, PageSize, "", 200, "did not end after 200 pages"},
		"counts many, slowly":   {1e9, 1, "", 1000, "did not end after 1000 pages with 1000 connections"},
		"counts as many, by ID": {maxEntries, 9, "x", 1000, "did not end after 1000 pages with 9000 connections"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
				body := map[string]any{"connections": connections(offset, c.size)}
				if c.total != nil {
					body["total"] = c.total
				}
				reply(w, 200, body)
			})
			got := collect(t, s, ConnectionFilter{ID: c.id})
			assert.Check(t, len(s.requests) == c.calls, "%d calls, want %d", len(s.requests), c.calls)
			assert.Check(t, got.err != nil && strings.Contains(got.err.Error(), c.want) && restError(t, got.err).Kind == rest.KindUnreadable, "got %v", got.err)
		})
	}
}

// As many as are read at the most are all read.
func TestListConnectionsLongest(t *testing.T) {
	all := connections(0, maxEntries)
	s := serve(t, paging{list: func(int) []endpoint.Connection { return all }, total: honest}.answer)
	got := collect(t, s, ConnectionFilter{})
	assert.Check(t, got.err == nil && len(got.ids) == maxEntries && len(s.requests) == 200,
		"%d connections with %d calls, %v", len(got.ids), len(s.requests), got.err)
}
