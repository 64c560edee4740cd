// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"context"
	"fmt"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// What a failed call may have done, by what it failed with: whatever it was signed in with, and told by the API alone.
func TestEffectOf(t *testing.T) {
	t.Parallel()
	effects := map[rest.Kind]rest.Effect{
		rest.KindInvalid: rest.EffectRefused, rest.KindNotFound: rest.EffectRefused,
		rest.KindServer: rest.EffectUnknown, rest.KindUnreachable: rest.EffectUnknown, rest.KindUnreadable: rest.EffectUnknown,
	}
	for kind := rest.KindInvalid; kind <= rest.KindUnreadable; kind++ {
		for operation, own := range map[string]bool{OperationDecide: true, OperationAddPermissions: true, "create IAM token": false, "authorize the request": false} {
			for _, unsure := range []bool{false, true} {
				want := effects[kind]
				if unsure {
					want = rest.EffectUnknown
				}
				if !own {
					want = rest.EffectNone
				}
				e := rest.Error{Operation: operation, StatusCode: 404, Code: "EndPoint.2006", Kind: kind, Unsure: unsure}
				if got := EffectOf(fmt.Errorf("wrapped: %w", &e)); got != want {
					t.Errorf("%s, %s, unsure %t: effect %d", operation, kind, unsure, got)
				}
				if got, want := IsBusy(&e), own && kind == rest.KindBusy && !unsure; got != want {
					t.Errorf("%s, %s, unsure %t: busy %t", operation, kind, unsure, got)
				}
			}
		}
	}
	for _, code := range []string{"APIC.7302", "APIC.7314"} {
		e := rest.Error{StatusCode: 404, Code: code, Kind: rest.KindNotFound}
		if EffectOf(&e) != rest.EffectNone {
			t.Errorf("%s may be on account of what the call named", code)
		}
		if e.Unsure = true; EffectOf(&e) != rest.EffectUnknown {
			t.Errorf("%s after a call that was lost: what that did is known", code)
		}
	}
	if EffectOf(nil) != rest.EffectNone || EffectOf(context.DeadlineExceeded) != rest.EffectUnknown {
		t.Error("of no failure, or of a caller who left")
	}
}
