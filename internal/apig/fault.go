// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"context"
	"errors"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// FailedCall is the error of a call that changes something, nil of any other: one that
// tells why nobody could sign in for the call says nothing about what that named.
func FailedCall(err error) *rest.Error {
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || isForeign(err) {
		return nil
	}
	return e
}

// IsRefusal tells whether the server answered that it will not do what a call
// asked, which may be on account of a single endpoint of it.
func IsRefusal(ctx context.Context, err error) bool {
	e := FailedCall(err)
	if ctx.Err() != nil || e == nil || e.Unsure {
		return false
	}
	switch e.Kind {
	case rest.KindInvalid, rest.KindServer:
		return true
	case rest.KindNotFound:
		return !IsGatewayGone(err) && !IsNoEndpointService(err)
	default:
		return false
	}
}

// IsLost tells whether a call failed in a way that leaves open whether it took
// effect: its answer did not arrive, or not whole.
func IsLost(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !IsRefusal(ctx, err) && IsFault(err)
}

// MayHaveWorked tells whether a call that did not end well, or that its caller
// left, may have taken effect. One that was answered with nothing but errors,
// throttling for example, has not.
func MayHaveWorked(err error) bool {
	return IsFault(err) || !errors.As(err, new(*rest.Error))
}

// IsFault tells whether the service, or what is between here and it, failed. It
// did, too, where a call that was not answered was made again: whatever came
// then, the first one may have worked.
func IsFault(err error) bool {
	e := FailedCall(err)
	if e == nil {
		return false
	}
	if e.Unsure {
		return true
	}
	switch e.Kind {
	case rest.KindServer, rest.KindUnreachable, rest.KindUnreadable:
		return true
	default:
		return false
	}
}

// IsBusy tells whether the gateway, or what it says of one endpoint, did not let a
// call do anything for the moment.
func IsBusy(err error) bool {
	e := FailedCall(err)
	return e != nil && e.Kind == rest.KindBusy && !e.Unsure
}

// MayPass tells whether a call that failed may work when it is made again as it was;
// so may one whose error came when it was made again after it got lost.
func MayPass(err error) bool {
	e := FailedCall(err)
	return e != nil && (e.Unsure || isPassingFault(e))
}
