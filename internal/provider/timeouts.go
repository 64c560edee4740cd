// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

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

// The timeouts where the configuration sets none. The platform throttles in windows of
// minutes, so that reading may have to wait for several of them.
const (
	defaultCreateTimeout = 10 * time.Minute
	defaultReadTimeout   = 20 * time.Minute
	defaultUpdateTimeout = 10 * time.Minute
	defaultDeleteTimeout = 10 * time.Minute
)

func timeoutsBlock(ctx context.Context) schema.Block { return timeoutsBlockFor(ctx, true) }

// timeoutsBlockFor leaves out the timeout of deletions that make no call.
func timeoutsBlockFor(ctx context.Context, deletes bool) schema.Block {
	block := timeouts.Block(ctx, timeouts.Opts{
		Create: true, Read: true, Update: true, Delete: deletes,
		CreateDescription: "How long a creation may take, as a duration such as `90s`; `10m` by default.",
		ReadDescription:   "How long reading, and looking while planning, may take; `20m` by default. Reading goes by the value in the state: to raise one that is too short, apply with `-refresh=false`.",
		UpdateDescription: "How long an update may take; `10m` by default.",
		DeleteDescription: "How long a destruction may take; `10m` by default. A destruction goes by the value in the state: apply a higher one before.",
	})
	if nested, ok := block.(schema.SingleNestedBlock); ok {
		nested.Validators = append(nested.Validators, positiveDurations{})
		return nested
	}
	return block
}

// dataTimeoutsBlock is that of data sources.
func dataTimeoutsBlock(ctx context.Context) dataschema.Block {
	block := datatimeouts.BlockWithOpts(ctx, datatimeouts.Opts{ReadDescription: "How long reading may take, as a duration such as `90s`; `20m` by default."})
	if nested, ok := block.(dataschema.SingleNestedBlock); ok {
		nested.Validators = append(nested.Validators, positiveDurations{})
		return nested
	}
	return block
}

// configuredTimeout is how a model gives the timeout of an operation.
type configuredTimeout = func(context.Context, time.Duration) (time.Duration, diag.Diagnostics)

// withTimeout bounds the context by what the configuration says under the name.
func withTimeout(ctx context.Context, name string, configured configuredTimeout, preset time.Duration, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	return bounded(ctx, timeoutError{name: name}, configured, preset, diags)
}

// withRecordedTimeout is withTimeout for what the CLI hands no configuration to: reading
// and destroying have the timeouts that the state has.
func withRecordedTimeout(ctx context.Context, name string, recorded configuredTimeout, preset time.Duration, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	return bounded(ctx, timeoutError{name: name, recorded: true}, recorded, preset, diags)
}

func bounded(ctx context.Context, cause timeoutError, configured configuredTimeout, preset time.Duration, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	timeout, d := configured(ctx, preset)
	diags.Append(d...)
	cause.after = timeout
	return context.WithTimeoutCause(ctx, timeout, &cause)
}

// timeoutError is the cause of a context that ended because a timeout passed.
type timeoutError struct {
	name  string // in the `timeouts` block; "" for one that can't be configured
	after time.Duration
	// argument: it is an argument of that name, and in no block.
	argument bool
	// recorded: it is the one in the state, whatever is configured.
	recorded bool
}

func (e *timeoutError) Error() string {
	switch {
	case e.name == "":
		return fmt.Sprintf("%s passed", e.after)
	case e.argument:
		return fmt.Sprintf("the %s of %s passed", e.name, e.after)
	}
	return fmt.Sprintf("the %s timeout of %s passed", e.name, e.after)
}

func (e *timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// passed says that the timeout did, and how there can be more time.
func (e *timeoutError) passed() string {
	switch {
	case e.name == "":
		return fmt.Sprintf("It was not done after %s, which is as long as it may take.", e.after)
	case e.argument:
		return fmt.Sprintf("The timeout of %s passed. Where it is just too short, raise `%s`.", e.after, e.name)
	case e.recorded && e.name == "read":
		return fmt.Sprintf("The timeout of %s passed. Reading goes by the `timeouts` in the state. Where `read` is just too short, raise it in the `timeouts` block and apply with `-refresh=false`: "+
			"that records the new value before anything is read.", e.after)
	case e.recorded:
		return fmt.Sprintf("The timeout of %s passed. A destruction goes by the `timeouts` in the state. Where `%s` is just too short, raise it in the `timeouts` block and apply that first, then destroy. "+
			"What was taken out of the configuration is put back for it, with what the state has by now.", e.after, e.name)
	}
	return fmt.Sprintf("The timeout of %s passed. Where it is just too short, raise `%s` in the `timeouts` block.", e.after, e.name)
}

// endOf says what ended the context, if that is what the error is about.
func endOf(err error) string {
	if timeout := new(timeoutError); errors.As(err, &timeout) {
		return timeout.passed()
	}
	if errors.Is(err, context.Canceled) {
		return "The run was interrupted, and every wait ended at once."
	}
	return ""
}
