// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package provider is what Terraform talks to, and plugs the packages below together. It knows nothing of the API: no
// address, no status code.
package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
	"github.com/apig-terraform/terraform-provider-apig/internal/exclusive"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/permission"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

var (
	_ provider.Provider                   = (*apigProvider)(nil)
	_ provider.ProviderWithActions        = (*apigProvider)(nil)
	_ provider.ProviderWithListResources  = (*apigProvider)(nil)
	_ provider.ProviderWithValidateConfig = (*apigProvider)(nil)
)

// New returns a constructor of the provider. The version goes into User-Agent.
func New(version string) func() provider.Provider {
	return func() provider.Provider {
		return &apigProvider{version: version, lookup: os.LookupEnv}
	}
}

type apigProvider struct {
	version string
	lookup  func(string) (string, bool) // the environment

	// Of tests alone; nil for the usual.
	metadata *url.URL          // where the metadata service is
	network  http.RoundTripper // in the place of the network
	patience *gateway.Patience // how long to ask for a gateway
}

func (p *apigProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "apig"
	resp.Version = p.version
}

func (p *apigProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = signin.Schema()
}

// ValidateConfig checks what the limits of a service depend on. Configure checks the rest, with all of the environment.
func (p *apigProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	resp.Diagnostics.Append(signin.Validate(ctx, req.Config, p.lookup)...)
}

// Configure waits for no call: a provider block that no resource needs yet can't fail on a network. It makes one only
// where the first that is needed may come too late, in the background, and not while it is unknown where things are:
// the region may decide which server gets a token. Where an argument that it needs is unknown, all waits until it is
// known, if the CLI can do without.
func (p *apigProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	settings, needed, diags := signin.Resolve(ctx, req.Config, p.lookup)
	if len(needed) > 0 && req.ClientCapabilities.DeferralAllowed {
		resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
		return
	}
	resp.Diagnostics.Append(needed...)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	transport := cmp.Or(p.network, settings.Transport)
	if p.metadata != nil && settings.Auth.Metadata != nil {
		settings.Auth.Metadata = p.metadata
	}
	secrets := auth.Forms(settings.Secrets()...)
	ctx = tflog.MaskAllFieldValuesStrings(tflog.MaskMessageStrings(ctx, secrets...), secrets...)
	for _, note := range settings.Notes {
		tflog.Debug(ctx, note)
	}
	shared, authenticator := NewBackend(settings, transport, p.userAgent(req.TerraformVersion, settings.Secrets()))
	if p.patience != nil {
		shared.SetPatience(*p.patience)
	}
	if settings.AllKnown {
		authenticator.Prepare(ctx)
	}
	resp.ResourceData = shared
	resp.DataSourceData = shared
	resp.ListResourceData = shared
	resp.ActionData = shared
}

func (p *apigProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{connection.NewResource, permission.NewResource, exclusive.NewResource}
}

func (p *apigProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{connection.NewDataSource, permission.NewDataSource}
}

func (p *apigProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{connection.NewList, permission.NewList}
}

func (p *apigProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{connection.NewAction}
}

// userAgent names the provider and Terraform, and what the environment adds, unless it is secret or fits no header.
func (p *apigProvider) userAgent(terraformVersion string, secrets []string) string {
	agent := fmt.Sprintf("terraform-provider-apig/%s (+https://registry.terraform.io/providers/apig-terraform/apig) Terraform/%s", p.version, terraformVersion)
	appended, _ := p.lookup("TF_APPEND_USER_AGENT")
	words := strings.FieldsFunc(appended, func(c rune) bool { return c <= ' ' || c > '~' })
	words = slices.DeleteFunc(words, func(word string) bool {
		return slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(word, secret) })
	})
	return strings.Join(append([]string{agent}, words...), " ")
}

// NewBackend plugs the packages together, from the wire up.
func NewBackend(s signin.Settings, transport http.RoundTripper, userAgent string) (*backend.Backend, *auth.Authenticator) {
	var authenticator *auth.Authenticator
	redact := func(text string) string { return authenticator.Redact(text) }
	plain := &rest.Client{
		HTTP:       &http.Client{Transport: transport, CheckRedirect: rest.CheckRedirect},
		MaxRetries: s.MaxRetries,
		// Signing in waits for no call: a call that signs in would wait for itself.
		Throttle:  rest.NewThrottle(s.PerSecond, 0),
		UserAgent: userAgent,
		OnAttempt: logAttempt(redact),
		// IAM is behind the same front door, and an account may be frozen wherever it is used.
		Classify: apig.Classify,
	}
	authenticator = auth.New(s.Auth, transport, plain)
	authorized := *plain
	authorized.Redact = authenticator.Redact
	authorized.Throttle = rest.NewThrottle(s.PerSecond, s.MaxConcurrent)
	authorized.HTTP = &http.Client{Transport: authenticator, CheckRedirect: rest.CheckRedirect}
	defaults := backend.Defaults{Region: s.Region, ProjectID: s.ProjectID, ProjectName: s.ProjectName}
	words := backend.Credentials{Origins: s.Origins, Instance: s.Instance, Renewal: s.Renewal(), Ways: signin.WaysToSignIn}
	return backend.New(apig.New(&authorized, s.Endpoint), defaults, authenticator.ProjectID, s.LookUpUnknown, words), authenticator
}

// logAttempt logs a call without what it carries, and without any secret that is known by then.
func logAttempt(redact func(string) string) func(context.Context, rest.Attempt) {
	return func(ctx context.Context, a rest.Attempt) {
		fields := map[string]any{
			"operation":   a.Operation,
			"method":      a.Method,
			"host":        redact(a.Host),
			"path":        redact(a.Path),
			"attempt":     a.Number,
			"status":      a.StatusCode,
			"request_id":  redact(a.RequestID),
			"duration_ms": a.Duration.Milliseconds(),
		}
		if a.Err != nil {
			fields["error"], fields["error_code"] = "other", ""
		}
		if e, ok := errors.AsType[*rest.Error](a.Err); ok {
			fields["error"], fields["error_code"] = string(e.Kind), redact(e.Code)
		}
		if a.RetryIn > 0 {
			fields["retry_in"] = a.RetryIn.Round(time.Millisecond).String()
		}
		tflog.Debug(ctx, "API call", fields)
	}
}
