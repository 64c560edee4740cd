// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// providerModel is the provider block.
type providerModel struct {
	Region        types.String `tfsdk:"region"`
	ProjectID     types.String `tfsdk:"project_id"`
	ProjectName   types.String `tfsdk:"project_name"`
	AccessKey     types.String `tfsdk:"access_key"`
	SecretKey     types.String `tfsdk:"secret_key"`
	SecurityToken types.String `tfsdk:"security_token"`
	Token         types.String `tfsdk:"token"`
	UserName      types.String `tfsdk:"user_name"`
	Password      types.String `tfsdk:"password"`
	DomainName    types.String `tfsdk:"domain_name"`
	DomainID      types.String `tfsdk:"domain_id"`
	Cloud         types.String `tfsdk:"cloud"`
	AuthURL       types.String `tfsdk:"auth_url"`
	Endpoints     types.Map    `tfsdk:"endpoints"`
	Insecure      types.Bool   `tfsdk:"insecure"`
	CACertFile    types.String `tfsdk:"cacert_file"`
	MaxRetries    types.Int64  `tfsdk:"max_retries"`

	MaxConcurrentRequests types.Int64   `tfsdk:"max_concurrent_requests"`
	RequestsPerSecond     types.Float64 `tfsdk:"requests_per_second"`
}

// unknowns reports every argument that is not known yet but is needed already.
// Region and project are not: what exists has them in its state, and what is to
// be created can wait for them.
func (m providerModel) unknowns() diag.Diagnostics {
	var diags diag.Diagnostics
	for _, argument := range []struct {
		name  string
		value attr.Value
	}{
		{"access_key", m.AccessKey},
		{"secret_key", m.SecretKey},
		{"security_token", m.SecurityToken},
		{"token", m.Token},
		{"user_name", m.UserName},
		{"password", m.Password},
		{"domain_name", m.DomainName},
		{"domain_id", m.DomainID},
		{"cloud", m.Cloud},
		{"auth_url", m.AuthURL},
		{"endpoints", m.Endpoints},
		{"insecure", m.Insecure},
		{"cacert_file", m.CACertFile},
		{"max_retries", m.MaxRetries},
		{"max_concurrent_requests", m.MaxConcurrentRequests},
		{"requests_per_second", m.RequestsPerSecond},
	} {
		if argument.value.IsUnknown() {
			addUnknown(&diags, path.Root(argument.name), argument.name, environment[argument.name])
		}
	}
	for _, service := range []string{"apig", "iam"} {
		if element, ok := m.Endpoints.Elements()[service]; ok && element.IsUnknown() {
			addUnknown(&diags, path.Root("endpoints").AtMapKey(service), "endpoints."+service, "")
		}
	}
	return diags
}

func addUnknown(diags *diag.Diagnostics, at path.Path, name, variable string) {
	instead := "Give it a value that doesn't depend on a resource of the same configuration"
	if variable != "" {
		instead += ", or leave it out and set the environment variable " + variable
	}
	diags.AddAttributeError(at, "Provider argument not known yet", fmt.Sprintf(
		"The provider's %s depends on something that is only known after an apply, but the provider needs it to plan. "+
			"%s. To create first what it depends on, apply with -target.", name, instead))
}

func providerSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Accepts and rejects the connections that VPC endpoints ask of dedicated gateways of API Gateway (APIG) on Huawei Cloud.\n\n" +
			"Arguments and environment variables have the names that the `huaweicloud` provider gives them, so that both can share a configuration. " +
			"What the provider block sets beats the environment; an empty string in the block counts as set and hides the variable.\n\n" +
			"There are three ways to sign in: by access key (`access_key`, `secret_key`), by `token`, or by password (`user_name`, `password`, `domain_name`). " +
			"If the provider block has arguments of one of them, that is the one; the arguments of two are an error. " +
			"Otherwise the environment decides, and if it is complete for several, a token comes before an access key, and that before a password.",
		Attributes: map[string]schema.Attribute{
			"region": textArgument("Region of the gateways, such as `cn-north-4`; a resource can name another.", "region"),
			"project_id": textArgument("ID of the project that the gateways are in. It is the default for resources in the provider's region. "+
				"Without it the project is looked up in IAM, by `project_name` or else by the name of the region.", "project_id"),
			"project_name": textArgument("Name of the project that the gateways are in, for example of a sub-project. Its ID is looked up in IAM; "+
				"not needed where `project_id` is set, which beats it.", "project_name"),

			"access_key": secretArgument("Access key ID (AK). Needs `secret_key`.", "access_key"),
			"secret_key": secretArgument("Secret access key (SK) that belongs to `access_key`. It signs requests and is never sent.", "secret_key"),
			"security_token": secretArgument("Security token that belongs to a temporary `access_key`. "+
				"Leave it out with a permanent one.", "security_token"),
			"token": secretArgument("IAM token that was issued elsewhere, for the project. It can't be renewed: "+
				"a run that outlasts it fails.", "token"),
			"user_name": textArgument("Name of the IAM user who signs in. Needs `password`, and `domain_name` or `domain_id`. "+
				"The provider gets IAM tokens and renews them as needed.", "user_name"),
			"password":    secretArgument("Password of `user_name`.", "password"),
			"domain_name": textArgument("Name of the account that `user_name` belongs to.", "domain_name"),
			"domain_id":   textArgument("ID of the account that `user_name` belongs to, in place of `domain_name`, which it beats.", "domain_id"),

			"cloud": textArgument("Domain that the addresses of the APIs end in, `https://apig.{region}.{cloud}` for example. "+
				"Default: `myhuaweicloud.com`, and in the region `eu-west-101` `myhuaweicloud.eu`.", "cloud"),
			"auth_url": textArgument("Address of IAM; `/v3` is added unless it ends in a version. "+
				"Default: `https://iam.{region}.{cloud}/v3`.", "auth_url"),
			"endpoints": schema.MapAttribute{
				ElementType: types.StringType,
				Optional:    true,
				MarkdownDescription: "Addresses of the APIs, by service: `apig` for API Gateway, in the provider's region alone unless it has `{region}` in the region's place, and `iam` for IAM, where `auth_url` is not set. " +
					"Other services' keys are ignored. There is no environment variable for it.",
			},

			"insecure": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: withVariable("Whether to accept any TLS certificate, and unencrypted `http://` addresses on other hosts than this one. "+
					"Anybody on the way can then read and change what is sent. Default: `false`.", "insecure"),
			},
			"cacert_file": textArgument("Certificates (PEM), or the path of a file of them, of authorities to trust in addition to the system's.", "cacert_file"),
			"max_retries": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: withVariable("How often a call is repeated when the network or the server fails. "+
					"Throttling doesn't count: throttled calls are repeated until the resource's timeout. Default: `5`.", "max_retries"),
			},
			"max_concurrent_requests": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "How many calls are under way at the same time, to all hosts together, 1 or more. " +
					"By default up to 4 decide on a gateway at once, and there is no limit over all gateways.",
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"requests_per_second": schema.Float64Attribute{
				Optional: true,
				MarkdownDescription: "How many calls a second are made to one host at the most. By default there is no limit until the host throttles: " +
					"then all calls to it slow down to the limit that it names, or to half of their rate, and recover step by step. " +
					"Set it where other users of the same limit must not be disturbed.",
				Validators: []validator.Float64{float64validator.AtLeast(0.01)},
			},
		},
	}
}

func textArgument(description, name string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: withVariable(description, name)}
}

func secretArgument(description, name string) schema.StringAttribute {
	attribute := textArgument(description, name)
	attribute.Sensitive = true
	return attribute
}

func withVariable(description, name string) string {
	return fmt.Sprintf("%s Environment variable: `%s`.", description, environment[name])
}
