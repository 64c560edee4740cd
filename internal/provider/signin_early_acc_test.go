// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A token of an identity provider that has ended when the first call comes to the
// gateway has been exchanged by then.
func TestAccSignIn_idTokenThatEndsFirst(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.delegate()
	ids := endpointIDs(1, 1)
	m.ask("pendingAcceptance", ids...)
	ended := filepath.Join(t.TempDir(), "ended")
	// The resource waits until the token has ended, which is right after its exchange.
	c := newCLI(t, m.placed("")+fmt.Sprintf(`
resource "terraform_data" "wait" {
  provisioner "local-exec" {
    command = "for n in $(seq 100); do test -e '%s' && exit 0; sleep 0.2; done; exit 1"
  }
}
`, ended)+strings.TrimSuffix(strings.TrimSpace(block("test", "accepted", hclList(ids), limits)), "}")+"  depends_on = [terraform_data.wait]\n}\n",
		append([]string{"HW_ASSUME_ROLE_ID_TOKEN=" + idToken}, oidcVariables...)...)
	c.must("plan", "-input=false", "-out=saved.tfplan")
	m.ResetJournal()
	m.Fail(mockapig.Fault{Operation: mockapig.OpExchangeIDToken, After: true, Do: func() {
		m.AddIDToken(idToken, mockapig.IDToken{ProviderID: "another"})
		noError(t, os.WriteFile(ended, nil, 0o600))
	}})
	c.applySaved().expect(t, 0, "Resources: 2 added")
	m.expectStatuses(t, "accepted", ids...)
	if n := m.Count(mockapig.OpExchangeIDToken); n != 1 {
		t.Errorf("the token was exchanged %d times", n)
	}
}

// The page's examples of agencies sign in, in their own region, which has no token
// service.
func TestAccSignIn_examplesOfAgencies(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "templates", "index.md.tmpl"))
	noError(t, err)
	var found int
	for _, fence := range regexp.MustCompile("(?s)```terraform\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		example := fence[1]
		if !strings.Contains(example, "assume_role") {
			continue
		}
		found++
		t.Run(fmt.Sprint(found), func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.delegate()
			account := "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
			m.AddAgency(mockapig.Agency{Name: "operators", DomainID: account, DomainName: "owner-account", Trusted: guestDomain})
			m.AddProject(mockapig.Project{ID: "9" + testProject[1:], Name: "eu-west-101", DomainID: account})
			m.AddGateway(mockapig.Gateway{ID: "9" + testInstance[1:], ProjectID: "9" + testProject[1:]})
			file := filepath.Join(t.TempDir(), "token")
			noError(t, os.WriteFile(file, []byte(idToken), 0o600))
			config := strings.NewReplacer(
				"\n  region = \"eu-west-101\"\n", fmt.Sprintf("\n  region = \"eu-west-101\"\n  endpoints = { apig = %q, iam = %q }\n", m.url, m.url),
				"/var/run/secrets/oidc-token", file,
			).Replace(example)
			var environment []string
			if !strings.Contains(example, "assume_role_with_oidc") {
				environment = []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret}
			}
			c := newCLI(t, config+fmt.Sprintf("\ndata \"apig_vpc_endpoint_connections\" \"all\" {\n  instance_id = %q\n}\n", "9"+testInstance[1:]), environment...)
			c.plan().expect(t, 0)
			if n := m.Count(mockapig.OpAssumeAgency); n > 0 || m.Count(mockapig.OpCreateKeys) == 0 {
				t.Errorf("the token service was asked %d times", n)
			}
		})
	}
	if found != 2 {
		t.Errorf("%d examples of agencies, want 2", found)
	}
}
