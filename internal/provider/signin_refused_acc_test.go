// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Credentials that are refused are tried once, however many resources there are:
// IAM locks a user who is refused a few times.
func TestAccSignIn_refusedOnce(t *testing.T) {
	t.Parallel()
	const resources = 60
	many := fmt.Sprintf(`
resource "apig_vpc_endpoint_connection" "all" {
  count          = %d
  instance_id    = format("%%s%%02d", %q, count.index)
  desired_status = "accepted"
  endpoints      = [%q]
}
`, resources, testInstance[:30], endpointID(1))
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
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.delegate()
			c := newCLI(t, m.placed(tc.arguments)+many, tc.environment...)
			r := c.plan()
			r.expect(t, 1, tc.want)
			if got := strings.Count(r.words(), tc.want); got != resources {
				t.Errorf("%d resources say what is wrong, want %d", got, resources)
			}
			if diff := cmp.Diff(tc.calls, m.called()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
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

// A password that is changed in the middle of a run is tried once more.
func TestAccSignIn_passwordChanges(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids...)
	c := newCLI(t, m.placed("")+block("test", "accepted", hclList(ids), limits), "HW_USER_NAME=operator", "HW_USER_PASSWORD=secret-password", "HW_DOMAIN_NAME=owner")
	c.must("plan", "-input=false", "-out=saved.tfplan")
	m.ResetJournal()
	m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Do: m.ExpireTokens})
	m.Fail(mockapig.Fault{Operation: mockapig.OpCreateToken, Skip: 1, Times: -1, Status: http.StatusUnauthorized, Code: "401", Message: "The username or password is wrong"})
	c.applySaved().expect(t, 1, "the credentials were refused and could not be renewed", "The username or password is wrong")
	if got := m.called()[mockapig.OpCreateToken]; got != 2 {
		t.Errorf("IAM was asked for %d tokens, want one and its renewal", got)
	}
	m.expectStatuses(t, "pendingAcceptance", ids...)
}

// An agency of a profile that names its account by both is assumed by the name.
func TestAccSignIn_profileNamesTheAccountTwice(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.delegate()
	ids := endpointIDs(1, 1)
	m.ask("pendingAcceptance", ids...)
	content, err := json.Marshal(map[string]any{"authEncrypt": "false", "current": "default", "profiles": []any{map[string]any{
		"name": "default", "mode": "AKSK", "accessKeyId": guestKey, "secretAccessKey": guestSecret,
		"agencyName": "operators", "agencyDomainName": "owner", "agencyDomainId": middleDomain,
	}}})
	noError(t, err)
	file := filepath.Join(t.TempDir(), "config.json")
	noError(t, os.WriteFile(file, content, 0o600))
	c := newCLI(t, m.placed("")+block("test", "accepted", hclList(ids), limits), "HW_SHARED_CONFIG_FILE="+file)
	c.apply().expect(t, 0, "Resources: 1 added")
	calls := m.called()
	if calls[mockapig.OpCreateKeys] == 0 || calls[mockapig.OpAssumeAgency] > 0 {
		t.Errorf("calls %v", calls)
	}
	c.settled()
}
