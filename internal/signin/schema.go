// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Schema is that of the provider block.
func Schema() schema.Schema {
	s := schema.Schema{
		MarkdownDescription: "Accepts and rejects the connections of VPC endpoints to dedicated gateways of API Gateway (APIG) on Huawei Cloud, and keeps them as they are declared.",
		Attributes: map[string]schema.Attribute{
			"region": textArgument("Region of the gateways, such as `cn-north-4`; a resource can name another.", "region"),
			"project_id": textArgument("ID of the project that the gateways are in. It is the default for resources in the provider's region. "+
				"Without it the provider looks the project up in IAM, by `project_name`, or else by the name of the region.", "project_id"),
			"project_name": textArgument("Name of the project that the gateways are in, for example of a sub-project. The provider looks its ID up in IAM. "+
				"`project_id` takes precedence.", "project_name"),

			"access_key": secretArgument("Access key ID (AK). Needs `secret_key`.", "access_key"),
			"secret_key": secretArgument("Secret access key (SK) that belongs to `access_key`. It signs requests and is never sent.", "secret_key"),
			"security_token": secretArgument("Security token that belongs to a temporary `access_key`. "+
				"Leave it out with a permanent one.", "security_token"),
			"token": secretArgument("IAM token that was issued elsewhere, for the project. The provider can't renew it: "+
				"a run that takes longer than the token is valid fails.", "token"),
			"user_name": textArgument("Name of the IAM user who signs in. Needs `password`, and `domain_name` or `domain_id`. "+
				"The provider obtains an IAM token and renews it before it expires.", "user_name"),
			"password":    secretArgument("Password of `user_name`.", "password"),
			"domain_name": textArgument("Name of the account that `user_name` belongs to.", "domain_name"),
			"domain_id":   textArgument("ID of the account that `user_name` belongs to. It takes precedence over `domain_name`.", "domain_id"),

			"shared_config_file": textArgument("Path of the configuration file of the vendor's CLI (`hcloud`). A profile of it has the credentials, and the region and the project where neither the provider block "+
				"nor the environment has one. Default if `profile` is set: `~/.hcloud/config.json`.", "shared_config_file"),
			"profile": textArgument("Name of a profile in `shared_config_file`. Default if `shared_config_file` is set: the current profile of the file.", "profile"),

			"cloud": textArgument("Domain at the end of all API addresses, such as `https://apig.{region}.{cloud}`. "+
				"Default: `myhuaweicloud.com`, and `myhuaweicloud.eu` in the regions `eu-west-1xx`, such as `eu-west-101`.", "cloud"),
			"auth_url": textArgument("Address of IAM. The provider adds `/v3` unless the address ends in a version. "+
				"Default: `https://iam.{region}.{cloud}/v3`.", "auth_url"),
			"endpoints": schema.MapAttribute{
				ElementType: types.StringType,
				Optional:    true,
				MarkdownDescription: "Addresses of the APIs, by service: `apig` for API Gateway, `iam` for IAM (unless `auth_url` is set), and `sts` for IAM's token service, which issues the keys of agencies. " +
					"The address of `apig` is for the provider's region only, unless it contains `{region}`. Keys of other services are ignored. There is no environment variable for it.",
			},

			"insecure": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: withVariable("Whether to accept any TLS certificate, and unencrypted `http://` addresses of other hosts. "+
					"Anybody on the network can then read and change what is sent. Default: `false`.", "insecure"),
			},
			"cacert_file": textArgument("Additional CA certificates: PEM text, or the path of a PEM file. The system's CA certificates stay trusted.", "cacert_file"),
			"cert":        textArgument("Client certificate (mutual TLS): PEM text, or the path of a PEM file. Needs `key`.", "cert"),
			"key":         secretArgument("Private key of `cert`: PEM text, or the path of a PEM file.", "key"),
			"max_retries": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: withVariable("How often a call is repeated when the network or the server fails, 0 or more. "+
					"Throttling doesn't count: throttled calls are repeated until the resource's timeout. Default: `5`.", "max_retries"),
			},
			"max_concurrent_requests": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "At most this many calls are made at the same time, to all hosts together, 1 or more. " +
					"By default at most 4 calls decide on one gateway at the same time, and there is no limit for all gateways together.",
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"requests_per_second": schema.Float64Attribute{
				Optional: true,
				MarkdownDescription: "At most this many calls a second go to one host, 0.01 or more. By default there is no limit until the host throttles: " +
					"then the provider slows down to the limit that the host names, or to half of its rate, and recovers step by step. " +
					"Set it if others share the same limit.",
				Validators: []validator.Float64{float64validator.AtLeast(0.01)},
			},
		},
		Blocks: map[string]schema.Block{
			"assume_role": schema.ListNestedBlock{
				MarkdownDescription: "An agency to act as. The provider assumes it on top of any sign-in method. Several blocks are assumed one after the other, each with the keys of the block before. " +
					"Without a block, the provider assumes the agency that the environment names, if any.",
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"agency_name": textArgument("Name of the agency.", "assume_role.agency_name"),
					"domain_name": textArgument("Name of the account that the agency belongs to. IAM issues the keys.", "assume_role.domain_name"),
					"domain_id": textArgument("ID of the account that the agency belongs to. It takes precedence over `domain_name`. "+
						"IAM's token service (STS) issues the keys in a region that has one, and IAM elsewhere.", "assume_role.domain_id"),
					"duration": durationArgument("assume_role.duration"),
				}},
			},
			"assume_role_with_oidc": schema.ListNestedBlock{
				MarkdownDescription: "Signs in with an ID token of an identity provider (OIDC), for example of a CI system, and assumes an agency with it.",
				Validators:          []validator.List{listvalidator.SizeAtMost(1)},
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"idp_id":        textArgument("ID of the identity provider in IAM.", "assume_role_with_oidc.idp_id"),
					"id_token":      secretArgument("The ID token. The provider can't renew it. Use `id_token_file` if a run may take longer than the token is valid.", "assume_role_with_oidc.id_token"),
					"id_token_file": textArgument("Path of a file with the ID token. The provider reads the file again whenever it needs new keys.", "assume_role_with_oidc.id_token_file"),
					"agency_name": textArgument("Name of the agency. Without it, the provider uses the keys that IAM issues for the ID token itself.",
						"assume_role_with_oidc.agency_name"),
					"domain_name": textArgument("Name of the account that the agency belongs to. IAM issues the keys.", "assume_role_with_oidc.domain_name"),
					"domain_id": textArgument("ID of the account that the agency belongs to. It takes precedence over `domain_name`. "+
						"IAM's token service (STS) issues the keys in a region that has one, and IAM elsewhere.", "assume_role_with_oidc.domain_id"),
					"duration": durationArgument("assume_role_with_oidc.duration"),
				}},
			},
		},
	}
	maps.Copy(s.Attributes, vendorAttributes())
	return s
}

func durationArgument(name string) schema.Int64Attribute {
	return schema.Int64Attribute{
		Optional: true,
		MarkdownDescription: withVariable("How many seconds the keys of the agency are valid, from 900 to 86400. With `domain_id`, in a region that has a token service (STS), the maximum is 43200, "+
			"and 3600 if the caller has a security token. The provider renews the keys before they expire, however long the run takes. "+
			"Default: `3600`.", name),
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
