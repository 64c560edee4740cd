// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A guest acts within the owner's account, directly or by way of a third one.
const (
	guestDomain  = "44444444444444444444444444444444"
	middleDomain = "55555555555555555555555555555555"
	guestKey     = "GUESTACCESSKEY"
	guestSecret  = "guest-secret-key"
	idToken      = "secret-id-token-of-the-pipeline"

	ownersIDToken = "secret-id-token-of-the-owner"

	agencyByName = `agency_name = "operators"
    domain_name = "owner"`
	agencyByID = `agency_name = "operators"
    domain_id = "` + ownerDomain + `"`
)

var oidcVariables = []string{
	"HW_ASSUME_ROLE_IDP_ID=pipeline", "HW_ASSUME_ROLE_AGENCY_NAME=operators", "HW_ASSUME_ROLE_DOMAIN_ID=" + ownerDomain,
}

func agencyBlock(arguments string) string { return "\n  assume_role {\n    " + arguments + "\n  }" }

// delegate adds the guest, and is the metadata service of an instance of theirs.
func (m *mock) delegate() {
	m.AddAccount(mockapig.Account{
		DomainID: guestDomain, DomainName: "guest", User: "visitor", Password: "guest-password", AccessKey: guestKey, SecretKey: guestSecret,
	})
	m.AddToken("secret-guest-token", mockapig.Token{DomainID: guestDomain})
	m.AddAgency(mockapig.Agency{Name: "operators", DomainID: ownerDomain, DomainName: "owner", Trusted: guestDomain})
	m.AddAgency(mockapig.Agency{Name: "brokers", DomainID: middleDomain, DomainName: "middle", Trusted: guestDomain})
	m.AddAgency(mockapig.Agency{Name: "finals", DomainID: ownerDomain, DomainName: "owner", Trusted: middleDomain})
	m.AddIDToken(idToken, mockapig.IDToken{ProviderID: "pipeline", DomainID: guestDomain})
	m.AddIDToken(ownersIDToken, mockapig.IDToken{ProviderID: "pipeline", DomainID: ownerDomain})
	m.BeInstance(ownerDomain, mockapig.MetadataTokensRequired)
}

// signIn is one way to sign in, and what it costs.
type signIn struct {
	environment []string
	arguments   string
	profile     map[string]any // of the vendor's CLI; nil for none
	tokenFile   bool           // the ID token is in the file of %s in arguments
	guest       bool           // the instance is the guest's
	lasts       bool           // it does not end, or can't be renewed
	method      string         // as the debug line says it
	// calls are those that sign in, in one process of the provider whose
	// credentials end once.
	calls map[string]int
}

var signIns = map[string]signIn{
	"access key": {
		environment: []string{"HW_ACCESS_KEY=OWNERACCESSKEY", "HW_SECRET_KEY=secret-secret-key"}, lasts: true,
		method: "access key: access_key from HW_ACCESS_KEY, secret_key from HW_SECRET_KEY",
	},
	"temporary access key": {
		arguments: `access_key = "` + temporaryKey + `"
  secret_key = "` + temporarySecret + `"
  security_token = "` + temporaryToken + `"`, lasts: true,
		method: "access key: access_key from the configuration",
	},
	"token": {environment: []string{"HW_AUTH_TOKEN=" + testToken}, lasts: true, method: "token: token from HW_AUTH_TOKEN"},
	"password": {
		environment: []string{"HW_USER_NAME=operator", "HW_USER_PASSWORD=secret-password", "HW_DOMAIN_NAME=owner"},
		method:      "password: user_name from HW_USER_NAME", calls: map[string]int{mockapig.OpCreateToken: 2},
	},
	"profile": {
		profile: map[string]any{"mode": "AKSK", "accessKeyId": "OWNERACCESSKEY", "secretAccessKey": "secret-secret-key"}, lasts: true,
		method: `access key: the profile "default" in `,
	},
	"profile with temporary keys": {
		profile: map[string]any{"mode": "AKSK", "accessKeyId": temporaryKey, "secretAccessKey": temporarySecret, "securityToken": temporaryToken}, lasts: true,
		method: `access key: the profile "default" in `,
	},
	"profile with an agency": {
		profile: map[string]any{
			"mode": "AKSK", "accessKeyId": guestKey, "secretAccessKey": guestSecret, "agencyName": "operators", "agencyDomainName": "owner",
		},
		method: `access key: the profile "default" in `, calls: map[string]int{mockapig.OpCreateKeys: 2},
	},
	"profile of an instance": {
		profile: map[string]any{"mode": "ecsAgency"},
		method:  `metadata service: the profile "default" in `, calls: map[string]int{mockapig.OpGetMetadataToken: 2, mockapig.OpGetMetadataKeys: 2},
	},
	"instance": {
		method: "metadata service: nothing is configured", calls: map[string]int{mockapig.OpGetMetadataToken: 2, mockapig.OpGetMetadataKeys: 2},
	},
	"instance and agency": {
		guest: true, arguments: agencyBlock(agencyByName), method: "metadata service: nothing is configured",
		// The agency is asked for with the instance's refused keys first.
		calls: map[string]int{mockapig.OpGetMetadataToken: 2, mockapig.OpGetMetadataKeys: 2, mockapig.OpCreateKeys: 3},
	},
	"agency by the account's name": {
		environment: []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret}, arguments: agencyBlock(agencyByName),
		method: "access key: access_key from HW_ACCESS_KEY", calls: map[string]int{mockapig.OpCreateKeys: 2},
	},
	"agency by the account's ID": {
		environment: []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret}, arguments: agencyBlock(agencyByID),
		method: "access key: access_key from HW_ACCESS_KEY", calls: map[string]int{mockapig.OpAssumeAgency: 2},
	},
	"agency of the environment": {
		environment: []string{
			"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret, "HW_ASSUME_ROLE_AGENCY_NAME=operators", "HW_ASSUME_ROLE_DOMAIN_NAME=owner",
		},
		method: "access key: access_key from HW_ACCESS_KEY", calls: map[string]int{mockapig.OpCreateKeys: 2},
	},
	"agency for a password": {
		environment: []string{"HW_USER_NAME=visitor", "HW_USER_PASSWORD=guest-password", "HW_DOMAIN_NAME=guest"}, arguments: agencyBlock(agencyByName),
		method: "password: user_name from HW_USER_NAME", calls: map[string]int{mockapig.OpCreateToken: 2, mockapig.OpCreateKeys: 3},
	},
	"chain of agencies": {
		environment: []string{"HW_ACCESS_KEY=" + guestKey, "HW_SECRET_KEY=" + guestSecret},
		arguments: agencyBlock("agency_name = \"brokers\"\n    domain_name = \"middle\"") +
			agencyBlock("agency_name = \"finals\"\n    domain_id = \""+ownerDomain+"\""),
		method: "access key: access_key from HW_ACCESS_KEY",
		calls:  map[string]int{mockapig.OpCreateKeys: 2, mockapig.OpAssumeAgency: 3},
	},
	"ID token": {
		environment: append([]string{"HW_ASSUME_ROLE_ID_TOKEN=" + idToken}, oidcVariables...), method: "OIDC: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID",
		calls: map[string]int{mockapig.OpExchangeIDToken: 2, mockapig.OpCreateKeys: 2, mockapig.OpAssumeAgency: 2},
	},
	"ID token, agency by the account's name": {
		environment: []string{
			"HW_ASSUME_ROLE_IDP_ID=pipeline", "HW_ASSUME_ROLE_ID_TOKEN=" + idToken, "HW_ASSUME_ROLE_AGENCY_NAME=operators", "HW_ASSUME_ROLE_DOMAIN_NAME=owner",
		},
		method: "OIDC: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID",
		calls:  map[string]int{mockapig.OpExchangeIDToken: 2, mockapig.OpCreateKeys: 4},
	},
	"ID token without an agency": {
		environment: []string{"HW_ASSUME_ROLE_IDP_ID=pipeline", "HW_ASSUME_ROLE_ID_TOKEN=" + ownersIDToken},
		method:      "OIDC: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID",
		calls:       map[string]int{mockapig.OpExchangeIDToken: 2, mockapig.OpCreateKeys: 2},
	},
	"ID token in a file": {
		tokenFile: true, arguments: `
  assume_role_with_oidc {
    idp_id        = "pipeline"
    agency_name   = "operators"
    domain_id     = "` + ownerDomain + `"
    id_token_file = %q
  }`,
		method: "OIDC: assume_role_with_oidc.idp_id from the configuration",
		calls:  map[string]int{mockapig.OpExchangeIDToken: 2, mockapig.OpCreateKeys: 2, mockapig.OpAssumeAgency: 2},
	},
}

// gatewaysOfAll is how many gateways are decided on at the same time.
const gatewaysOfAll = 6

// Every way to sign in goes through a real CLI. Where credentials end in the
// middle of an apply, it ends well, and they are renewed once for all calls.
func TestAccSignIn_methods(t *testing.T) {
	t.Parallel()
	for name, tc := range signIns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.run(t)
		})
	}
}

func (tc signIn) run(t *testing.T) {
	t.Helper()
	m := newMock(t, mockapig.Config{})
	m.delegate()
	if tc.guest {
		m.BeInstance(guestDomain, mockapig.MetadataTokensRequired)
	}
	m.AddAccount(mockapig.Account{
		DomainID: ownerDomain, DomainName: "owner", AccessKey: temporaryKey, SecretKey: temporarySecret, SecurityToken: temporaryToken,
	})
	var gateways []string
	for n := range gatewaysOfAll {
		id := fmt.Sprintf("%s%02d", testInstance[:30], n)
		m.AddGateway(mockapig.Gateway{ID: id, ProjectID: testProject})
		m.Connect(id, mockapig.Connection{ID: endpointID(n), DomainID: partnerDomain})
		gateways = append(gateways, fmt.Sprintf("%q = %q", id, endpointID(n)))
	}
	directory := t.TempDir()
	environment := append([]string{metadataVariable + "=" + m.url, "TF_LOG_PROVIDER=DEBUG", "TF_LOG_PATH=" + filepath.Join(directory, "log")}, tc.environment...)
	if tc.profile != nil {
		tc.profile["name"] = "default"
		content, err := json.Marshal(map[string]any{"authEncrypt": "false", "current": "default", "profiles": []any{tc.profile}})
		noError(t, err)
		file := filepath.Join(directory, "config.json")
		noError(t, os.WriteFile(file, content, 0o600))
		environment = append(environment, "HW_SHARED_CONFIG_FILE="+file)
	}
	if tc.tokenFile {
		file := filepath.Join(directory, "token")
		noError(t, os.WriteFile(file, []byte(idToken+"\n"), 0o600))
		tc.arguments = fmt.Sprintf(tc.arguments, file)
	}
	c := newCLI(t, fmt.Sprintf(`
provider "apig" {
  region      = %q
  endpoints   = { apig = %q, iam = %q, sts = %q, vpc = "other services' keys are ignored" }
  max_retries = 0
  %s
}

resource "apig_vpc_endpoint_connection" "all" {
  for_each = {
    %s
  }
  instance_id    = each.key
  desired_status = "accepted"
  endpoints      = [each.value]
}
`, testRegion, m.url, m.url, m.url, tc.arguments, strings.Join(gateways, "\n    ")), environment...)

	c.must("plan", "-input=false", "-out=saved.tfplan")
	m.ResetJournal()
	if !tc.lasts {
		m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Do: func() {
			m.ExpireTokens()
			m.ExpireKeys()
		}})
	}
	c.applySaved().expect(t, 0, fmt.Sprintf("Resources: %d added", gatewaysOfAll))

	calls, refused, projects := map[string]int{}, 0, 0
	for _, call := range m.Journal() {
		switch call.Operation {
		case mockapig.OpListConnections, mockapig.OpAcceptOrReject:
			if call.Status == 401 {
				refused++
			}
		case mockapig.OpListProjects:
			projects++
		default:
			calls[call.Operation]++
		}
	}
	if tc.calls == nil {
		tc.calls = map[string]int{}
	}
	if diff := cmp.Diff(tc.calls, calls); diff != "" {
		t.Errorf("calls that sign in (-want +got):\n%s", diff)
	}
	if (refused > 0) == tc.lasts {
		t.Errorf("%d calls were refused", refused)
	}
	if projects > 1 {
		t.Errorf("the project was looked up %d times", projects)
	}
	for n := range gatewaysOfAll {
		if got, _ := m.Connection(fmt.Sprintf("%s%02d", testInstance[:30], n), endpointID(n)); got.Status != mockapig.StatusAccepted {
			t.Errorf("endpoint %d is %q", n, got.Status)
		}
	}
	c.settled()
	log, err := os.ReadFile(filepath.Join(directory, "log"))
	noError(t, err)
	// One line for each process: of the plan, of the apply, and of the last plan.
	if got := strings.Count(string(log), "signing in by "+tc.method); got != 3 {
		t.Errorf("%d lines say how the provider signs in, want 3", got)
	}
}
