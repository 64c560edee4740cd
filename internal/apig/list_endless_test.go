// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

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
