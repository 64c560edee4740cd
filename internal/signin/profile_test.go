// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"strings"
	"testing"
)

// A profile is encrypted as the vendor's CLI means it: unless the file says that
// it is not, or has nothing to decrypt it with and a key that is plainly one.
func TestProfileEncryption(t *testing.T) {
	t.Parallel()
	const plain, long = "ABCDEFGH0123456789XY", "c2VjcmV0IHRleHQgdGhhdCBpcyBlbmNyeXB0ZWQ="
	for name, tc := range map[string]struct {
		top       string // of the file, with a comma at its end
		key       string
		encrypted bool
	}{
		"said so":                        {`"authEncrypt": "true",`, plain, true},
		"said so, as a boolean":          {`"authEncrypt": true,`, plain, true},
		"said not":                       {`"authEncrypt": "false",`, long, false},
		"said not, as a boolean":         {`"authEncrypt": false,`, long, false},
		"said not, with what decrypts":   {`"authEncrypt": "false", "crypter": "c", "nonce": "n",`, plain, false},
		"not said":                       {``, long, true},
		"not said, a plain key":          {``, plain, false},
		"not said, a plain key, crypter": {`"crypter": "c",`, plain, true},
		"not said, a plain key, nonce":   {`"nonce": "n",`, plain, true},
		"not said, a plain key, empty":   {`"authEncrypt": "", "crypter": "", "nonce": "",`, plain, false},
		"another word":                   {`"authEncrypt": "no",`, long, true},
		"a key of small letters":         {``, strings.ToLower(plain), true},
		"a key that is too long":         {``, plain + "Z", true},
		"null":                           {`"authEncrypt": null, "nonce": null,`, plain, false},
	} {
		for mode, profiles := range map[string]string{
			"AKSK":       `{"name": "p", "mode": "AKSK", "accessKeyId": %q, "secretAccessKey": "s"}`,
			"SSO":        `{"name": "p", "mode": "SSO", "ssoAuth": {"stsToken": {"accessKeyId": %q, "secretAccessKey": "s", "securityToken": "t"}}}`,
			"AssumeRole": `{"name": "p", "mode": "AssumeRole", "accessKeyId": "x", "sourceProfile": "q", "agencyName": "a", "agencyDomainName": "d"}, {"name": "q", "accessKeyId": %q, "secretAccessKey": "s"}`,
		} {
			config := file(t, fmt.Sprintf(`{%s "current": "p", "profiles": [`+profiles+`]}`, tc.top, tc.key))
			s, diags := resolved(t, fmt.Sprintf("shared_config_file = %q", config), "")
			if refused := strings.Contains(told(diags), ": The profile is encrypted: "); refused != tc.encrypted || diags.HasError() != refused {
				t.Errorf("%s, %s: %s, want encrypted: %t", name, mode, told(diags), tc.encrypted)
			}
			if !tc.encrypted && s.Auth.AccessKey != tc.key {
				t.Errorf("%s, %s: signs in with %q", name, mode, s.Auth.AccessKey)
			}
		}
	}
	// Where there is no key in the file, nothing of it is encrypted.
	config := file(t, `{"current": "p", "profiles": [{"name": "p", "mode": "ecsAgency"}]}`)
	if s, diags := resolved(t, fmt.Sprintf("shared_config_file = %q", config), ""); diags.HasError() || s.Auth.Metadata == nil {
		t.Errorf("instance: %s", told(diags))
	}
}
