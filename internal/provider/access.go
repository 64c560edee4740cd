// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

// Access is what a command needs to make calls of its own, signed in as the provider is.
type Access struct {
	Region string
	// Base is the address of the gateway API in the region.
	Base *url.URL
	// Transport signs requests. It refuses those to another host than Base's.
	Transport http.RoundTripper
	// Redact takes credentials out of a text.
	Redact func(text string) string

	backend *backend.Backend
}

// AccessByEnvironment signs in as the provider does where its block has nothing but endpoints.apig, or nothing at all
// if address is empty. It makes no call. The error has all that is wrong with the environment.
func AccessByEnvironment(version, address string, lookup func(string) (string, bool)) (Access, error) {
	settings, diags := signin.ByEnvironment(address, lookup)
	region := settings.Region.ValueString()
	if region == "" && !diags.HasError() {
		diags.AddError("No region", "Set HW_REGION_NAME.")
	}
	if err := asError(diags); err != nil {
		return Access{}, err
	}
	base, err := settings.Endpoint(region)
	if err != nil {
		return Access{}, err
	}
	p := &apigProvider{version: version, lookup: lookup}
	shared, authenticator := newBackend(settings, settings.Transport, p.userAgent("", settings.Secrets()))
	return Access{
		Region: region, Base: base, Transport: authenticator, Redact: authenticator.Redact, backend: shared,
	}, nil
}

// ProjectID returns the ID of the provider's project. It may ask IAM for it.
func (a Access) ProjectID(ctx context.Context) (string, error) {
	var diags diag.Diagnostics
	project := a.backend.DefaultProject(ctx, types.StringValue(a.Region), &diags)
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
