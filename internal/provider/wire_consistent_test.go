// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// conforms checks a value as a CLI does, which refuses a provider's answer where a
// known value, or a key of a map, differs from what was planned.
func (w *wire) conforms(what string, planned, got any) {
	w.t.Helper()
	if where := differs(planned, got); where != "" {
		w.breach("no CLI says that the provider produced an inconsistent "+what, where)
	}
}

// breach tells that a rule is broken.
func (w *wire) breach(rule, what string) {
	w.t.Helper()
	if w.complain == nil {
		w.t.Errorf("%s: %s", rule, what)
		return
	}
	w.complain(rule, what)
}

// differs says where a value is not as planned; what was unknown may be anything.
func differs(planned, got any) string {
	if planned == any(unknown) {
		return ""
	}
	switch planned := planned.(type) {
	case fields:
		got, ok := got.(fields)
		if !ok {
			return fmt.Sprintf(" was planned to be %v, and is nothing", planned)
		}
		both := maps.Clone(planned)
		maps.Copy(both, got)
		for _, key := range slices.Sorted(maps.Keys(both)) {
			if where := differs(planned[key], got[key]); where != "" {
				return "." + key + where
			}
		}
		return ""
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(planned) {
			return fmt.Sprintf(" was planned to be %v, and is %v", planned, got)
		}
		for i := range planned {
			if where := differs(planned[i], got[i]); where != "" {
				return fmt.Sprintf("[%d]%s", i, where)
			}
		}
		return ""
	}
	if !cmp.Equal(planned, got) {
		return fmt.Sprintf(" was planned to be %v, and is %v", planned, got)
	}
	return ""
}

func failed(diags []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}
