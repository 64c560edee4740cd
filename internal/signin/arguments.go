// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// blockModel is the provider block, or a block in it: the values of its arguments by name, null if one is not there.
type blockModel map[string]attr.Value

// as is a value of a model: null if it is not there.
func as[T attr.Value](m blockModel, name string) T {
	value, _ := m[name].(T)
	return value
}

// argument is all that is said of one argument: the schema, its page, the settings and the warnings follow from that.
type argument struct {
	name string // that of its block comes first, if it is in one: assume_role.duration
	kind kind
	doc  string // of the page, without the environment variable

	variables []string              // environment variables that stand in for it, the vendor's newest name first
	profile   func(*profile) string // what stands in for those

	secret bool
	late   bool    // it may be not known yet: it says where things are, and a resource can say that too
	least  float64 // the least number that it can be, if a schema can tell

	setting func(*Settings) *string // where its text goes
	method  auth.Method             // the way to sign in that it belongs to
	needed  bool                    // that way does not work without it
	with    string                  // that way does not work without it beside this other one
	or      string                  // this other one does as well
	header  bool                    // it travels in a header, or signs one
	shared  bool                    // it may be there for another reason than to sign in

	refused         string // why it is an error to set this argument of the vendor's own provider
	harmless        string // why that does no harm
	refusedVariable string // an environment variable of the vendor's that is refused, since it changes who acts, or how
}

// kind is what an argument's value is.
type kind int

const (
	text   kind = iota
	flag        // true or false
	whole       // a whole number
	number      // any number
	texts       // texts by name
	list        // a list of texts
	block       // blocks of the same name, each with arguments of its own
	single      // one block at the most
)

// arguments are all of them, in the order in which those that are not known are told.
var arguments = slices.Concat(ownArguments, vendorArguments)

var ownArguments = []argument{
	{
		name: "region", late: true, variables: []string{"HW_REGION_NAME", "OS_REGION_NAME"}, profile: func(p *profile) string { return p.Region },
		doc: "Region of the gateways, such as `cn-north-4`; a resource can name another.",
	},
	{
		name: "project_id", late: true, variables: []string{"HW_PROJECT_ID", "OS_PROJECT_ID", "OS_TENANT_ID"},
		doc: "ID of the project that the gateways are in. It is the default for resources in the provider's region. " +
			"Without it the provider looks the project up in IAM, by `project_name`, or else by the name of the region.",
	},
	{
		name: "project_name", late: true, variables: []string{"HW_PROJECT_NAME", "OS_PROJECT_NAME", "OS_TENANT_NAME"},
		doc: "Name of the project that the gateways are in, for example of a sub-project. The provider looks its ID up in IAM. " +
			"`project_id` takes precedence.",
	},
	{
		name: "access_key", secret: true, variables: []string{"HW_ACCESS_KEY", "OS_ACCESS_KEY"},
		method: auth.MethodAccessKey, setting: func(s *Settings) *string { return &s.Auth.AccessKey }, needed: true, header: true,
		doc: "Access key ID (AK). Needs `secret_key`.",
	},
	{
		name: "secret_key", secret: true, variables: []string{"HW_SECRET_KEY", "OS_SECRET_KEY"},
		method: auth.MethodAccessKey, setting: func(s *Settings) *string { return &s.Auth.SecretKey }, needed: true, header: true,
		doc: "Secret access key (SK) that belongs to `access_key`. It signs requests and is never sent.",
	},
	{
		name: "security_token", secret: true, variables: []string{"HW_SECURITY_TOKEN"},
		method: auth.MethodAccessKey, setting: func(s *Settings) *string { return &s.Auth.SecurityToken }, header: true,
		doc: "Security token that belongs to a temporary `access_key`. Leave it out with a permanent one.",
	},
	{
		name: "token", secret: true, variables: []string{"HW_AUTH_TOKEN", "OS_AUTH_TOKEN"},
		method: auth.MethodToken, setting: func(s *Settings) *string { return &s.Auth.Token }, needed: true, header: true,
		doc: "IAM token that was issued elsewhere, for the project. The provider can't renew it: a run that takes longer than the token is valid fails.",
	},
	{
		name: "user_name", variables: []string{"HW_USER_NAME", "OS_USERNAME"},
		method: auth.MethodPassword, setting: func(s *Settings) *string { return &s.Auth.UserName }, needed: true,
		doc: "Name of the IAM user who signs in. Needs `password`, and `domain_name` or `domain_id`. " +
			"The provider obtains an IAM token and renews it before it expires.",
	},
	{
		name: "password", secret: true, variables: []string{"HW_USER_PASSWORD", "OS_PASSWORD"},
		method: auth.MethodPassword, setting: func(s *Settings) *string { return &s.Auth.Password }, needed: true, doc: "Password of `user_name`.",
	},
	{
		name: "domain_name", variables: []string{"HW_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME"},
		method: auth.MethodPassword, setting: func(s *Settings) *string { return &s.Auth.DomainName }, needed: true, or: "domain_id", shared: true,
		doc: "Name of the account that `user_name` belongs to.",
	},
	{
		name:      "domain_id",
		variables: []string{"HW_DOMAIN_ID", "OS_DOMAIN_ID", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID"}, profile: func(p *profile) string { return p.DomainID },
		method: auth.MethodPassword, setting: func(s *Settings) *string { return &s.Auth.DomainID }, shared: true,
		doc: "ID of the account that `user_name` belongs to. It takes precedence over `domain_name`.",
	},
	{
		name: "shared_config_file", variables: []string{"HW_SHARED_CONFIG_FILE"},
		doc: "Path of the configuration file of the vendor's CLI (`hcloud`). A profile of it has the credentials, and the region and the project where neither the provider block " +
			"nor the environment has one. Default if `profile` is set: `~/.hcloud/config.json`.",
	},
	{
		name: "profile", variables: []string{"HW_PROFILE"},
		doc: "Name of a profile in `shared_config_file`. Default if `shared_config_file` is set: the current profile of the file.",
	},
	{
		name: "assume_role", kind: block,
		doc: "An agency to act as. The provider assumes it on top of any sign-in method. Several blocks are assumed one after the other, each with the keys of the block before. " +
			"Without a block, the provider assumes the agency that the environment names, if any.",
	},
	{name: "assume_role.agency_name", variables: []string{"HW_ASSUME_ROLE_AGENCY_NAME"}, doc: "Name of the agency."},
	{name: "assume_role.domain_name", variables: []string{"HW_ASSUME_ROLE_DOMAIN_NAME"}, doc: docAgencyDomainName},
	{name: "assume_role.domain_id", variables: []string{"HW_ASSUME_ROLE_DOMAIN_ID"}, doc: docAgencyDomainID},
	{name: "assume_role.duration", variables: []string{"HW_ASSUME_ROLE_DURATION"}, kind: whole, doc: docDuration},
	{
		name: "assume_role_with_oidc", kind: single,
		doc: "Signs in with an ID token of an identity provider (OIDC), for example of a CI system, and assumes an agency with it.",
	},
	{
		name: "assume_role_with_oidc.idp_id", variables: []string{"HW_ASSUME_ROLE_IDP_ID"}, method: auth.MethodOIDC, setting: func(s *Settings) *string { return &s.Auth.OIDC.ProviderID },
		needed: true, header: true, doc: "ID of the identity provider in IAM.",
	},
	{
		name: "assume_role_with_oidc.id_token", variables: []string{"HW_ASSUME_ROLE_ID_TOKEN"}, secret: true, method: auth.MethodOIDC, setting: func(s *Settings) *string { return &s.Auth.OIDC.Token },
		needed: true, or: "assume_role_with_oidc.id_token_file", header: true,
		doc: "The ID token. The provider can't renew it. Use `id_token_file` if a run may take longer than the token is valid.",
	},
	{
		name: "assume_role_with_oidc.id_token_file", variables: []string{"HW_ASSUME_ROLE_ID_TOKEN_FILE"}, method: auth.MethodOIDC, setting: func(s *Settings) *string { return &s.Auth.OIDC.TokenFile },
		doc: "Path of a file with the ID token. The provider reads the file again whenever it needs new keys.",
	},
	{
		name: "assume_role_with_oidc.agency_name", variables: []string{"HW_ASSUME_ROLE_AGENCY_NAME"}, method: auth.MethodOIDC, setting: func(s *Settings) *string { return &s.Auth.OIDC.Role.Agency },
		with: "assume_role_with_oidc.domain_id", shared: true,
		doc: "Name of the agency. Without it, the provider uses the keys that IAM issues for the ID token itself.",
	},
	{
		name: "assume_role_with_oidc.domain_name", variables: []string{"HW_ASSUME_ROLE_DOMAIN_NAME"}, method: auth.MethodOIDC, setting: func(s *Settings) *string { return &s.Auth.OIDC.Role.DomainName }, shared: true,
		doc: docAgencyDomainName,
	},
	{
		name: "assume_role_with_oidc.domain_id", variables: []string{"HW_ASSUME_ROLE_DOMAIN_ID"}, method: auth.MethodOIDC, setting: func(s *Settings) *string { return &s.Auth.OIDC.Role.DomainID },
		with: "assume_role_with_oidc.agency_name", or: "assume_role_with_oidc.domain_name", shared: true, doc: docAgencyDomainID,
	},
	{name: "assume_role_with_oidc.duration", variables: []string{"HW_ASSUME_ROLE_DURATION"}, kind: whole, doc: docDuration},
	{
		name: "cloud", variables: []string{"HW_CLOUD"},
		doc: "Domain at the end of all API addresses, such as `https://apig.{region}.{cloud}`. " +
			"Default: `myhuaweicloud.com`, and `myhuaweicloud.eu` in the regions `eu-west-1xx`, such as `eu-west-101`.",
	},
	{
		name: "auth_url", variables: []string{"HW_AUTH_URL", "OS_AUTH_URL"},
		doc: "Address of IAM. The provider adds `/v3` unless the address ends in a version. Default: `https://iam.{region}.{cloud}/v3`.",
	},
	{
		name: "endpoints", kind: texts,
		doc: "Addresses of the APIs, by service: `apig` for API Gateway, `iam` for IAM (unless `auth_url` is set), and `sts` for IAM's token service, which issues the keys of agencies. " +
			"The address of `apig` is for the provider's region only, unless it contains `{region}`. Keys of other services are ignored. There is no environment variable for it.",
	},
	{
		name: "insecure", kind: flag, variables: []string{"HW_INSECURE", "OS_INSECURE"},
		doc: "Whether to accept any TLS certificate, and unencrypted `http://` addresses of other hosts. " +
			"Anybody on the network can then read and change what is sent. Default: `false`.",
	},
	{
		name: "cacert_file", variables: []string{"OS_CACERT"}, setting: func(s *Settings) *string { return &s.caCert },
		doc: "Additional CA certificates: PEM text, or the path of a PEM file. The system's CA certificates stay trusted.",
	},
	{
		name: "cert", variables: []string{"OS_CERT"}, setting: func(s *Settings) *string { return &s.clientCert },
		doc: "Client certificate (mutual TLS): PEM text, or the path of a PEM file. Needs `key`.",
	},
	{
		name: "key", variables: []string{"OS_KEY"}, secret: true, setting: func(s *Settings) *string { return &s.clientKey },
		doc: "Private key of `cert`: PEM text, or the path of a PEM file.",
	},
	{
		name: "max_retries", kind: whole, variables: []string{"HW_MAX_RETRIES"},
		doc: "How often a call is repeated when the network or the server fails, 0 or more. " +
			"Throttling doesn't count: throttled calls are repeated until the resource's timeout. Default: `5`.",
	},
	{
		name: "max_concurrent_requests", kind: whole, least: 1,
		doc: "At most this many calls are made at the same time, to all hosts together, 1 or more. " +
			"By default at most 4 calls decide on one gateway at the same time, and there is no limit for all gateways together.",
	},
	{
		name: "requests_per_second", kind: number, least: 0.01,
		doc: "At most this many calls a second go to one host, 0.01 or more. By default there is no limit until the host throttles: " +
			"then the provider slows down to the limit that the host names, or to half of its rate, and recovers step by step. " +
			"Set it if others share the same limit.",
	},
}

const (
	docAgencyDomainName = "Name of the account that the agency belongs to. IAM issues the keys."
	docAgencyDomainID   = "ID of the account that the agency belongs to. It takes precedence over `domain_name`. " +
		"IAM's token service (STS) issues the keys in a region that has one, and IAM elsewhere."
	docDuration = "How many seconds the keys of the agency are valid, from 900 to 86400. With `domain_id`, in a region that has a token service (STS), the maximum is 43200, " +
		"and 3600 if the caller has a security token. The provider renews the keys before they expire, however long the run takes. " +
		"Default: `3600`."
)

// argumentNamed returns the argument of that name; one without a name if there is none.
func argumentNamed(name string) argument {
	return first(only(arguments, func(a argument) bool { return a.name == name }))
}

func argumentsOf(block string) []argument {
	return only(arguments, func(a argument) bool { return strings.HasPrefix(a.name, block+".") })
}

// first returns the first of a list, or the zero value.
func first[T any](all []T) (one T) {
	if len(all) > 0 {
		one = all[0]
	}
	return one
}

// only returns those of a list for which something is true.
func only[T any](all []T, is func(T) bool) (found []T) {
	for _, one := range all {
		if is(one) {
			found = append(found, one)
		}
	}
	return found
}

func (a argument) nested() bool { return strings.Contains(a.name, ".") }

// local is the name of an argument in its block.
func (a argument) local() string { return a.name[strings.LastIndex(a.name, ".")+1:] }

// meaningless tells whether the argument is one of the vendor's own provider alone.
func (a argument) meaningless() bool { return a.refused != "" || a.harmless != "" }

// variable returns the environment variable that the page names, "" if there is none.
func (a argument) variable() string { return first(a.variables) }
