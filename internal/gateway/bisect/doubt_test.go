// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package bisect

import "testing"

// The size of a call that failed is in doubt until one as large is granted, whatever that names.
func TestBisectionDoubtsASize(t *testing.T) {
	t.Parallel()
	b := New(newSize())
	keys := numbers(150)
	b.failed(keys[:30], refusedError())
	if named, _ := b.Next(keys[30:], 0); len(named) != 15 {
		t.Errorf("a call in doubt names %d", len(named))
	}
	b.granted(keys[30:60])
	if named, full := b.Next(keys[60:], 1); len(named) != 50 || !full {
		t.Errorf("the next call names %d", len(named))
	}
}
