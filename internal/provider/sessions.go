// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// patiently is Session.Patiently for an attempt that has a result.
func patiently[T any](ctx context.Context, session *gateway.Session, attempt func(context.Context) (T, error)) (result T, err error) {
	err = session.Patiently(ctx, func(ctx context.Context) (err error) {
		result, err = attempt(ctx)
		return err
	})
	return result, err
}

// lookFirst looks while a creation is planned. That the gateway is gone is a warning then, and found out by the creation; that
// it has no endpoint service is an error, and a gateway that was made a moment ago may say so for a while.
func lookFirst[T any](ctx context.Context, session *gateway.Session, look func(context.Context) (T, error)) (T, error) {
	result, err := look(ctx)
	if apig.IsNoEndpointService(err) {
		return patiently(ctx, session, look)
	}
	return result, err
}
