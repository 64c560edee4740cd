// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package settle

import (
	"context"
	"errors"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// What becomes of a call is told to the item, and what is about more than the item to the caller.
func TestCaseTakes(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx               context.Context //nolint:containedctx // of the caller
		outcome           Outcome
		fails, asked, may bool
		want              Phase
	}{
		"granted":                   {t.Context(), Outcome{Size: 1}, false, true, true, wait},
		"no call, look first":       {t.Context(), Outcome{}, false, false, false, call},
		"refused":                   {t.Context(), Outcome{Size: 2, Err: errNo, Effect: rest.EffectRefused}, false, true, false, wait},
		"lost":                      {t.Context(), Outcome{Size: 2, Err: errNo, Effect: rest.EffectUnknown}, false, true, true, wait},
		"busy":                      {t.Context(), Outcome{Size: 1, Err: errNo}, false, false, false, call},
		"fatal":                     {t.Context(), Outcome{Size: 1, Err: errNo, Fatal: true}, true, false, false, call},
		"fatal, though it may work": {t.Context(), Outcome{Size: 1, Err: errNo, Fatal: true, Effect: rest.EffectUnknown}, true, false, false, call},
		"the end of the time":       {ended, Outcome{Size: 1, Err: errNo, Effect: rest.EffectUnknown}, true, true, true, wait},
		"the end before any call":   {ended, Outcome{Err: errNo, Effect: rest.EffectUnknown}, true, false, false, call},
	} {
		c := Item{EndpointID: "e"}
		c.observe(endpoint.Connection{ID: "e", Status: pending}, start)
		if err := c.take(test.ctx, test.outcome, start); (err != nil) != test.fails || c.Asked() != test.asked || c.MayTakeEffect() != test.may || c.Phase != test.want {
			t.Errorf("%s: %v, %+v", name, err, c)
		}
	}
}

// What a case holds is what its messages are made of.
func TestCaseRemembers(t *testing.T) {
	t.Parallel()
	c := Item{EndpointID: "e"}
	c.observe(endpoint.Connection{ID: "e", Status: pending}, start)
	c.putOff(errNo)
	if !errors.Is(c.Refusal, errNo) || c.Asked() || c.MayTakeEffect() || c.Calls != 0 || c.Phase != ToCall {
		t.Errorf("after a call was put off: %+v", c)
	}
	c.refusedCall(errNo, false)
	if !errors.Is(c.Refusal, errNo) || !c.Asked() || c.MayTakeEffect() || c.Calls != 0 || !c.EverListed || !c.Looked {
		t.Errorf("after a refusal: %+v", c)
	}
	c.lostCall(errNo)
	if !errors.Is(c.Refusal, errNo) || !c.Asked() || !c.MayTakeEffect() {
		t.Errorf("after a lost call: %+v", c)
	}
	c.putOff(errNo)
	if !c.Asked() || !c.MayTakeEffect() {
		t.Errorf("after a lost call and one that was put off: %+v", c)
	}
	c.called(start)
	if c.Refusal != nil || !c.Asked() || !c.MayTakeEffect() || c.Calls != 1 {
		t.Errorf("after a call: %+v", c)
	}
	c.observe(endpoint.Connection{}, start)
	if !c.EverListed || c.Observed.Status != endpoint.Absent {
		t.Errorf("after the consumer left: %+v", c)
	}
}
