// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// An IAM that does not answer is asked for no further project for a while.
func TestProjectLookUpRemembersOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		p := &providerData{lookUpProject: func(ctx context.Context, _ string) (string, error) {
			calls++
			<-ctx.Done()
			return "", (&rest.Error{Operation: "create IAM token", Kind: rest.KindUnreachable}).EndedBy(ctx)
		}}
		began := time.Now()
		for range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			if _, err := p.projectID(ctx, "cn-north-4"); err == nil {
				t.Error("no error")
			}
			cancel()
		}
		if took := time.Since(began); calls != 1 || took > 5*time.Minute {
			t.Errorf("%d calls in %s", calls, took)
		}
	})
}

// The User-Agent takes what the environment adds, but neither what no header can
// hold nor a secret.
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
		if got := p.userAgent("1.9.9", []string{"secret-key"}); got != want {
			t.Errorf("%q: %q, want %q", appended, got, want)
		}
	}
}
