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
