// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// blockModel is the provider block.
type blockModel struct {
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
