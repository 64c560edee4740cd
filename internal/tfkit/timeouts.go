// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package tfkit

import (
	"context"
	"errors"
	"fmt"
	"time"

	datatimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// The timeouts where the configuration sets none. Reading may have to wait for several windows of throttling.
const (
	readTimeout   = 20 * time.Minute
	changeTimeout = 10 * time.Minute
)

// TimeoutsBlock is the `timeouts` block of a resource, whose deletions may make no call.
func TimeoutsBlock(ctx context.Context, deletes bool) schema.Block {
	block, _ := timeouts.Block(ctx, timeouts.Opts{
		Create: true, Read: true, Update: true, Delete: deletes,
		CreateDescription: "How long a create may take, as a duration such as `90s`; `10m` by default.",
		ReadDescription:   "How long a refresh may take, and a look at the gateway during a plan; `20m` by default. A refresh uses the value in the state: to raise one that is too short, apply with `-refresh=false`.",
		UpdateDescription: "How long an update may take; `10m` by default.",
		DeleteDescription: "How long a destroy may take; `10m` by default. A destroy uses the value in the state: to raise it, apply first.",
	}).(schema.SingleNestedBlock)
	block.Validators = append(block.Validators, positiveDurations{})
	return block
}

// DataTimeoutsBlock is the `timeouts` block of a data source.
func DataTimeoutsBlock(ctx context.Context) dataschema.Block {
	block, _ := datatimeouts.BlockWithOpts(ctx, datatimeouts.Opts{
		ReadDescription: "How long reading may take, as a duration such as `90s`; `20m` by default.",
	}).(dataschema.SingleNestedBlock)
	block.Validators = append(block.Validators, positiveDurations{})
	return block
}

// configuredTimeout is how a model gives the timeout of an operation.
type configuredTimeout = func(context.Context, time.Duration) (time.Duration, diag.Diagnostics)

// WithTimeout bounds a context by the timeout that the configuration has under a name.
func WithTimeout(ctx context.Context, name string, configured configuredTimeout, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	return bounded(ctx, name, configured, diags, "Where it is just too short, raise `"+name+"` in the `timeouts` block.")
}

// WithRecordedTimeout is WithTimeout for reading and destroying, which use the timeouts in the state.
func WithRecordedTimeout(ctx context.Context, name string, recorded configuredTimeout, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	remedy := "A destruction goes by the `timeouts` in the state. Where `" + name + "` is just too short, raise it in the `timeouts` block and apply that first, then destroy. " +
		"What was taken out of the configuration is put back for it, with what the state has by now."
	if name == "read" {
		remedy = "Reading goes by the `timeouts` in the state. Where `read` is just too short, raise it in the `timeouts` block and apply with `-refresh=false`: " +
			"that records the new value before anything is read."
	}
	return bounded(ctx, name, recorded, diags, remedy)
}

// WithReadLimit bounds a context by the default timeout for reading, where none can be configured.
func WithReadLimit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, readTimeout, &timeoutError{
		fmt.Sprintf("%s passed", readTimeout), fmt.Sprintf("It was not done after %s, which is as long as it may take.", readTimeout),
	})
}

// WithTimeoutArgument bounds a context by the value of an argument.
func WithTimeoutArgument(ctx context.Context, name string, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, timeout, &timeoutError{
		fmt.Sprintf("the %s of %s passed", name, timeout), fmt.Sprintf("The timeout of %s passed. Where it is just too short, raise `%s`.", timeout, name),
	})
}

func bounded(ctx context.Context, name string, configured configuredTimeout, diags *diag.Diagnostics, remedy string) (context.Context, context.CancelFunc) {
	preset := changeTimeout
	if name == "read" {
		preset = readTimeout
	}
	timeout, d := configured(ctx, preset)
	diags.Append(d...)
	return context.WithTimeoutCause(ctx, timeout, &timeoutError{
		fmt.Sprintf("the %s timeout of %s passed", name, timeout), fmt.Sprintf("The timeout of %s passed. %s", timeout, remedy),
	})
}

// timeoutError is the cause of a context that a timeout has ended.
type timeoutError struct {
	text   string
	passed string // says that the timeout did, and how there can be more time
}

func (e *timeoutError) Error() string { return e.text }

func (e *timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// ContextEnd says what ended the context, where an error is about that; "" otherwise.
func ContextEnd(err error) string {
	if timeout := new(timeoutError); errors.As(err, &timeout) {
		return timeout.passed
	}
	if errors.Is(err, context.Canceled) {
		return "The run was interrupted, and every wait ended at once."
	}
	return ""
}
