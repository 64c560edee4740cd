// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
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
		model providerModel
		calls string // when nothing is configured but the region
		renew bool   // whether it survives the end of its token
	}{
		"token":      {model: providerModel{Token: str("elsewhere")}, calls: "listProjects listConnections listConnections"},
		"access key": {model: providerModel{AccessKey: str("AK"), SecretKey: str("SK"), SecurityToken: str("ST")}, calls: "listProjects listConnections listConnections", renew: true},
		"password": {
			model: providerModel{UserName: str("user"), Password: str("password"), DomainName: str("owner")},
			calls: "createToken listConnections listConnections createToken listConnections", renew: true,
		},
		"password, domain by ID": {
			model: providerModel{UserName: str("user"), Password: str("password"), DomainID: str(owner)},
			calls: "createToken listConnections listConnections createToken listConnections", renew: true,
		},
	}
	places := map[string]struct {
		place  func(*providerModel)
		gather string
	}{
		"region":       {func(*providerModel) {}, project},
		"project ID":   {func(m *providerModel) { m.ProjectID = str(sub) }, sub},
		"project name": {func(m *providerModel) { m.ProjectName = str("r-1_sub") }, sub},
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
				model := tc.model
				model.Region, model.Endpoints = str("r-1"), endpoints("apig", listener.URL, "iam", listener.URL)
				at.place(&model)
				d := data(t, model)
				list := func() (err error) {
					id, err := d.projectID(t.Context(), "r-1")
					if err != nil {
						return err
					}
					if id != at.gather {
						t.Errorf("project %s, want %s", id, at.gather)
					}
					for _, err := range d.client.ListConnections(t.Context(), apig.Gateway{Region: "r-1", ProjectID: id, InstanceID: "gateway"}, apig.ConnectionFilter{}) {
						if err != nil {
							return err
						}
					}
					return nil
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
		s, diags := resolve(providerModel{UserName: str("u"), Password: str("p-secret"), DomainName: str("d")}, env(nil))
		if diags.HasError() {
			t.Fatal(problems(diags))
		}
		d, err := newProviderData(s, silent{}, "test")
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range d.client.ListConnections(t.Context(), apig.Gateway{Region: "r-1", ProjectID: "p", InstanceID: "i"}, apig.ConnectionFilter{}) {
			if text := d.explain(err); !strings.Contains(text, "There was no answer from IAM.") || !strings.Contains(text, "`auth_url`") || strings.Contains(text, "secret") {
				t.Errorf("%s", text)
			}
		}
	})
}

// silent answers nothing.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
