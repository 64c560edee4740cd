// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package backend

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// An IAM that does not answer is asked for no further project for a while.
func TestProjectLookUpRemembersOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		p := &Backend{lookUpProject: func(ctx context.Context, _ string) (string, error) {
			calls++
			<-ctx.Done()
			return "", (&rest.Error{Operation: "create IAM token", Kind: rest.KindUnreachable}).EndedBy(ctx)
		}}
		began := time.Now()
		for range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			_, err := p.projectID(ctx, "cn-north-4")
			assert.Check(t, err != nil, "no error")
			cancel()
		}
		took := time.Since(began)
		assert.Check(t, calls == 1 && took <= 5*time.Minute, "%d calls in %s", calls, took)
	})
}

func TestDefaultScope(t *testing.T) {
	t.Parallel()
	unknown, null := types.StringUnknown(), types.StringNull()
	for name, tc := range map[string]struct {
		defaults Defaults
		region   types.String
		want     types.String // null: looked up by the name below
		name     string
	}{
		"configured":                       {Defaults{types.StringValue("r1"), types.StringValue("p"), null}, types.StringValue("r1"), types.StringValue("p"), ""},
		"elsewhere":                        {Defaults{types.StringValue("r1"), types.StringValue("p"), null}, types.StringValue("r2"), null, "r2"},
		"by name":                          {Defaults{types.StringValue("r1"), null, types.StringValue("n")}, types.StringValue("r1"), null, "n"},
		"by name, elsewhere":               {Defaults{types.StringValue("r1"), null, types.StringValue("n")}, types.StringValue("r2"), null, "r2"},
		"an ID beats a name":               {Defaults{types.StringValue("r1"), types.StringValue("p"), types.StringValue("n")}, types.StringValue("r1"), types.StringValue("p"), ""},
		"nothing":                          {Defaults{types.StringValue("r1"), null, null}, types.StringValue("r1"), null, "r1"},
		"no region, ID":                    {Defaults{null, types.StringValue("p"), null}, types.StringValue("r2"), types.StringValue("p"), ""},
		"no region, name":                  {Defaults{null, null, types.StringValue("n")}, types.StringValue("r2"), null, "n"},
		"unknown ID":                       {Defaults{types.StringValue("r1"), unknown, null}, types.StringValue("r1"), unknown, ""},
		"unknown ID, elsewhere":            {Defaults{types.StringValue("r1"), unknown, null}, types.StringValue("r2"), null, "r2"},
		"unknown name":                     {Defaults{types.StringValue("r1"), null, unknown}, types.StringValue("r1"), unknown, ""},
		"an ID beats an unknown name":      {Defaults{types.StringValue("r1"), types.StringValue("p"), unknown}, types.StringValue("r1"), types.StringValue("p"), ""},
		"unknown region of the provider":   {Defaults{unknown, types.StringValue("p"), null}, types.StringValue("r1"), unknown, ""},
		"unknown region, nothing else":     {Defaults{unknown, null, null}, types.StringValue("r1"), null, "r1"},
		"unknown region of the resource":   {Defaults{types.StringValue("r1"), types.StringValue("p"), null}, unknown, unknown, ""},
		"unknown region of it and no ID":   {Defaults{types.StringValue("r1"), null, null}, unknown, unknown, ""},
		"everything unknown":               {Defaults{unknown, unknown, unknown}, unknown, unknown, ""},
		"nothing but a region that is set": {Defaults{null, null, null}, types.StringValue("r2"), null, "r2"},
	} {
		var asked []string
		d := &Backend{defaults: tc.defaults, lookUpProject: func(_ context.Context, name string) (string, error) {
			asked = append(asked, name)
			return "looked-up", nil
		}}
		assert.Check(t, is.Equal(tc.defaults.project(tc.region), tc.want), name)
		var diags diag.Diagnostics
		got := d.DefaultProject(t.Context(), tc.region, &diags)
		want := tc.want
		if want.IsNull() {
			want = types.StringValue("looked-up")
		}
		assert.Check(t, !diags.HasError() && got.Equal(want) && strings.Join(asked, ",") == tc.name,
			"%s: resource's project %s, want %s; looked up %q, want %q; %v", name, got, want, asked, tc.name, diags)
	}
}

func TestProviderDataFrom(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	got := From(nil, &diags)
	assert.Check(t, got == nil && !diags.HasError(), "unconfigured: %v, %v", got, diags)
	want := new(Backend)
	assert.Check(t, From(want, &diags) == want && !diags.HasError(), "configured: %v", diags)
	assert.Check(t, From("something else", &diags) == nil && diags.HasError(), "something else is taken for the provider's data")
}
