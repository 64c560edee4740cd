// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// Each case is told of once, as soon as it needs nothing more, while others are
// still waited for.
func TestSettleTells(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusAccepted, ids(1)...)
		s.connect(endpoint.StatusPendingAcceptance, ids(3)[1:]...)
		s.creating = time.Minute
		s.before = refuseWhole(ids(3)[2], badRequest())
		cs := cases(endpoint.Accept, ids(3)...)
		var told []string
		var open []int // how many were open then
		err := s.session().Settle(t.Context(), cs, 0, func(c *settle.Item) {
			told = append(told, c.EndpointID)
			open = append(open, len(slices.DeleteFunc(slices.Clone(cs), func(c *settle.Item) bool { return !c.Phase.Open() })))
		})
		if err != nil {
			t.Error(err)
		}
		if want := []string{ids(3)[0], ids(3)[2], ids(3)[1]}; !slices.Equal(told, want) {
			t.Errorf("told of %v, want %v", told, want)
		}
		if !slices.Equal(open, []int{2, 1, 0}) {
			t.Errorf("open then: %v", open)
		}
		if cs[2].Phase != settle.Refused {
			t.Errorf("step %d", cs[2].Phase)
		}
	})
}
