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

	"github.com/google/go-cmp/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Credentials that are refused are tried once, however many resources there are:
// IAM locks a user who is refused a few times.
func TestSignIn_refusedOnce(t *testing.T) {
	const resources = 60
	for name, tc := range map[string]struct {
		environment []string
		arguments   string
		want        string
		calls       map[string]int
	}{
		"password": {
			environment: []string{"HW_USER_NAME=operator", "HW_USER_PASSWORD=another-secret", "HW_DOMAIN_NAME=owner"},
			want:        "The username or password is wrong", calls: map[string]int{mockapig.OpCreateToken: 1},
		},
		"password of an agency": {
			environment: []string{"HW_USER_NAME=visitor", "HW_USER_PASSWORD=another-secret", "HW_DOMAIN_NAME=guest"}, arguments: agencyBlock(agencyByName),
			want: "The username or password is wrong", calls: map[string]int{mockapig.OpCreateToken: 1},
		},
		"agency": {
			environment: []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret},
			arguments:   agencyBlock("agency_name = \"nobody\"\n    domain_id = \"" + ownerDomain + "\""),
			want:        `The agency "nobody" of account ` + ownerDomain + " can't be assumed", calls: map[string]int{mockapig.OpAssumeAgency: 1},
		},
		"ID token": {
			environment: append([]string{"HW_ASSUME_ROLE_ID_TOKEN=another-secret"}, oidcVariables...),
			want:        "The ID token is invalid or has expired", calls: map[string]int{mockapig.OpExchangeIDToken: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
				m.environment = environ(tc.environment...)
				m.delegate()
				s.configure(m.placed(tc.arguments) + strings.Replace(block("all", "accepted", hclList(endpointIDs(1, 1)), fmt.Sprintf("count = %d", resources)),
					fmt.Sprintf("%q", testInstance), fmt.Sprintf("format(\"%s%%02d\", count.index)", testInstance[:30]), 1))
				r := s.plan()
				r.expect(t, 1, tc.want)
				if got := strings.Count(r.words(), tc.want); got != resources {
					t.Errorf("%d resources say what is wrong, want %d", got, resources)
				}
				if diff := cmp.Diff(tc.calls, m.called()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

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
