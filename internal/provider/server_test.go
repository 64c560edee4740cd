// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// A server offers all of the protocol: what is optional is looked for in its type.
func TestNewServer_whole(t *testing.T) {
	t.Parallel()
	s := NewServer("test")
	if _, ok := s.(leasingServer); !ok {
		t.Fatalf("the framework's server lacks a part of the protocol: %T", s)
	}
	if _, ok := s.(tfprotov6.ProviderServerWithListResource); !ok { //nolint:staticcheck // what the protocol's server looks for
		t.Error("no list resources")
	}
	if _, ok := s.(tfprotov6.ProviderServerWithActions); !ok { //nolint:staticcheck // likewise
		t.Error("no actions")
	}
}

type leaseKey struct{}

// While a call lasts its context is the caller's, afterwards it holds nothing,
// whoever still has it.
func TestLeased(t *testing.T) {
	t.Parallel()
	kept, inner, child := callLeased(t)
	if inner.Value(leaseKey{}) != nil || inner.Err() == nil {
		t.Error("the lease has not ended")
	}
	<-inner.Done()
	runtime.GC()
	if kept.Value() != nil {
		t.Error("what the context held is still kept")
	}
	runtime.KeepAlive(inner)
	runtime.KeepAlive(child)
}

// callLeased makes a call whose context holds a value, and returns the contexts
// that the call had and made, which has not been canceled.
func callLeased(t *testing.T) (kept weak.Pointer[[64]byte], inner, child context.Context) {
	t.Helper()
	value := new([64]byte)
	kept = weak.Make(value)
	stop := errors.New("stop")
	outer, cancel := context.WithCancelCause(context.WithValue(t.Context(), leaseKey{}, value))
	_, err := leased(outer, "request", func(ctx context.Context, _ string) (string, error) {
		inner = ctx                 //nolint:fatcontext // to look at it later
		var kept context.CancelFunc // as the framework keeps it
		child, kept = context.WithCancel(ctx)
		t.Cleanup(kept)
		if ctx.Value(leaseKey{}) != value || child.Value(leaseKey{}) != value {
			t.Error("the context lacks its value")
		}
		if ctx.Err() != nil || child.Err() != nil {
			t.Error("the context ended before its time")
		}
		cancel(stop)
		<-child.Done()
		if !errors.Is(context.Cause(child), stop) {
			t.Errorf("the cause is %v", context.Cause(child))
		}
		return "", ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	return kept, inner, child
}
