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
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// A server offers all of the protocol: what is optional is looked for in its type.
func TestNewServer_whole(t *testing.T) {
	t.Parallel()
	s := NewServer("test")
	_, ok := s.(leasingServer)
	assert.Assert(t, ok, "the framework's server lacks a part of the protocol: %T", s)
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
	assert.Check(t, inner.Value(leaseKey{}) == nil && inner.Err() != nil, "the lease has not ended")
	<-inner.Done()
	runtime.GC()
	assert.Check(t, kept.Value() == nil, "what the context held is still kept")
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
		assert.Check(t, ctx.Value(leaseKey{}) == value && child.Value(leaseKey{}) == value, "the context lacks its value")
		assert.Check(t, ctx.Err() == nil && child.Err() == nil, "the context ended before its time")
		cancel(stop)
		<-child.Done()
		assert.Check(t, errors.Is(context.Cause(child), stop), "the cause is %v", context.Cause(child))
		return "", ctx.Err()
	})
	assert.Check(t, errors.Is(err, context.Canceled), "error %v", err)
	return kept, inner, child
}

func noProblem(t *testing.T, err error) {
	t.Helper()
	assert.NilError(t, err)
}

// The User-Agent takes what the environment adds, but neither what no header can
// hold nor a secret.
func TestUserAgent(t *testing.T) {
	t.Parallel()
	const own = "terraform-provider-apig/1.2.3 (+https://registry.terraform.io/providers/apig-terraform/apig) Terraform/1.9.9"
	for appended, want := range map[string]string{
		"":                       own,
		"pipeline/7 (nightly)":   own + " pipeline/7 (nightly)",
		" a\r\nX-Evil: b\x00c\t": own + " a X-Evil: b c",
		"a secret-key/1 b":       own + " a b",
	} {
		p := &apigProvider{version: "1.2.3", lookup: env(map[string]string{"TF_APPEND_USER_AGENT": appended})}
		assert.Check(t, is.Equal(p.userAgent("1.9.9", []string{"secret-key"}), want), appended)
	}
}
