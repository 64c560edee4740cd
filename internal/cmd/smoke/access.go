// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/provider"
	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

const userAgent = "terraform-provider-apig/smoke (+https://registry.terraform.io/providers/apig-terraform/apig)"

// access is what calls need that are signed in as the provider's are.
type access struct {
	region    string
	base      *url.URL          // of the gateway API in the region
	transport http.RoundTripper // signs requests, and refuses those to another host
	redact    func(string) string

	backend *backend.Backend
}

// accessIn signs in as the provider does where its block has nothing but endpoints.apig, or nothing at all if address
// is empty. It makes no call. The error has all that is wrong with the environment.
func accessIn(address string, lookup func(string) (string, bool)) (access, error) {
	settings, diags := signin.ByEnvironment(address, lookup)
	region := settings.Region.ValueString()
	if region == "" && !diags.HasError() {
		diags.AddError("No region", "Set HW_REGION_NAME.")
	}
	if err := asError(diags); err != nil {
		return access{}, err
	}
	base, err := settings.Endpoint(region)
	if err != nil {
		return access{}, err
	}
	shared, authenticator := provider.NewBackend(settings, settings.Transport, userAgent)
	return access{region: region, base: base, transport: authenticator, redact: authenticator.Redact, backend: shared}, nil
}

// projectID returns the ID of the provider's project. It may ask IAM for it.
func (a access) projectID(ctx context.Context) (string, error) {
	var diags diag.Diagnostics
	project := a.backend.DefaultProject(ctx, types.StringValue(a.region), &diags)
	return project.ValueString(), asError(diags)
}

// asError makes one error of all in diags, nil where there is none.
func asError(diags diag.Diagnostics) error {
	found := diags.Errors()
	problems := make([]error, 0, len(found))
	for _, d := range found {
		problems = append(problems, fmt.Errorf("%s: %s", d.Summary(), d.Detail()))
	}
	return errors.Join(problems...)
}
