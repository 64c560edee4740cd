// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
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
	Cert          types.String `tfsdk:"cert"`
	Key           types.String `tfsdk:"key"`
	MaxRetries    types.Int64  `tfsdk:"max_retries"`

	SharedConfigFile   types.String `tfsdk:"shared_config_file"`
	Profile            types.String `tfsdk:"profile"`
	AssumeRole         types.List   `tfsdk:"assume_role"`
	AssumeRoleWithOIDC types.List   `tfsdk:"assume_role_with_oidc"`

	MaxConcurrentRequests types.Int64   `tfsdk:"max_concurrent_requests"`
	RequestsPerSecond     types.Float64 `tfsdk:"requests_per_second"`

	vendorModel
}

// vendorModel has the arguments of the vendor's own provider that mean nothing
// here, or that are refused.
type vendorModel struct {
	UserID              types.String `tfsdk:"user_id"`
	TenantID            types.String `tfsdk:"tenant_id"`
	TenantName          types.String `tfsdk:"tenant_name"`
	AgencyName          types.String `tfsdk:"agency_name"`
	AgencyDomainName    types.String `tfsdk:"agency_domain_name"`
	DelegatedProject    types.String `tfsdk:"delegated_project"`
	EnterpriseProjectID types.String `tfsdk:"enterprise_project_id"`
	SigningAlgorithm    types.String `tfsdk:"signing_algorithm"`
	EnableForceNew      types.Bool   `tfsdk:"enable_force_new"`
	DefaultTags         types.Map    `tfsdk:"default_tags"`
	IgnoreTags          types.List   `tfsdk:"ignore_tags"`
	Regional            types.Bool   `tfsdk:"regional"`
	SkipCheckWebsite    types.Bool   `tfsdk:"skip_check_website_type"`
	SkipCheckUpgrade    types.Bool   `tfsdk:"skip_check_upgrade"`
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
		{"shared_config_file", m.SharedConfigFile},
		{"profile", m.Profile},
		{"assume_role", m.AssumeRole},
		{"assume_role_with_oidc", m.AssumeRoleWithOIDC},
		{"cloud", m.Cloud},
		{"auth_url", m.AuthURL},
		{"endpoints", m.Endpoints},
		{"insecure", m.Insecure},
		{"cacert_file", m.CACertFile},
		{"cert", m.Cert},
		{"key", m.Key},
		{"max_retries", m.MaxRetries},
		{"max_concurrent_requests", m.MaxConcurrentRequests},
		{"requests_per_second", m.RequestsPerSecond},
	} {
		if argument.value.IsUnknown() {
			addUnknown(&diags, path.Root(argument.name), argument.name, environment[argument.name])
		}
	}
	for _, service := range services {
		if element, ok := m.Endpoints.Elements()[service]; ok && element.IsUnknown() {
			addUnknown(&diags, path.Root("endpoints").AtMapKey(service), "endpoints."+service, "")
		}
	}
	unknownsIn(&diags, "assume_role", m.AssumeRole)
	unknownsIn(&diags, "assume_role_with_oidc", m.AssumeRoleWithOIDC)
	return diags
}

// unknownsIn reports the unknown arguments of blocks.
func unknownsIn(diags *diag.Diagnostics, name string, blocks types.List) {
	for i, b := range blockList(blocks) {
		for _, argument := range blockArguments[name] {
			if value, ok := b[argument]; ok && value.IsUnknown() {
				full := name + "." + argument
				addUnknown(diags, path.Root(name).AtListIndex(i).AtName(argument), full, environment[full])
			}
		}
	}
}

// blockArguments are the arguments of each kind of block.
var blockArguments = map[string][]string{
	"assume_role":           {"agency_name", "domain_name", "domain_id", "duration"},
	"assume_role_with_oidc": {"idp_id", "id_token", "id_token_file", "agency_name", "domain_name", "domain_id", "duration"},
}

// blockList returns the arguments of blocks, by name.
func blockList(blocks types.List) []map[string]attr.Value {
	var list []map[string]attr.Value
	for _, element := range blocks.Elements() {
		if block, ok := element.(types.Object); ok {
			list = append(list, block.Attributes())
		}
	}
	return list
}

// firstBlock returns the arguments of the first block, nil without one.
func firstBlock(blocks types.List) map[string]attr.Value {
	if list := blockList(blocks); len(list) > 0 {
		return list[0]
	}
	return nil
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
