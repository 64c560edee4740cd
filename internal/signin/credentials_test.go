// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

func TestResolveMethod(t *testing.T) {
	t.Parallel()
	all := map[string]string{
		"HW_AUTH_TOKEN": "env-t", "HW_ACCESS_KEY": "env-ak", "HW_SECRET_KEY": "env-sk",
		"HW_USER_NAME": "env-u", "HW_USER_PASSWORD": "env-p", "HW_DOMAIN_NAME": "env-d",
	}
	without := func(names ...string) map[string]string {
		rest := maps.Clone(all)
		for _, name := range names {
			delete(rest, name)
		}
		return rest
	}
	tests := map[string]struct {
		model blockModel
		env   map[string]string
		want  auth.Config
		notes []string
		// The variables that are warned of, as they are listed; "" for no warning.
		ignored string
	}{
		"token first": {
			env: all, want: auth.Config{Token: "env-t"},
			notes: []string{
				"signing in by token: token from HW_AUTH_TOKEN",
			},
			ignored: "HW_ACCESS_KEY, HW_SECRET_KEY, HW_USER_NAME, HW_USER_PASSWORD",
		},
		"then the access key": {
			env: without("HW_AUTH_TOKEN"), want: auth.Config{AccessKey: "env-ak", SecretKey: "env-sk"},
			notes: []string{
				"signing in by access key: access_key from HW_ACCESS_KEY, secret_key from HW_SECRET_KEY",
			},
			ignored: "HW_USER_NAME, HW_USER_PASSWORD",
		},
		"then the password, though a key is begun": {
			env: without("HW_AUTH_TOKEN", "HW_ACCESS_KEY"), want: auth.Config{UserName: "env-u", Password: "env-p", DomainName: "env-d"},
			notes: []string{
				"signing in by password: user_name from HW_USER_NAME, password from HW_USER_PASSWORD, domain_name from HW_DOMAIN_NAME",
			},
			ignored: "HW_SECRET_KEY",
		},
		"configured password": {
			model: blockModel{"user_name": str("u"), "password": str("p"), "domain_id": str("id")}, env: all,
			want: auth.Config{UserName: "u", Password: "p", DomainID: "id"},
			notes: []string{
				"signing in by password: user_name from the configuration, password from the configuration, domain_id from the configuration",
			},
			ignored: "HW_ACCESS_KEY, HW_AUTH_TOKEN, HW_SECRET_KEY",
		},
		"the configuration decides, the environment completes": {
			model: blockModel{"user_name": str("u")}, env: all,
			want: auth.Config{UserName: "u", Password: "env-p", DomainName: "env-d"},
			notes: []string{
				"signing in by password: user_name from the configuration, password from HW_USER_PASSWORD, domain_name from HW_DOMAIN_NAME",
			},
			ignored: "HW_ACCESS_KEY, HW_AUTH_TOKEN, HW_SECRET_KEY",
		},
		"a domain decides nothing": {
			model: blockModel{"domain_name": str("d")}, env: without("HW_AUTH_TOKEN", "HW_USER_NAME", "HW_USER_PASSWORD"),
			want:  auth.Config{AccessKey: "env-ak", SecretKey: "env-sk"},
			notes: []string{"signing in by access key: access_key from HW_ACCESS_KEY, secret_key from HW_SECRET_KEY"},
		},
		"a configured domain name beats an ID in the environment": {
			model: blockModel{"user_name": str("u"), "password": str("p"), "domain_name": str("d")}, env: map[string]string{"HW_DOMAIN_ID": "id"},
			want: auth.Config{UserName: "u", Password: "p", DomainName: "d"},
			notes: []string{
				"signing in by password: user_name from the configuration, password from the configuration, domain_name from the configuration",
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, diags := resolve(tc.model, env(tc.env))
			if diags.HasError() {
				t.Fatal(problems(diags))
			}
			s.Auth.IAM = nil
			if got := ignoredIn(problems(diags)); got != tc.ignored {
				t.Errorf("warned of %q, want %q", got, tc.ignored)
			}
			if diff := cmp.Diff(tc.want, s.Auth); diff != "" {
				t.Errorf("credentials (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.notes, s.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			if method, err := s.Auth.Method(); err != nil || method != s.method {
				t.Errorf("method %q, %q, %v", s.method, method, err)
			}
		})
	}
}

// A security token in the environment completes a configured access key, unless
// the environment has an access key of its own that it belongs to.
func TestResolveSecurityToken(t *testing.T) {
	t.Parallel()
	configured := blockModel{"access_key": str("ak"), "secret_key": str("sk")}
	for name, tc := range map[string]struct {
		model      blockModel
		env        map[string]string
		want, says string
	}{
		"alone":           {model: configured, want: "st"},
		"of another key":  {model: configured, env: map[string]string{"HW_ACCESS_KEY": "other"}, says: "The environment variable HW_SECURITY_TOKEN has the security token of the access key in HW_ACCESS_KEY. The"},
		"of an older one": {model: configured, env: map[string]string{"OS_ACCESS_KEY": "other"}, says: "the access key in OS_ACCESS_KEY. The"},
		"of the same key": {model: configured, env: map[string]string{"HW_ACCESS_KEY": "ak"}, want: "st"},
		"all of it":       {env: map[string]string{"HW_ACCESS_KEY": "ak", "HW_SECRET_KEY": "sk"}, want: "st"},
		"half of it":      {model: blockModel{"secret_key": str("sk")}, env: map[string]string{"HW_ACCESS_KEY": "ak"}, want: "st"},
	} {
		variables := map[string]string{"HW_SECURITY_TOKEN": "st"}
		maps.Copy(variables, tc.env)
		s, diags := resolve(tc.model, env(variables))
		got := strings.Join(problems(diags), "\n")
		if diags.HasError() || s.Auth.SecurityToken != tc.want || (tc.says == "") != (got == "") || !strings.Contains(got, tc.says) {
			t.Errorf("%s: %q, want %q; %s", name, s.Auth.SecurityToken, tc.want, got)
		}
	}
}

// ignoredIn lists what the one warning says is ignored.
func ignoredIn(problems []string) string {
	if len(problems) != 1 {
		return strings.Join(problems, "\n")
	}
	_, after, _ := strings.Cut(problems[0], "which is ignored: ")
	listed, _, _ := strings.Cut(after, ". Unset")
	return listed
}
