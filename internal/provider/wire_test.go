// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

const connectionType = "apig_vpc_endpoint_connection"

// wire is the provider as a CLI of the newest kind talks to it, over the protocol, so that no CLI is needed that knows what a
// test is about. Each call is a walk of its own, with a new provider, unless walk has begun one. Values are nil, string, bool,
// int64, []any, fields and unknown.
type wire struct {
	t          *testing.T
	resource   string // the type that calls are about
	config     fields
	ctx        context.Context                 //nolint:containedctx // of all calls
	start      func() tfprotov6.ProviderServer // a provider that is not configured
	walking    tfprotov6.ProviderServer
	configured tfprotov6.ProviderServer // of which the next walk is, where one is configured
	complain   func(rule, what string)  // of a rule that is broken; nil fails the test
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities *tfprotov6.GetResourceIdentitySchemasResponse
}

type fields = map[string]any

// unknown is a value that is known after an apply.
const unknown = unknownValue("unknown")

type unknownValue string

// object is a resource as a CLI keeps it.
type object struct {
	state, identity any
	private         []byte
	replaces        bool // a plan: what is there is to be replaced
}

// newWire configures the provider as mock.provider does.
func newWire(t *testing.T, m *mock) *wire {
	t.Helper()
	w := &wire{t: t, ctx: t.Context(), resource: connectionType, start: m.start, config: fields{
		"region": testRegion, "project_id": testProject, "token": testToken,
		"endpoints": fields{"apig": m.url, "iam": m.url},
	}}
	server := w.start()
	w.schemas = ask(w, server.GetProviderSchema, &tfprotov6.GetProviderSchemaRequest{})
	w.identities = ask(w, server.GetResourceIdentitySchemas, &tfprotov6.GetResourceIdentitySchemasRequest{})
	return w
}

// walk begins a walk that all calls are of from now on.
func (w *wire) walk() {
	w.t.Helper()
	w.walking = w.configured
	w.configured = nil
	w.walking = w.server()
}

// server starts a provider for a walk.
func (w *wire) server() tfprotov6.ProviderServer {
	w.t.Helper()
	if w.walking != nil {
		return w.walking
	}
	server := w.start()
	resp := ask(w, server.ConfigureProvider, &tfprotov6.ConfigureProviderRequest{Config: w.encode(w.schemas.Provider.ValueType(), w.config)})
	expectNoDiagnostics(w.t, resp.Diagnostics)
	return server
}

// ask makes a call of the protocol.
func ask[Request, Response any](w *wire, call func(context.Context, Request) (Response, error), request Request) Response {
	w.t.Helper()
	response, err := call(w.ctx, request)
	assert.NilError(w.t, err)
	return response
}

// of is the wire for calls about a type of resources: its own where none is given.
func (w *wire) of(kind string) *wire {
	other := *w
	if kind != "" {
		other.resource = kind
	}
	return &other
}

func (w *wire) stateType() tftypes.Type { return w.schemas.ResourceSchemas[w.resource].ValueType() }

func (w *wire) identityType() tftypes.Type {
	return w.identities.IdentitySchemas[w.resource].ValueType()
}

// create plans and applies a resource that is not there yet.
func (w *wire) create(config fields) object { w.t.Helper(); return w.update(object{}, config) }

// update plans and applies a change of what is there.
func (w *wire) update(prior object, config fields) object {
	w.t.Helper()
	return w.ok(w.apply(prior, w.ok(w.plan(prior, config)), config))
}

// plan proposes what the CLI would: the configuration, and what is computed as it was; nothing where there is no configuration.
func (w *wire) plan(prior object, config fields) (object, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	proposed := maps.Clone(config)
	if before, ok := prior.state.(fields); ok && config != nil {
		for _, attribute := range w.schemas.ResourceSchemas[w.resource].Block.Attributes {
			if _, given := config[attribute.Name]; attribute.Computed && !given {
				proposed[attribute.Name] = before[attribute.Name]
			}
		}
	}
	resp := ask(w, w.server().PlanResourceChange, &tfprotov6.PlanResourceChangeRequest{
		TypeName: w.resource, PriorPrivate: prior.private, PriorIdentity: w.identity(prior.identity),
		PriorState: w.encode(w.stateType(), prior.state), Config: w.encode(w.stateType(), config), ProposedNewState: w.encode(w.stateType(), proposed),
	})
	planned := w.object(resp.PlannedState, resp.PlannedIdentity, resp.PlannedPrivate)
	planned.replaces = len(resp.RequiresReplace) > 0
	return planned, resp.Diagnostics
}

func (w *wire) apply(prior, planned object, config fields) (object, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	assert.Check(w.t, !planned.replaces, "a replacement is applied as an update")
	resp := ask(w, w.server().ApplyResourceChange, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: w.resource, PlannedPrivate: planned.private, PlannedIdentity: w.identity(planned.identity),
		PriorState: w.encode(w.stateType(), prior.state), PlannedState: w.encode(w.stateType(), planned.state), Config: w.encode(w.stateType(), config),
	})
	made := w.object(resp.NewState, resp.NewIdentity, resp.Private)
	if !failed(resp.Diagnostics) {
		w.conforms("result after apply", planned.state, made.state)
	}
	return made, resp.Diagnostics
}

func (w *wire) read(o object) (object, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	resp := ask(w, w.server().ReadResource, &tfprotov6.ReadResourceRequest{
		TypeName: w.resource, Private: o.private, CurrentIdentity: w.identity(o.identity), CurrentState: w.encode(w.stateType(), o.state),
	})
	return w.object(resp.NewState, resp.NewIdentity, resp.Private), resp.Diagnostics
}

// imports by an ID, or by an identity, and reads what was imported.
func (w *wire) imports(id string, identity fields) (object, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	req := &tfprotov6.ImportResourceStateRequest{TypeName: w.resource, ID: id}
	if identity != nil {
		req.Identity = w.identity(identity)
	}
	resp := ask(w, w.server().ImportResourceState, req)
	if len(resp.ImportedResources) != 1 {
		return object{}, resp.Diagnostics
	}
	got := resp.ImportedResources[0]
	return w.read(w.object(got.State, got.Identity, got.Private))
}

// move takes over the state of another provider's resource. No CLI configures a provider for that.
func (w *wire) move(private []byte, provider, resourceType string, version int64, state string) (object, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	resp := ask(w, w.start().MoveResourceState, &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: provider, SourceTypeName: resourceType, SourceSchemaVersion: version, SourcePrivate: private,
		SourceState: &tfprotov6.RawState{JSON: []byte(state)}, TargetTypeName: w.resource,
	})
	if resp.TargetState == nil {
		return object{}, resp.Diagnostics
	}
	return w.object(resp.TargetState, resp.TargetIdentity, resp.TargetPrivate), resp.Diagnostics
}

// listed is one result of a query.
type listed struct {
	name            string
	identity, state any
}

// list queries, and returns the results that a CLI with that limit takes.
func (w *wire) list(config fields, limit int64, include bool) ([]listed, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	server, ok := w.server().(tfprotov6.ListResourceServer)
	assert.Assert(w.t, ok, "the provider lists nothing")
	kind := w.schemas.ListResourceSchemas[w.resource].ValueType()
	validated := ask(w, server.ValidateListResourceConfig, &tfprotov6.ValidateListResourceConfigRequest{TypeName: w.resource, Config: w.encode(kind, config)})
	if len(validated.Diagnostics) > 0 {
		return nil, validated.Diagnostics
	}
	stream := ask(w, server.ListResource, &tfprotov6.ListResourceRequest{
		TypeName: w.resource, Config: w.encode(kind, config), Limit: limit, IncludeResource: include,
	})
	var results []listed
	var diags []*tfprotov6.Diagnostic
	for result := range stream.Results {
		diags = append(diags, result.Diagnostics...)
		if result.Identity != nil {
			results = append(results, listed{result.DisplayName, w.decodeIdentity(result.Identity), w.decode(w.stateType(), result.Resource)})
		}
		if int64(len(results)) == limit {
			break
		}
	}
	return results, diags
}

// invoke validates, plans and invokes an action, and returns the progress that it reports.
func (w *wire) invoke(actionType string, config fields) ([]string, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	server, ok := w.server().(tfprotov6.ActionServer)
	assert.Assert(w.t, ok, "the provider has no actions")
	encoded := w.encode(w.schemas.ActionSchemas[actionType].Schema.ValueType(), config)
	validated := ask(w, server.ValidateActionConfig, &tfprotov6.ValidateActionConfigRequest{ActionType: actionType, Config: encoded})
	if len(validated.Diagnostics) > 0 {
		return nil, validated.Diagnostics
	}
	planned := ask(w, server.PlanAction, &tfprotov6.PlanActionRequest{ActionType: actionType, Config: encoded})
	expectNoDiagnostics(w.t, planned.Diagnostics)
	stream := ask(w, server.InvokeAction, &tfprotov6.InvokeActionRequest{ActionType: actionType, Config: encoded})
	var progress []string
	var diags []*tfprotov6.Diagnostic
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			diags = event.Diagnostics
		}
	}
	return progress, diags
}

// data validates and reads a data source.
func (w *wire) data(dataType string, config fields) (fields, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	server, kind := w.server(), w.schemas.DataSourceSchemas[dataType].ValueType()
	encoded := w.encode(kind, config)
	validated := ask(w, server.ValidateDataResourceConfig, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: dataType, Config: encoded})
	if len(validated.Diagnostics) > 0 {
		return nil, validated.Diagnostics
	}
	resp := ask(w, server.ReadDataSource, &tfprotov6.ReadDataSourceRequest{TypeName: dataType, Config: encoded})
	read, _ := w.decode(kind, resp.State).(fields)
	return read, resp.Diagnostics
}

func (w *wire) identity(identity any) *tfprotov6.ResourceIdentityData {
	w.t.Helper()
	if identity == nil {
		return nil
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: w.encode(w.identityType(), identity)}
}

func (w *wire) object(state *tfprotov6.DynamicValue, identity *tfprotov6.ResourceIdentityData, private []byte) object {
	w.t.Helper()
	return object{state: w.decode(w.stateType(), state), identity: w.decodeIdentity(identity), private: private}
}

func (w *wire) decodeIdentity(data *tfprotov6.ResourceIdentityData) any {
	w.t.Helper()
	if data == nil {
		return nil
	}
	return w.decode(w.identityType(), data.IdentityData)
}

func (w *wire) encode(kind tftypes.Type, value any) *tfprotov6.DynamicValue {
	w.t.Helper()
	if none, ok := value.(fields); ok && none == nil {
		value = nil
	}
	encoded, err := tfprotov6.NewDynamicValue(kind, toWire(kind, value))
	assert.NilError(w.t, err)
	return &encoded
}

func (w *wire) decode(kind tftypes.Type, value *tfprotov6.DynamicValue) any {
	w.t.Helper()
	if value == nil {
		return nil
	}
	decoded, err := value.Unmarshal(kind)
	assert.NilError(w.t, err)
	return fromWire(w.t, decoded)
}

// expectValue compares values.
func expectValue(t *testing.T, what string, want, got any) {
	t.Helper()
	assert.Check(t, is.DeepEqual(want, got), what)
}

// ok wants no diagnostics of a call.
func (w *wire) ok(o object, diags []*tfprotov6.Diagnostic) object {
	w.t.Helper()
	expectNoDiagnostics(w.t, diags)
	return o
}

func expectNoDiagnostics(t *testing.T, diags []*tfprotov6.Diagnostic) {
	t.Helper()
	for _, d := range diags {
		t.Errorf("%s: %s: %s", d.Severity, d.Summary, d.Detail)
	}
}

// expectError wants one error, whose words hold each of the phrases.
func expectError(t *testing.T, diags []*tfprotov6.Diagnostic, phrases ...string) {
	t.Helper()
	expectDiagnostic(t, tfprotov6.DiagnosticSeverityError, diags, phrases...)
}

// expectWarning likewise.
func expectWarning(t *testing.T, diags []*tfprotov6.Diagnostic, phrases ...string) {
	t.Helper()
	expectDiagnostic(t, tfprotov6.DiagnosticSeverityWarning, diags, phrases...)
}

func expectDiagnostic(t *testing.T, severity tfprotov6.DiagnosticSeverity, diags []*tfprotov6.Diagnostic, phrases ...string) {
	t.Helper()
	if len(diags) != 1 || diags[0].Severity != severity {
		expectNoDiagnostics(t, diags)
		t.Fatalf("%d diagnostics, want one of severity %s", len(diags), severity)
	}
	expectWords(t, diags[0].Summary+": "+diags[0].Detail, phrases)
}
