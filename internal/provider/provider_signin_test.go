// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

// Every method signs in to the mock, which checks tokens and signatures by
// itself: with the project looked up, and with one that is configured.
func TestSignIn(t *testing.T) {
	t.Parallel()
	const (
		owner   = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
		project = "1a1b2c3d4e5f60718293a4b5c6d7e8f9"
		sub     = "2a1b2c3d4e5f60718293a4b5c6d7e8f9"
	)
	methods := map[string]struct {
		environment map[string]string
		calls       string // when nothing is configured but the region
		renew       bool   // whether it survives the end of its token
	}{
		"token": {environment: map[string]string{"HW_AUTH_TOKEN": "elsewhere"}, calls: "listProjects listConnections listConnections"},
		"access key": {
			environment: map[string]string{"HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "SK", "HW_SECURITY_TOKEN": "ST"},
			calls:       "listProjects listConnections listConnections", renew: true,
		},
		"password": {
			environment: map[string]string{"HW_USER_NAME": "user", "HW_USER_PASSWORD": "password", "HW_DOMAIN_NAME": "owner"},
			calls:       "createToken listConnections listConnections createToken listConnections", renew: true,
		},
		"password, domain by ID": {
			environment: map[string]string{"HW_USER_NAME": "user", "HW_USER_PASSWORD": "password", "HW_DOMAIN_ID": owner},
			calls:       "createToken listConnections listConnections createToken listConnections", renew: true,
		},
	}
	places := map[string]struct {
		environment map[string]string
		gather      string
	}{
		"region":       {nil, project},
		"project ID":   {map[string]string{"HW_PROJECT_ID": sub}, sub},
		"project name": {map[string]string{"HW_PROJECT_NAME": "r-1_sub"}, sub},
	}
	for name, tc := range methods {
		for place, at := range places {
			t.Run(name+"/"+place, func(t *testing.T) {
				t.Parallel()
				m := mockapig.New(mockapig.Config{})
				listener := httptest.NewServer(m)
				t.Cleanup(listener.Close)
				m.AddAccount(mockapig.Account{
					DomainID: owner, DomainName: "owner", User: "user", Password: "password",
					AccessKey: "AK", SecretKey: "SK", SecurityToken: "ST",
				})
				m.AddProject(mockapig.Project{ID: project, Name: "r-1", DomainID: owner})
				m.AddProject(mockapig.Project{ID: sub, Name: "r-1_sub", DomainID: owner})
				m.AddToken("elsewhere", mockapig.Token{DomainID: owner, ProjectID: at.gather})
				m.AddGateway(mockapig.Gateway{ID: "gateway", ProjectID: at.gather})
				variables := map[string]string{"HW_REGION_NAME": "r-1", "HW_AUTH_URL": listener.URL}
				maps.Copy(variables, tc.environment)
				maps.Copy(variables, at.environment)
				d := data(t, listener.URL, variables)
				list := func() (err error) {
					var diags diag.Diagnostics
					id := d.DefaultProject(t.Context(), str("r-1"), &diags)
					if diags.HasError() {
						return asError(diags)
					}
					if id.ValueString() != at.gather {
						t.Errorf("project %s, want %s", id, at.gather)
					}
					_, err = d.Session(apig.Gateway{Region: "r-1", ProjectID: id.ValueString(), InstanceID: "gateway"}).List(t.Context(), gateway.Now())
					return err
				}
				if err := list(); err != nil {
					t.Fatal(err)
				}
				m.ExpireTokens()
				if err := list(); (err == nil) != tc.renew {
					t.Errorf("after the token's end: %v", err)
				}
				var calls []string
				for _, call := range m.Journal() {
					calls = append(calls, call.Operation)
				}
				if got := strings.Join(calls, " "); place == "region" && got != tc.calls {
					t.Errorf("calls %q, want %q", got, tc.calls)
				}
			})
		}
	}
}

// An IAM that is silent, as behind a firewall, costs another call its time. Who
// reads of that call is told where IAM is.
func TestSignInWithoutAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, diags := signin.ByEnvironment("", env(map[string]string{"HW_USER_NAME": "u", "HW_USER_PASSWORD": "p-secret", "HW_DOMAIN_NAME": "d"}))
		if diags.HasError() {
			t.Fatal(problems(diags))
		}
		d, _, err := newBackend(s, silent{}, "test")
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Session(apig.Gateway{Region: "r-1", ProjectID: "p", InstanceID: "i"}).List(t.Context(), gateway.Now())
		if text := d.Explain(err); !strings.Contains(text, "There was no answer from IAM.") || !strings.Contains(text, "`auth_url`") || strings.Contains(text, "secret") {
			t.Errorf("%s", text)
		}
	})
}

// silent answers nothing.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
