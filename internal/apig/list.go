// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// ConnectionFilter narrows a listing; what is empty does not.
type ConnectionFilter struct {
	ID     string          // one endpoint
	Status endpoint.Status // pendingAcceptance, accepted, rejected or failed; the API has no filter for the others
}

// ConnectionPage is one answer to a listing.
type ConnectionPage struct {
	Connections []endpoint.Connection // those that fit the filter and were in no earlier page; may be empty
	Total       int64                 // how many there are, as the server counts them; -1 when the answer left it out
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
// that neither has it nor is fit to tell that it is absent. So is one that goes on after 100,000 connections or 1,000
// pages, or counts more.
func (c *Client) ListConnections(ctx context.Context, gw Gateway, f ConnectionFilter) iter.Seq2[ConnectionPage, error] {
	return func(yield func(ConnectionPage, error) bool) {
		req, err := c.request(OperationList, http.MethodGet, gw, "connections")
		if err == nil && f.Status != "" && !slices.Contains(filterable, f.Status) {
			err = invalid(req, fmt.Errorf("the API can't list by status %q", string(f.Status)))
		}
		if err != nil {
			yield(ConnectionPage{}, err)
			return
		}
		for p, err := range pages(ctx, c, req, f.kind()) {
			if !yield(ConnectionPage{p.entries, p.total, p.shifted, p.unfiltered}, err) {
				return
			}
		}
	}
}

func (f ConnectionFilter) kind() kind[endpoint.Connection] {
	query := url.Values{}
	if f.ID != "" {
		query.Set("id", f.ID)
	}
	if f.Status != "" {
		query.Set("status", string(f.Status))
	}
	return kind[endpoint.Connection]{
		noun: "connection", plural: "connections", named: "endpoint", filter: query, sought: f.ID,
		key:   func(c endpoint.Connection) string { return c.ID },
		state: func(c endpoint.Connection) string { return string(c.Status) },
		fits: func(c endpoint.Connection) bool {
			return (f.ID == "" || c.ID == f.ID) && (f.Status == "" || c.Status == f.Status)
		},
		answer: func() body[endpoint.Connection] { return &listAnswer{} },
	}
}

func (a *listAnswer) list() ([]endpoint.Connection, int64) {
	return domain(a.Connections), int64(a.Total)
}
