// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Address is where the registry has the provider.
const Address = "registry.terraform.io/apig-terraform/apig"

// NewServer makes the provider as Terraform's protocol has it.
func NewServer(version string) tfprotov6.ProviderServer { return serverOf(New(version)()) }

func serverOf(p provider.Provider) tfprotov6.ProviderServer {
	framework := providerserver.NewProtocol6(p)()
	if whole, ok := framework.(protocolServer); ok {
		return leasingServer{whole}
	}
	return framework
}

// protocolServer is all of the protocol. Some of it is optional, and looked for in the server's type.
type protocolServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// leasingServer gives the calls that come for each resource or data source a lease of their context. The framework
// keeps a cancel function of every call's context until it is stopped, and with it the loggers that the context
// carries, about 10 KiB: with a thousand resources most of the provider's memory.
type leasingServer struct{ protocolServer }

func (s leasingServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return leased(ctx, req, s.protocolServer.ValidateResourceConfig)
}

func (s leasingServer) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return leased(ctx, req, s.protocolServer.UpgradeResourceState)
}

func (s leasingServer) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return leased(ctx, req, s.protocolServer.UpgradeResourceIdentity)
}

func (s leasingServer) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return leased(ctx, req, s.protocolServer.ImportResourceState)
}

func (s leasingServer) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return leased(ctx, req, s.protocolServer.MoveResourceState)
}

func (s leasingServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return leased(ctx, req, s.protocolServer.ReadResource)
}

func (s leasingServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return leased(ctx, req, s.protocolServer.PlanResourceChange)
}

func (s leasingServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return leased(ctx, req, s.protocolServer.ApplyResourceChange)
}

func (s leasingServer) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return leased(ctx, req, s.protocolServer.ValidateDataResourceConfig)
}

func (s leasingServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return leased(ctx, req, s.protocolServer.ReadDataSource)
}

// leased serves a call with a lease of its context, which ends with the call.
func leased[Request, Response any](ctx context.Context, req Request, serve func(context.Context, Request) (Response, error)) (Response, error) {
	l := &lease{}
	l.held.Store(&ctx)
	defer l.held.Store(&ended) //nolint:contextcheck // that it inherits nothing is what it is for
	return serve(l, req)       //nolint:contextcheck // the lease is the context
}

// lease is a context that is another one until it has ended: then it is a canceled one that holds nothing.
type lease struct {
	held atomic.Pointer[context.Context]
}

// ended is what a lease is after its end.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (l *lease) Deadline() (time.Time, bool) { return (*l.held.Load()).Deadline() }
func (l *lease) Done() <-chan struct{}       { return (*l.held.Load()).Done() }
func (l *lease) Err() error                  { return (*l.held.Load()).Err() }
func (l *lease) Value(key any) any           { return (*l.held.Load()).Value(key) }
