// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"errors"
	"net/http"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// FailedCall is the error of a call that changes something, nil of any other: one that tells why nobody could sign in
// for the call says nothing about what that named.
func FailedCall(err error) *rest.Error {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || isForeign(err) {
		return nil
	}
	return e
}

// EffectOf is what a call that changes something may have done, by its error. That nobody could sign in, or that there
// is no such gateway, is on account of nothing that the call named. An error of no call is that of one who left before
// an answer: what becomes of the call is open.
func EffectOf(err error) rest.Effect {
	e, called := errors.AsType[*rest.Error](err)
	switch {
	case err == nil, isForeign(err):
		return rest.EffectNone
	case !called:
		return rest.EffectUnknown
	case e.Effect() == rest.EffectRefused && (IsGatewayGone(err) || IsNoEndpointService(err)):
		return rest.EffectNone
	default:
		return e.Effect()
	}
}

// IsBusy tells whether the gateway, or what it says of one endpoint, did not let a call do anything for the moment.
func IsBusy(err error) bool {
	e := FailedCall(err)
	return e != nil && e.Kind == rest.KindBusy && !e.Unsure
}

// MayPass tells whether a call that failed may work when it is made again as it was: what is between here and the API
// failed (502, 503, 504), or there was no answer, or one that broke off. A definite answer of the service is none of
// these, failures with 500, APIC.9007 and APIC.9000 included: they may be about what was asked for, unless they came
// when the call was made again after it got lost.
func MayPass(err error) bool {
	e := FailedCall(err)
	switch {
	case e == nil:
		return false
	case e.Unsure:
		return true
	case e.Kind == rest.KindUnreachable, e.Kind == rest.KindUnreadable:
		return !e.Lasting
	default:
		return e.Kind == rest.KindServer && isPassing(e)
	}
}

// isPassing is MayPass for a failure of the server.
func isPassing(e *rest.Error) bool {
	code := strings.ToUpper(e.Code)
	switch e.StatusCode {
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return !wrappers[code]
	}
	// The codes that the front door gives those statuses with; and a 500 that broke off.
	return code == "APIGW.0201" || code == "APIGW.0613" || code == "" && e.Err != nil
}
