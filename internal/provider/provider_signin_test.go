// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

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
						assert.Assert(t, !diags.HasError(), problems(diags))
						p, _ := NewBackend(settings, silentIAM{}, "test")
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
								told := diags[0].Detail()
								assert.Check(t, strings.Contains(told, "iam.cn-north-4.") && !strings.Contains(told, "endpoints.apig"), "%d: %s", i, told)
							})
						}
						all.Wait()
					})
				})
			}
		}
	}
}
