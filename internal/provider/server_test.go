// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

// A server offers all of the protocol: what is optional is looked for in its type.
func TestNewServer_whole(t *testing.T) {
	t.Parallel()
	s := NewServer("test")
	_, ok := s.(leasingServer)
	assert.Assert(t, ok, "the framework's server lacks a part of the protocol: %T", s)
	_, ok = s.(tfprotov6.ProviderServerWithListResource) //nolint:staticcheck // what the protocol's server looks for
	assert.Check(t, ok, "no list resources")
	_, ok = s.(tfprotov6.ProviderServerWithActions) //nolint:staticcheck // likewise
	assert.Check(t, ok, "no actions")
}

type leaseKey struct{}

// While a call lasts its context is the caller's, afterwards it holds nothing, whoever still has it.
func TestLeased(t *testing.T) {
	t.Parallel()
	kept, inner, child := callLeased(t)
	assert.Check(t, inner.Value(leaseKey{}) == nil && inner.Err() != nil, "the lease has not ended")
	<-inner.Done()
	runtime.GC()
	assert.Check(t, kept.Value() == nil, "what the context held is still kept")
	runtime.KeepAlive(inner)
	runtime.KeepAlive(child)
}

// callLeased makes a call whose context holds a value, and returns the contexts
// that the call had and made, which has not been canceled.
func callLeased(t *testing.T) (kept weak.Pointer[[64]byte], inner, child context.Context) {
	t.Helper()
	value := new([64]byte)
	kept = weak.Make(value)
	stop := errors.New("stop")
	outer, cancel := context.WithCancelCause(context.WithValue(t.Context(), leaseKey{}, value))
	_, err := leased(outer, "request", func(ctx context.Context, _ string) (string, error) {
		inner = ctx                 //nolint:fatcontext // to look at it later
		var kept context.CancelFunc // as the framework keeps it
		child, kept = context.WithCancel(ctx)
		t.Cleanup(kept)
		assert.Check(t, ctx.Value(leaseKey{}) == value && child.Value(leaseKey{}) == value, "the context lacks its value")
		assert.Check(t, ctx.Err() == nil && child.Err() == nil, "the context ended before its time")
		cancel(stop)
		<-child.Done()
		assert.Check(t, errors.Is(context.Cause(child), stop), "the cause is %v", context.Cause(child))
		return "", ctx.Err()
	})
	assert.Check(t, errors.Is(err, context.Canceled), "error %v", err)
	return kept, inner, child
}

// The User-Agent takes what the environment adds, but neither what no header can hold nor a secret.
func TestUserAgent(t *testing.T) {
	t.Parallel()
	const own = "terraform-provider-apig/1.2.3 (+https://registry.terraform.io/providers/apig-terraform/apig) Terraform/1.9.9"
	for appended, want := range map[string]string{
		"":                       own,
		"pipeline/7 (nightly)":   own + " pipeline/7 (nightly)",
		" a\r\nX-Evil: b\x00c\t": own + " a X-Evil: b c",
		"a secret-key/1 b":       own + " a b",
	} {
		p := &apigProvider{version: "1.2.3", lookup: env(map[string]string{"TF_APPEND_USER_AGENT": appended})}
		assert.Check(t, is.Equal(p.userAgent("1.9.9", []string{"secret-key"}), want), appended)
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

func TestProviderMetadata(t *testing.T) {
	t.Parallel()
	var resp provider.MetadataResponse
	New("1.2.3")().Metadata(t.Context(), provider.MetadataRequest{}, &resp)
	assert.Check(t, resp.TypeName == "apig" && resp.Version == "1.2.3", "metadata %+v", resp)
}

func env(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

func str(s string) types.String { return types.StringValue(s) }

// problems renders diagnostics as "path: summary: detail".
func problems(diags diag.Diagnostics) []string {
	var lines []string
	for _, d := range diags {
		line := d.Summary() + ": " + d.Detail()
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			line = at.Path().String() + ": " + line
		}
		lines = append(lines, line)
	}
	return lines
}

// pageTemplate is the source of a registry page.
func pageTemplate(t *testing.T, name string) string {
	t.Helper()
	page, err := os.ReadFile("../../templates/" + name)
	assert.NilError(t, err)
	return string(page)
}
