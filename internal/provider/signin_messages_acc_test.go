// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// placed is a provider block at the mock, with other arguments than a token.
func (m *mock) placed(arguments string) string {
	return fmt.Sprintf("\nprovider \"apig\" {\n  region = %q\n  project_id = %q\n  endpoints = { apig = %q, iam = %q, sts = %q }\n  max_retries = 0\n  %s\n}\n",
		testRegion, testProject, m.url, m.url, m.url, arguments)
}

// What somebody reads who can't sign in: which credentials, from where, and what
// to do.
func TestAccSignIn_messages(t *testing.T) {
	t.Parallel()
	guest := []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret}
	encrypted := func(t *testing.T) []string {
		file := filepath.Join(t.TempDir(), "config.json")
		noError(t, os.WriteFile(file, []byte(`{"authEncrypt": "true", "current": "default", "profiles": [{"name": "default", "accessKeyId": "another-secret", "secretAccessKey": "another-secret"}]}`), 0o600))
		return []string{"HW_SHARED_CONFIG_FILE=" + file}
	}
	ofInstance := func(t *testing.T) []string {
		file := filepath.Join(t.TempDir(), "config.json")
		noError(t, os.WriteFile(file, []byte(`{"current": "default", "profiles": [{"name": "default", "mode": "ecsAgency"}]}`), 0o600))
		return []string{"HW_SHARED_CONFIG_FILE=" + file}
	}
	for name, tc := range map[string]struct {
		environment func(*testing.T) []string
		arguments   string
		prepare     func(*mock)
		instance    bool
		want        []string
	}{
		"agency refused": {
			environment: func(*testing.T) []string { return guest }, arguments: agencyBlock("agency_name = \"nobody\"\n    domain_name = \"owner\""),
			want: []string{
				`The agency "nobody" of account "owner" can't be assumed. Check its name and account in ` + "`assume_role`",
				`assuming the agency "nobody" of account "owner": get temporary keys of an agency: HTTP 403`, "/v3.0/OS-CREDENTIAL/securitytokens", requestID,
			},
		},
		"keys refused before the agency": {
			environment: func(*testing.T) []string {
				return []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=another-secret"}
			}, arguments: agencyBlock(agencyByID),
			want: []string{
				"The API refuses the credentials: access_key from HW_ACCESS_KEY, secret_key from HW_SECRET_KEY, then as the agency \"operators\" of account " + ownerDomain + ".",
				"Check that access key and secret key belong together", "assume an agency: HTTP 40",
			},
		},
		"no file of the ID token": {
			environment: func(*testing.T) []string {
				return append([]string{"HW_ASSUME_ROLE_ID_TOKEN_FILE=/does/not/exist"}, oidcVariables...)
			},
			want: []string{
				"Check `id_token_file` in `assume_role_with_oidc` (HW_ASSUME_ROLE_ID_TOKEN_FILE)", "open /does/not/exist: no such file",
				`signing in with the ID token in /does/not/exist of the identity provider "pipeline"`,
			},
		},
		"ID token refused": {
			environment: func(*testing.T) []string {
				return append([]string{"HW_ASSUME_ROLE_ID_TOKEN=another-secret"}, oidcVariables...)
			},
			want: []string{
				"The API refuses the credentials: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID", "Check that the identity provider is known to IAM by this ID",
				"exchange the ID token: HTTP 401", "The ID token is invalid or has expired", requestID,
			},
		},
		"instance without an agency": {
			instance: true, prepare: func(m *mock) { m.BeInstance("", mockapig.MetadataTokensRequired) },
			want: []string{
				"The metadata service of this machine, which was asked since no other credentials are configured, gives none.", "If this is an ECS instance, give it an agency", "signing in by the metadata service of this ECS instance", "Please configure Cloud Service Agency first",
			},
		},
		"profile of an instance without an agency": {
			environment: ofInstance, instance: true, prepare: func(m *mock) { m.BeInstance("", mockapig.MetadataTokensRequired) },
			want: []string{
				`The metadata service of this machine, which was asked since the mode of the profile "default" in `, `is "ecsAgency", gives none. If this is an ECS instance, give it an agency`,
			},
		},
		"profile of an instance elsewhere": {
			environment: ofInstance,
			want: []string{
				`Credentials of an ECS instance are asked for, since the mode of the profile "default" in `,
				`is "ecsAgency", and this is no ECS instance that could get some from its metadata service. Give one of these`,
			},
		},
		"ID token in the place of its file": {
			environment: func(*testing.T) []string {
				return append([]string{"HW_ASSUME_ROLE_ID_TOKEN_FILE=eyJ.another-secret"}, oidcVariables...)
			},
			want: []string{
				"Check `id_token_file` in `assume_role_with_oidc` (HW_ASSUME_ROLE_ID_TOKEN_FILE)", "open (a path that looks like the content of a file): no such file",
			},
		},
		"key in another form": {
			environment: func(*testing.T) []string {
				return append([]string{"OS_CERT=-----BEGIN CERTIFICATE-----", "OS_KEY=another-secret"}, guest...)
			},
			want: []string{
				"Error: Invalid client certificate", "cert and key (or the environment variables OS_CERT and OS_KEY) can't be used: key is neither PEM (-----BEGIN ...) nor the path of a file that can be read: no such file or directory.",
			},
		},
		"encrypted profile": {
			environment: encrypted,
			want:        []string{"Error: The profile is encrypted", "hcloud configure set --cli-auth-encrypt=false", `the profile "default" in`},
		},
		"vendor's argument": {
			environment: func(*testing.T) []string { return guest }, arguments: "default_tags = { a = \"b\" }\n  enterprise_project_id = \"0\"\n  regional = true",
			want: []string{
				"Error: Not supported", "default_tags is an argument of the provider huaweicloud that this provider does not support: connections have no tags. Remove it.",
				"enterprise_project_id is an argument of the provider huaweicloud that this provider does not support",
			},
		},
		"two ways": {
			environment: func(*testing.T) []string { return nil }, arguments: "access_key = \"AK\"\n  secret_key = \"another-secret\"\n  profile = \"default\"\n  shared_config_file = \"testdata/profiles.json\"",
			want: []string{"Error: More than one way to sign in", "access key (access_key, secret_key) and profile (shared_config_file, profile)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.delegate()
			if tc.prepare != nil {
				tc.prepare(m)
			}
			var environment []string
			if tc.environment != nil {
				environment = tc.environment(t)
			}
			if tc.instance {
				environment = append(environment, metadataVariable+"="+m.url)
			}
			c := newCLI(t, m.placed(tc.arguments)+block("test", "accepted", hclList(endpointIDs(1, 1)), limits), environment...)
			noError(t, os.MkdirAll(filepath.Join(c.dir, "testdata"), 0o700))
			noError(t, os.WriteFile(filepath.Join(c.dir, "testdata", "profiles.json"), []byte(`{"profiles": [{"name": "default", "accessKeyId": "AK", "secretAccessKey": "SK"}]}`), 0o600))
			r := c.plan()
			r.expect(t, 1, tc.want...)
			for _, phrase := range []string{"another-secret", guestSecret, "%!", "<nil>"} {
				if strings.Contains(r.words(), phrase) {
					t.Errorf("says %q:\n%s", phrase, r.output())
				}
			}
			if testing.Verbose() {
				t.Logf("%s", r.output())
			}
		})
	}
}

// A renewal that fails in the middle of an apply leaves a true state, says whose
// keys it was, and the next apply finishes.
func TestAccSignIn_renewalFails(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.delegate()
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids...)
	c := newCLI(t, m.placed(agencyBlock(agencyByName))+block("test", "accepted", hclList(ids), limits), "HW_ACCESS_KEY="+guestKey, "HW_SECRET_KEY="+guestSecret)
	m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Do: m.ExpireKeys})
	m.Fail(mockapig.Fault{Operation: mockapig.OpCreateKeys, Skip: 2, Status: http.StatusForbidden, Code: "IAM.0002", Message: "the agency was withdrawn"})
	c.apply().expect(t, 1, `The agency "operators" of account "owner" can't be assumed.`,
		"the credentials were refused and could not be renewed", "HTTP 403, IAM.0002: the agency was withdrawn", ids[0], ids[1])
	m.expectStatuses(t, "pendingAcceptance", ids...)
	c.apply().expect(t, 0, "Resources: 1 added")
	m.expectStatuses(t, "accepted", ids...)
	c.settled()
}

// What is left over in the environment is warned of once, and no more is needed
// than what is taken.
func TestAccSignIn_leftovers(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("pendingAcceptance", endpointIDs(1, 2)...)
	c := newCLI(t, m.placed("")+block("one", "accepted", hclList(endpointIDs(1, 1)), limits)+block("two", "accepted", hclList(endpointIDs(2, 2)), limits),
		"HW_AUTH_TOKEN="+testToken, "HW_ACCESS_KEY=left over", "OS_PASSWORD=another-secret")
	r := c.apply()
	r.expect(t, 0, "Warning: Environment variables are ignored", "The provider signs in by token (token from HW_AUTH_TOKEN).", "which is ignored: HW_ACCESS_KEY, OS_PASSWORD.")
	if n := strings.Count(r.words(), "Environment variables are ignored"); n != 1 {
		t.Errorf("warned %d times:\n%s", n, r.output())
	}
	c.settled()
}

// Proxies of the environment are used, but not for the metadata service: what
// answers there in an instance's place could give keys of its own.
func TestAccSignIn_proxy(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("pendingAcceptance", endpointIDs(1, 1)...)
	config := func(arguments string) string {
		return fmt.Sprintf("\nprovider \"apig\" {\n  region = %q\n  project_id = %q\n  endpoints = { apig = \"http://apig.example.test\" }\n  insecure = true\n  %s\n}\n",
			testRegion, testProject, arguments) + block("test", "accepted", hclList(endpointIDs(1, 1)), limits)
	}
	c := newCLI(t, config(withToken), "HTTP_PROXY="+m.url, "HTTPS_PROXY="+m.url, metadataVariable+"=http://169.254.169.254.invalid")
	c.apply().expect(t, 0, "Resources: 1 added")
	m.expectStatuses(t, "accepted", endpointIDs(1, 1)...)
	c.settled()

	m.BeInstance(ownerDomain, mockapig.MetadataTokensOptional)
	c.configure(config(""))
	c.plan().expect(t, 1, "No credentials are configured", "PUT 169.254.169.254.invalid")
	if n := m.Count(mockapig.OpGetMetadataToken) + m.Count(mockapig.OpGetMetadataKeys); n > 0 {
		t.Errorf("the proxy was asked for keys %d times", n)
	}
}
