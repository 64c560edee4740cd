// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
)

// Finding is a result of a query: what one resource could adopt.
type Finding interface {
	Result(ctx context.Context, req list.ListRequest) list.ListResult
}

// Stream sends the results of a query, up to its limit. They are all in memory.
func Stream[F Finding](ctx context.Context, req list.ListRequest, results *list.ListResultsStream, found []F, diags diag.Diagnostics) {
	if len(found) == 0 {
		results.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	results.Results = func(push func(list.ListResult) bool) {
		for i, f := range found {
			if req.Limit > 0 && int64(i) == req.Limit {
				return
			}
			result := f.Result(ctx, req)
			if i == 0 {
				// A CLI that has as many results as it asked for listens no more.
				result.Diagnostics.Append(diags...)
			}
			if !push(result) {
				return
			}
		}
	}
}
