// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// remember keeps what a listing that is sure showed: which endpoints are there, and
// which of those that were are there no more. After a complete listing, what none has
// shown is new.
func (v *Session) remember(s *snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id := range s.connections {
		_, before := v.listed[id]
		if _, left := v.left[id]; !before && !left && v.whole != nil {
			v.waits.listedNew()
		}
		v.listed[id] = struct{}{}
		delete(v.left, id)
	}
	for id := range s.asked {
		_, there := s.connections[id]
		if _, before := v.listed[id]; before && !there {
			delete(v.listed, id)
			v.left[id] = struct{}{}
			v.confirmedAbsences++
		}
	}
}

// recall tells the cases which endpoints the gateway has listed in this run, for
// whomever, or before it: those that are gone have left, and will not come.
func (v *Session) recall(cases []*settle.Item) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range cases {
		_, there := v.listed[c.EndpointID]
		_, left := v.left[c.EndpointID]
		c.EverListed = c.EverListed || there || left
	}
}
