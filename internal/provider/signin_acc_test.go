// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A process of the provider signs in by what its environment and files say, and its log
// says how.
func TestAccSignIn(t *testing.T) {
	t.Parallel()
	tc := signIns["profile with an agency"]
	m := newListening(t, mockapig.Config{})
	m.ask("pendingAcceptance", endpointID(1))
	config, log := tc.prepare(t, m), filepath.Join(t.TempDir(), "log")
	c := newCLI(t, config+block("test", "accepted", hclList(endpointIDs(1, 1))), "TF_LOG_PROVIDER=DEBUG", "TF_LOG_PATH="+log,
		"HW_SHARED_CONFIG_FILE="+m.environment["HW_SHARED_CONFIG_FILE"])
	c.apply().expect(t, 0, "Resources: 1 added")
	m.expectStatuses(t, "accepted", endpointID(1))
	text, err := os.ReadFile(log)
	noError(t, err)
	if got := strings.Count(string(text), "signing in by "+tc.method); got != 2 { // of the plan and of the apply
		t.Errorf("%d lines say how the provider signs in, want two:\n%s", got, text)
	}
}

// Proxies of the environment are used, but not for the metadata service: what
// answers there in an instance's place could give keys of its own.
func TestAccSignIn_proxy(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
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
