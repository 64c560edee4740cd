// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

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

// A token of an identity provider is exchanged when the provider is configured,
// and not while anything of its block is unknown.
func TestConfigureExchangesIDToken(t *testing.T) {
	t.Parallel()
	bodies := make(chan string, 10)
	iam := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- r.URL.Path + " " + string(body)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(iam.Close)
	kind := signin.Schema().Type().TerraformType(t.Context()).(tftypes.Object).AttributeTypes["assume_role_with_oidc"].(tftypes.List)
	set := func(token string, given map[string]tftypes.Value) {
		given["assume_role_with_oidc"] = tftypes.NewValue(kind, []tftypes.Value{tftypes.NewValue(kind.ElementType, map[string]tftypes.Value{
			"idp_id": word("ci"), "id_token": word(token), "id_token_file": word(nil), "agency_name": word("a"), "domain_name": word("d"), "domain_id": word(nil),
			"duration": tftypes.NewValue(tftypes.Number, nil),
		})})
		if _, ok := given["endpoints"]; !ok {
			given["endpoints"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"iam": word(iam.URL)})
		}
		resp, err := server(t, nil).ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: configure(t, given)})
		if err != nil || len(resp.Diagnostics) > 0 {
			t.Fatalf("configure: %v, %v", err, resp.Diagnostics)
		}
	}
	unknown := word(tftypes.UnknownValue)
	for _, argument := range []string{"region", "project_id", "project_name"} {
		set("early", map[string]tftypes.Value{argument: unknown})
	}
	set("early", map[string]tftypes.Value{"endpoints": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"iam": word(iam.URL), "vpc": unknown})})
	set("in-time", map[string]tftypes.Value{"region": word("r-1")})
	if got := <-bodies; !strings.Contains(got, `/v3.0/OS-AUTH/id-token/tokens {"auth":{"id_token":{"id":"in-time"}}}`) {
		t.Errorf("first call %s", got)
	}
	set("also-in-time", map[string]tftypes.Value{"region": word("r-1")})
	if got := <-bodies; !strings.Contains(got, "also-in-time") {
		t.Errorf("second call %s", got)
	}
}

// silentIAM is a cloud whose IAM takes calls and answers none.
type silentIAM struct{}

func (silentIAM) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Host, "iam.") {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"connections":[],"total":0}`)), Request: r}, nil
}

// Where IAM does not answer, everyone is told so, be it the one who asked it or one
// who waited for that: nobody is sent to look for a fault of the API.
func TestSilentIAMIsNamed(t *testing.T) {
	t.Parallel()
	ways := map[string]map[string]string{
		"password": {"HW_USER_NAME": "user", "HW_USER_PASSWORD": "pass-word", "HW_DOMAIN_NAME": "d", "HW_REGION_NAME": "cn-north-4"},
		"agency": {
			"HW_ACCESS_KEY": "ak", "HW_SECRET_KEY": "sk", "HW_REGION_NAME": "cn-north-4",
			"HW_ASSUME_ROLE_AGENCY_NAME": "agency", "HW_ASSUME_ROLE_DOMAIN_NAME": "owner",
		},
	}
	for way, variables := range ways {
		for where, gatewayOf := range map[string]func(i int) apig.Gateway{
			"one gateway": func(int) apig.Gateway { return apig.Gateway{ProjectID: "p", InstanceID: "i"} },
			"gateways":    func(i int) apig.Gateway { return apig.Gateway{ProjectID: "p", InstanceID: fmt.Sprint("i", i)} },
			"projects": func(i int) apig.Gateway {
				return apig.Gateway{ProjectID: fmt.Sprint("p", i), InstanceID: fmt.Sprint("i", i)}
			},
			"no project": func(int) apig.Gateway { return apig.Gateway{} },
		} {
			// Of those who give up at the same instant, one may be told only that its time is over.
			for _, apart := range []time.Duration{10 * time.Millisecond, time.Second} {
				t.Run(fmt.Sprintf("%s, %s, %s apart", way, where, apart), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						settings, diags := signin.ByEnvironment("", env(variables))
						if diags.HasError() {
							t.Fatal(problems(diags))
						}
						p, _, err := newBackend(settings, silentIAM{}, "test")
						if err != nil {
							t.Fatal(err)
						}
						var all sync.WaitGroup
						for i := range 10 {
							<-time.After(apart)
							all.Go(func() {
								ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
								defer cancel()
								gw := gatewayOf(i)
								gw.Region = "cn-north-4"
								var diags diag.Diagnostics
								if gw.ProjectID == "" {
									p.DefaultProject(ctx, str(gw.Region), &diags)
								} else if _, err := p.Session(gw).Get(ctx, []string{"endpoint"}, gateway.OfThisRun()); err != nil {
									diags.Append(p.APIError(err, "It failed", gw))
								}
								if !diags.HasError() {
									t.Error("no error")
									return
								}
								if told := diags[0].Detail(); !strings.Contains(told, "iam.cn-north-4.") || strings.Contains(told, "endpoints.apig") {
									t.Errorf("%d: %s", i, told)
								}
							})
						}
						all.Wait()
					})
				})
			}
		}
	}
}
