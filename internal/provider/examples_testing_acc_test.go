// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import "testing"

// The guide's module passes its tests, without a gateway and without credentials.
func TestAccExamples_testing(t *testing.T) {
	t.Parallel()
	c := newQuickCLI(t, "")
	copyExample(t, c.dir, "testing")
	c.run("test").expect(t, 0, "1 passed, 0 failed.")
}
