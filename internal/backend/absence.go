// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package backend

import (
	"errors"
	"fmt"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// HowOften says why the provider believes that a gateway is gone. It begins with a
// blank.
func HowOften(err error) string {
	gone, ok := errors.AsType[*gateway.GoneError](err)
	if !ok {
		return ""
	}
	return fmt.Sprintf(" The API has said so %d times over %s.", gone.Times, gone.Over.Round(time.Second/10))
}

// WrongAddress says what else may be the reason that a gateway is said not to exist,
// where the run has heard nothing else.
func WrongAddress(err error) string {
	gone, ok := errors.AsType[*gateway.GoneError](err)
	if !ok {
		return ""
	}
	const check = "check " + "`endpoints.apig` of the provider block, `region` and `project_id`"
	switch only := gone.Only(); only {
	case 0:
		return ""
	case 1:
		return "\n\nNothing else was heard from the API in this run. If the gateway should exist, a wrong address is likely: " + check + "."
	default:
		return fmt.Sprintf("\n\nThe API says so of each gateway that this run has asked for (%d). So a wrong address is likely: %s before you apply anything.", only, check)
	}
}

// absenceAdvice is what to do where a gateway is said not to exist, be it believed or not.
func (b *Backend) absenceAdvice(err error) (text string, about bool) {
	if gateway.IsGone(err) {
		return reasonAdvice[apig.ReasonGatewayGone] + HowOften(err) + WrongAddress(err), true
	}
	doubt, ok := errors.AsType[*gateway.DoubtError](err)
	if !ok {
		return "", false
	}
	said := "The API said that the gateway does not exist"
	if apig.IsNoEndpointService(doubt.Said) {
		said = "The API said that the gateway has no VPC endpoint service"
	}
	switch {
	case doubt.Err == nil:
		return said + ", each time that this was asked for, and answered other calls in between. Nothing is forgotten for it. Apply again; if it persists, give the vendor's support the request ID.", true
	case apig.IsGatewayGone(doubt.Err), apig.IsNoEndpointService(doubt.Err):
		return said + ", but not for long enough to be believed, so nothing is forgotten for it. Check `instance_id`, `region` and `project_id`, and apply again.", true
	default:
		return said + ", and when it was asked again, something else went wrong. Nothing is forgotten for it. " + b.advice(doubt.Err), true
	}
}
