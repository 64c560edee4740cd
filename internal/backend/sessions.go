// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package backend

import (
	"context"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// Patiently is Session.Patiently for an attempt that has a result.
func Patiently[T any](ctx context.Context, session *gateway.Session, attempt func(context.Context) (T, error)) (result T, err error) {
	err = session.Patiently(ctx, func(ctx context.Context) (err error) {
		result, err = attempt(ctx)
		return err
	})
	return result, err
}

// LookFirst looks while a creation is planned. That the gateway is gone is a warning
// then, and the creation finds it out; that it has no endpoint service is an error, but
// a gateway that was made a moment ago may say so for a while.
func LookFirst[T any](ctx context.Context, session *gateway.Session, look func(context.Context) (T, error)) (T, error) {
	result, err := look(ctx)
	if apig.IsNoEndpointService(err) {
		return Patiently(ctx, session, look)
	}
	return result, err
}
