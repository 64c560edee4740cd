// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"fmt"
	"net/url"
	"testing"
)

func TestConfigMethod(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		config Config
		want   Method
		err    string
	}{
		"nothing":                {err: errNoCredentials.Error()},
		"token":                  {config: Config{Token: "t"}, want: MethodToken},
		"access key":             {config: Config{AccessKey: "a", SecretKey: "s"}, want: MethodAccessKey},
		"temporary":              {config: Config{AccessKey: "a", SecretKey: "s", SecurityToken: "t"}, want: MethodAccessKey},
		"password":               {config: Config{UserName: "u", Password: "p", DomainName: "d"}, want: MethodPassword},
		"password, domain by ID": {config: Config{UserName: "u", Password: "p", DomainID: "d"}, want: MethodPassword},
		"a domain is no method":  {config: Config{DomainName: "d"}, err: errNoCredentials.Error()},
		"a domain beside a key":  {config: Config{AccessKey: "a", SecretKey: "s", DomainName: "d"}, want: MethodAccessKey},
		"no secret key":          {config: Config{AccessKey: "a"}, err: "signing in by access key needs secret_key as well"},
		"security token alone":   {config: Config{SecurityToken: "t"}, err: "signing in by access key needs access_key and secret_key as well"},
		"user alone":             {config: Config{UserName: "u"}, err: "signing in by password needs password and domain_name (or domain_id) as well"},
		"two": {
			config: Config{Token: "t", AccessKey: "a", SecretKey: "s"},
			err:    "credentials for more than one method: token, access key",
		},
		"ID token": {
			config: Config{OIDC: OIDC{ProviderID: "i", TokenFile: "f", Role: Role{Agency: "a", DomainID: "d"}}}, want: MethodOIDC,
		},
		"half an ID token":           {config: Config{OIDC: OIDC{ProviderID: "i"}}, err: "signing in by OIDC needs assume_role_with_oidc.id_token as well"},
		"ID token without an agency": {config: Config{OIDC: OIDC{ProviderID: "i", Token: "t"}}, want: MethodOIDC},
		"ID token, account by name": {
			config: Config{OIDC: OIDC{ProviderID: "i", Token: "t", Role: Role{Agency: "a", DomainName: "d"}}}, want: MethodOIDC,
		},
		"ID token, agency without account": {
			config: Config{OIDC: OIDC{ProviderID: "i", Token: "t", Role: Role{Agency: "a"}}},
			err:    "signing in by OIDC needs assume_role_with_oidc.domain_id (or domain_name) as well",
		},
		"ID token, account without agency": {
			config: Config{OIDC: OIDC{ProviderID: "i", Token: "t", Role: Role{DomainName: "d"}}},
			err:    "signing in by OIDC needs assume_role_with_oidc.agency_name as well",
		},
		"an agency is no method":             {config: Config{OIDC: OIDC{Role: Role{Agency: "a", DomainID: "d"}}}, err: errNoCredentials.Error()},
		"metadata service":                   {config: Config{Metadata: &url.URL{}}, want: MethodMetadata},
		"the metadata service is for others": {config: Config{Metadata: &url.URL{}, Token: "t"}, want: MethodToken},
		"one and a half": {
			config: Config{AccessKey: "a", SecretKey: "s", UserName: "u"},
			err:    "credentials for more than one method: access key, password",
		},
	}
	for name, tc := range tests {
		if got, err := tc.config.Method(); got != tc.want || fmt.Sprint(err) != cmp.Or(tc.err, "<nil>") {
			t.Errorf("%s: method %q, %v; want %q, %s", name, got, err, tc.want, tc.err)
		}
	}
}
