// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// hideous is in what no text may show.
const hideous = "☠secret☠"

// noSecretIn looks for secrets in all that a user may see, and for what a terminal does not show as it is.
func noSecretIn(t *testing.T, settings Settings, diags diag.Diagnostics) {
	t.Helper()
	texts := append(problems(diags), settings.Origins, settings.Instance)
	for _, text := range append(texts, settings.Notes...) {
		assert.Check(t, !strings.Contains(text, hideous), "a secret is shown: %q", text)
	}
}

// The arguments and the environment: each line names one, and what it is.
func FuzzResolve(f *testing.F) {
	for _, seed := range [][2]string{
		{"token=t", ""},
		{"access_key=ak\nsecret_key=sk", "HW_REGION_NAME=r-1\nHW_PROJECT_ID=fedcba9876543210fedcba9876543210"},
		{"user_name=u\npassword=p", "OS_USER_DOMAIN_NAME=d\nOS_AUTH_URL=https://iam.example.com/v3\nHW_INSECURE=yes"},
		{"region=r 1\ncloud=ex ample\nauth_url=http://u:p@x?y", "HW_MAX_RETRIES=-1\nHW_ASSUME_ROLE_AGENCY_NAME=a\nHW_ASSUME_ROLE_DOMAIN_ID=d"},
		{"token=a b", "HW_AUTH_TOKEN=x\nHW_ACCESS_KEY=y\nHTTPS_PROXY=http://u:p@proxy"},
		{"profile=p", "HW_ASSUME_ROLE_ID_TOKEN=x\nHW_ASSUME_ROLE_IDP_ID=y"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, block, environment string) {
		model, variables := blockModel{}, map[string]string{}
		for line := range strings.SplitSeq(block, "\n") {
			name, value, _ := strings.Cut(line, "=")
			if a := argumentNamed(name); a.name != "" && a.kind == text && !a.nested() {
				model[name] = types.StringValue(harmlessIn(a, value))
			}
		}
		for line := range strings.SplitSeq(environment, "\n") {
			name, value, _ := strings.Cut(line, "=")
			variables[name] = value
			for _, a := range arguments {
				if slices.Contains(a.variables, name) {
					variables[name] = harmlessIn(a, value)
				}
			}
		}
		settings, diags := resolve(model, func(name string) (string, bool) { value, ok := variables[name]; return value, ok })
		noSecretIn(t, settings, diags)
		if diags.HasError() {
			return
		}
		for _, a := range arguments {
			if given, ok := model[a.name].(types.String); ok && a.setting != nil && a.method == settings.Auth.Method && *a.setting(&settings) != given.ValueString() {
				t.Errorf("%s is %q, and %q in the block", a.name, *a.setting(&settings), given.ValueString())
			}
		}
		iam := settings.Auth.IAM
		assert.Check(t, iam != nil && iam.Host != "" && iam.User == nil && (settings.insecure || iam.Scheme == "https" || isLoopback(iam.Hostname())),
			"IAM is at %v", iam)
	})
}

// harmlessIn makes secrets recognizable, and keeps paths to files that are not there.
func harmlessIn(a argument, value string) string {
	switch {
	case a.secret && value != "":
		return value + hideous
	case strings.HasSuffix(a.name, "_file"), a.name == "cert", a.name == "key":
		return "/nowhere/" + value
	}
	return value
}

// The configuration file of the vendor's CLI, whatever is in it.
func FuzzProfile(f *testing.F) {
	f.Add([]byte(profiles), "")
	f.Add([]byte(profiles), "second")
	for _, seed := range []string{
		`{"current":"p","profiles":[{"name":"p","mode":"ecsAgency"}]}`, `{"authEncrypt":false,"profiles":[{"name":"p","mode":"SSO","ssoAuth":{"stsToken":{"accessKeyId":"a","secretAccessKey":"s"}}}]}`,
		`{"profiles":[{"name":"p","mode":"AssumeRole","sourceProfile":"q","agencyName":"a"},{"name":"q","accessKeyId":"a","secretAccessKey":"s"}]}`,
		`{"crypter":"x","profiles":[{"name":"p","accessKeyId":"a"}]}`, `{"profiles":[{"name":"p\n"}]}`, `null`, `{`, "", "\ufeff{}",
	} {
		f.Add([]byte(seed), "p")
	}
	file := filepath.Join(f.TempDir(), "config.json")
	f.Fuzz(func(t *testing.T, content []byte, name string) {
		var shared sharedConfig
		if json.Unmarshal(content, &shared) == nil {
			for i := range shared.Profiles {
				for _, k := range []*sharedKeys{&shared.Profiles[i].sharedKeys, &shared.Profiles[i].SSO.Keys} {
					for _, secret := range []*string{&k.SecretAccessKey, &k.SecurityToken} {
						if *secret != "" {
							*secret = fmt.Sprint(*secret, i, hideous)
						}
					}
				}
			}
			content, _ = json.Marshal(shared)
		}
		assert.NilError(t, os.WriteFile(file, content, 0o600))
		settings, diags := resolve(blockModel{"shared_config_file": str(file), "profile": str(name), "region": str("r-1")}, env(""))
		noSecretIn(t, settings, diags)
		for _, text := range problems(diags) {
			assert.Check(t, !strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), unicode.IsControl), "%q is shown", text)
		}
		assert.Check(t, diags.HasError() || settings.Auth.Method != auth.MethodAccessKey || strings.Contains(settings.Auth.SecretKey, hideous),
			"%q signs in with the secret key %q", content, settings.Auth.SecretKey)
	})
}

// Certificates and keys: an error shows nothing of the key.
func FuzzPEM(f *testing.F) {
	f.Add(" CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", " PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----")
	f.Add(" PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----", " CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")
	f.Add("", " ENCRYPTED PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, certificate, key string) {
		_, err := keyPair(pemBegin+certificate, pemBegin+strings.ReplaceAll(key, "\n", "\n"+hideous))
		_, authority := certificates(pemBegin + certificate)
		for _, err := range []error{err, authority} {
			if err == nil {
				continue
			}
			text := err.Error()
			assert.Check(t, !strings.Contains(text, hideous) && !strings.ContainsFunc(text, unicode.IsControl) && len(text) <= 1000+len(certificate)+len(key),
				"error %q", text)
		}
	})
}
