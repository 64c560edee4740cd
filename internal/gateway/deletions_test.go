// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

// An entry that is added while its deletion may still show is believed once it is another
// one, has been away and back, or the deletion is old; one that went is called for again.
func TestReaddition(t *testing.T) {
	t.Parallel()
	type listing struct {
		at    time.Duration // since the deletion
		id    string        // "" where it is not listed
		done  bool
		again bool
	}
	for name, listings := range map[string][]listing{
		"another one":   {{time.Second, "old", false, false}, {2 * time.Second, "new", true, false}},
		"lost":          {{time.Second, "old", false, false}, {5 * time.Second, "", false, false}, {6 * time.Second, "", false, false}, {7 * time.Second, "", false, true}},
		"back":          {{5 * time.Second, "", false, false}, {6 * time.Second, "old", true, false}},
		"never deleted": {{119 * time.Second, "old", false, false}, {120 * time.Second, "old", true, false}},
	} {
		deleted := time.Date(2026, 11, 29, 2, 3, 4, 0, time.UTC)
		r := &readdition{was: apig.Permission{ID: "old"}, deleted: deleted, lag: 2 * time.Second}
		for i, l := range listings {
			done, again := r.next(apig.Permission{ID: l.id}, l.id != "", deleted.Add(l.at))
			assert.Check(t, done == l.done && again == l.again, "%s, listing %d: done %t, again %t", name, i, done, again)
		}
	}
}
