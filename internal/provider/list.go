// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// finding is what a query found: what one resource could adopt.
type finding interface {
	result(ctx context.Context, req list.ListRequest) list.ListResult
}

// stream gives what a query found, up to its limit. It is all in memory.
func stream[F finding](ctx context.Context, req list.ListRequest, results *list.ListResultsStream, found []F, diags diag.Diagnostics) {
	if len(found) == 0 {
		results.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	results.Results = func(push func(list.ListResult) bool) {
		for i, f := range found {
			if req.Limit > 0 && int64(i) == req.Limit {
				return
			}
			result := f.result(ctx, req)
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

// withListScope adds to a query's attributes those that say which gateway it is about.
func withListScope(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	maps.Copy(attributes, map[string]schema.Attribute{
		"instance_id": schema.StringAttribute{
			MarkdownDescription: instanceDescription,
			Required:            true,
			Validators:          []validator.String{validID()},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: regionDescription,
			Optional:            true,
			Validators:          []validator.String{validID()},
		},
		"project_id": schema.StringAttribute{
			MarkdownDescription: projectDescription,
			Optional:            true,
			Validators:          []validator.String{validID()},
		},
	})
	return attributes
}
