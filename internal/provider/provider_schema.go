// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

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

func providerSchema() schema.Schema {
	s := schema.Schema{
		MarkdownDescription: "Accepts and rejects the connections that VPC endpoints ask of dedicated gateways of API Gateway (APIG) on Huawei Cloud.\n\n" +
			"Arguments and environment variables have the names that the `huaweicloud` provider gives them, so that both can share a configuration. " +
			"What the provider block sets beats the environment, and that beats a profile; an empty string in the block counts as set and hides the variable. Where credentials are empty and only the agency of the machine is left to sign in, that is an error: use `null`.\n\n" +
			"If the provider block has arguments of one way to sign in, that is the one; the arguments of two are an error. " +
			"Otherwise the environment decides, and if it is complete for several, a token comes before the token of an identity provider, " +
			"that before an access key, and that before a password. Then comes a profile, and at last the metadata service of the ECS instance that the provider runs on.",
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

			"shared_config_file": textArgument("Path of the configuration file of the vendor's CLI (`hcloud`), of which a profile signs in and gives what neither the provider block "+
				"nor the environment has. Default, where `profile` is set: `~/.hcloud/config.json`.", "shared_config_file"),
			"profile": textArgument("Name of the profile in that file. Default, where `shared_config_file` is set: the file's current one.", "profile"),

			"cloud": textArgument("Domain that the addresses of the APIs end in, `https://apig.{region}.{cloud}` for example. "+
				"Default: `myhuaweicloud.com`, and in the regions `eu-west-1xx`, such as `eu-west-101`, `myhuaweicloud.eu`.", "cloud"),
			"auth_url": textArgument("Address of IAM; `/v3` is added unless it ends in a version. "+
				"Default: `https://iam.{region}.{cloud}/v3`.", "auth_url"),
			"endpoints": schema.MapAttribute{
				ElementType: types.StringType,
				Optional:    true,
				MarkdownDescription: "Addresses of the APIs, by service: `apig` for API Gateway, in the provider's region alone unless it has `{region}` in the region's place, `iam` for IAM, where `auth_url` is not set, and `sts` for IAM's token service, which assumes roles. " +
					"Other services' keys are ignored. There is no environment variable for it.",
			},

			"insecure": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: withVariable("Whether to accept any TLS certificate, and unencrypted `http://` addresses on other hosts than this one. "+
					"Anybody on the way can then read and change what is sent. Default: `false`.", "insecure"),
			},
			"cacert_file": textArgument("Certificates (PEM), or the path of a file of them, of authorities to trust in addition to the system's.", "cacert_file"),
			"cert":        textArgument("Certificate (PEM), or the path of a file of it, that this side shows to servers that ask for one. Needs `key`.", "cert"),
			"key":         secretArgument("Private key (PEM) that belongs to `cert`, or the path of a file of it.", "key"),
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
		Blocks: map[string]schema.Block{
			"assume_role": schema.ListNestedBlock{
				MarkdownDescription: "An agency to act as, laid over the way to sign in. Several are assumed one after the other, each with the keys of the one before. " +
					"Without the block, the environment's agency is assumed, if it has one.",
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"agency_name": textArgument("Name of the agency.", "assume_role.agency_name"),
					"domain_name": textArgument("Name of the account that the agency belongs to. IAM is asked for the keys.", "assume_role.domain_name"),
					"domain_id": textArgument("ID of that account, in place of `domain_name`, which it beats. "+
						"IAM's token service (STS) is asked for the keys, in a region that has one, and IAM elsewhere.", "assume_role.domain_id"),
					"duration": durationArgument("assume_role.duration"),
				}},
			},
			"assume_role_with_oidc": schema.ListNestedBlock{
				MarkdownDescription: "Signs in with a token of an identity provider (OIDC), such as a CI system gives, as an agency, or as who the token itself stands for.",
				Validators:          []validator.List{listvalidator.SizeAtMost(1)},
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"idp_id":        textArgument("ID of the identity provider in IAM.", "assume_role_with_oidc.idp_id"),
					"id_token":      secretArgument("The token. It can't be renewed: where a run may outlast it, use `id_token_file`.", "assume_role_with_oidc.id_token"),
					"id_token_file": textArgument("Path of a file of the token, which is read again whenever the provider needs new keys.", "assume_role_with_oidc.id_token_file"),
					"agency_name": textArgument("Name of the agency. Without it, the keys that IAM gives for the token are used themselves.",
						"assume_role_with_oidc.agency_name"),
					"domain_name": textArgument("Name of the account that the agency belongs to. IAM is asked for the keys.", "assume_role_with_oidc.domain_name"),
					"domain_id": textArgument("ID of that account, in place of `domain_name`, which it beats. "+
						"IAM's token service (STS) is asked for the keys, in a region that has one, and IAM elsewhere.", "assume_role_with_oidc.domain_id"),
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
		MarkdownDescription: withVariable("How many seconds the agency's keys live, from 900 to 86400. With `domain_id`, in a region that has a token service (STS), the most is 43200, "+
			"and 3600 where a security token asks for them. They are renewed before their end, however long the run takes. "+
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
