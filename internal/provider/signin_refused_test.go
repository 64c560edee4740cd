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

// called counts the calls by operation.
func (m *mock) called() map[string]int {
	calls := map[string]int{}
	for _, call := range m.Journal() {
		calls[call.Operation]++
	}
	return calls
}

// The page's examples of agencies sign in, in their own region, which has no token
// service.
func TestSignIn_examplesOfAgencies(t *testing.T) {
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
			onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
				m.delegate()
				account := "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
				m.AddAgency(mockapig.Agency{Name: "operators", DomainID: account, DomainName: "owner-account", Trusted: guestDomain})
				m.AddProject(mockapig.Project{ID: "9" + testProject[1:], Name: "eu-west-101", DomainID: account})
				m.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: "9" + testProject[1:]})
				if !strings.Contains(example, "assume_role_with_oidc") {
					m.environment = environ("HW_ACCESS_KEY="+guestKey, "HW_SECRET_KEY="+guestSecret)
				}
				s.configure(strings.NewReplacer(
					"\n  region = \"eu-west-101\"\n", fmt.Sprintf("\n  region = \"eu-west-101\"\n  endpoints = { apig = %q, iam = %q }\n", m.url, m.url),
					"/var/run/secrets/oidc-token", writeFile(t, idToken),
				).Replace(example) + data("all"))
				s.must("plan")
				if n := m.Count(mockapig.OpAssumeAgency); n > 0 || m.Count(mockapig.OpCreateKeys) == 0 {
					t.Errorf("the token service was asked %d times", n)
				}
			})
		})
	}
	if found != 2 {
		t.Errorf("%d examples of agencies, want 2", found)
	}
}
