// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A stranger's connection comes, is `deleting`, and is gone, between listings, and what the test has made stays as it is.
func TestPassersBy(t *testing.T) {
	for _, first := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := seeded(Config{Behavior: Behavior{PassingFor: time.Second, NewestFirst: first}}, StatusAccepted)
			met := map[string][]string{}
			var order []string
			for range 5 {
				for range 3 { // a listing of several pages is whole
					got := list(t, s, "")
					if n := len(got.ids()); n > 3 || *got.Total != n {
						t.Errorf("listed %s", got.body)
					}
					for _, c := range got.Connections {
						if c.DomainID != PasserBy {
							continue
						}
						if met[c.ID] == nil {
							order = append(order, c.ID)
						}
						if !slices.Contains(met[c.ID], c.Status) {
							met[c.ID] = append(met[c.ID], c.Status)
						}
					}
				}
				pass(time.Second)
			}
			if len(order) != 5 || len(list(t, s, "").ids()) != 3 {
				t.Fatalf("met %v", met)
			}
			for _, id := range order[:4] {
				if !slices.Equal(met[id], []string{StatusPending, StatusDeleting}) {
					t.Errorf("%s was %v", id, met[id])
				}
			}
			own, _ := s.Connection(testGateway, endpoint(0))
			if _, there := s.Connection(testGateway, order[0]); there || own.Status != StatusAccepted {
				t.Errorf("the first is there: %t; the test's own is %s", there, own.Status)
			}
		})
	}
}
