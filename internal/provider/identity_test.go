// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// twin is one of the two resources that name things: endpoints, or accounts.
type twin struct {
	kind, list string
	ids        []string
	block      func(name, ids string, arguments ...string) string
	handover   string // the summary of what a plan refuses
}

var twins = []twin{
	{connectionType, "endpoints", endpointIDs(1, 4), func(name, ids string, arguments ...string) string {
		return block(name, "accepted", ids, arguments...)
	}, handover},
	{permissionsType, "domain_ids", accountIDs(1, 4), permissions, "Accounts change hands, and would lose their entries on the way"},
}

func (x twin) address(name string) string { return x.kind + "." + name }

// names is a configuration.
func (x twin) names(ids ...any) fields {
	config := fields{"instance_id": testInstance, x.list: ids}
	if x.kind == connectionType {
		config["desired_status"] = "accepted"
	}
	return config
}

// some names the first ones.
func (x twin) some(n int) fields { return x.names(listOf(x.ids[:n]...)...) }

func (x twin) identity(ids ...string) fields {
	return with(gatewayIdentity(testInstance), x.list, listOf(ids...))
}

func gatewayIdentity(instance string) fields {
	return fields{"region": testRegion, "project_id": testProject, "instance_id": instance}
}

// identityOf is that of endpoints, which are sorted.
func identityOf(ids ...string) fields { return twins[0].identity(ids...) }

func accepted(ids ...string) fields { return twins[0].names(listOf(ids...)...) }

func permitting(ids ...string) fields { return twins[1].names(listOf(ids...)...) }

// ofTwins runs a test for each, with the things there.
func ofTwins(t *testing.T, test func(t *testing.T, x twin, m *mock, w *walker)) {
	t.Helper()
	for _, x := range twins {
		runInMemory(t, x.kind, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.ask("accepted", endpointIDs(1, 4)...)
			w.resource = x.kind
			test(t, x, m, w)
		})
	}
}

// A resource has an identity from its creation on, with what it names sorted, and it changes with that. A state from before there
// were identities gets one when it is read. While something is unknown, the plan keeps the prior one: Terraform takes no unknown
// one for an update.
func TestIdentity(t *testing.T) {
	ofTwins(t, func(t *testing.T, x twin, _ *mock, w *walker) {
		ids := x.ids
		is := func(what string, want any, o object) object {
			t.Helper()
			expectValue(t, what, want, o.identity)
			return o
		}
		is("planned, and not all known", nil, w.ok(w.plan(object{}, x.names(ids[0], unknown))))
		made := is("created", x.identity(ids[:2]...), w.create(x.names(ids[1], ids[0])))
		old := made
		old.identity = nil
		w.unchanged(old, x.names(ids[1], ids[0]))
		read := is("read", made.identity, w.ok(w.read(old)))
		planned, _ := w.plan(read, x.names(ids[0], unknown)) // which warns of what may leave
		is("planned for an update, and not all known", made.identity, planned)
		config := x.names(ids[2], ids[0], ids[1])
		planned = is("planned for an update", x.identity(ids[:3]...), w.ok(w.plan(read, config)))
		is("updated", x.identity(ids[:3]...), w.ok(w.apply(read, planned, config)))
	})
}

// An update or a destroy that fails names what the state keeps.
func TestIdentity_failed(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 2)
		m.ask("pendingAcceptance", ids...)
		made := w.create(accepted(ids[0]))
		m.Fail(refusing("reject", "", 1, http.StatusForbidden, "APIC.7106"))
		planned, _ := w.plan(made, accepted(ids[1])) // which warns of what will be rejected
		left, diags := w.apply(made, planned, accepted(ids[1]))
		expectError(t, diags, "Not all endpoints could be decided")
		expectValue(t, "the state's endpoints", any(listOf(ids[1], ids[0])), left.state.(fields)["endpoints"])
		expectValue(t, "the identity", any(identityOf(ids...)), left.identity)

		m.Fail(refusing("reject", ids[1], -1, http.StatusBadRequest, "APIC.7211"))
		left, diags = w.apply(left, object{identity: left.identity, private: left.private}, nil)
		expectError(t, diags, "The gateway refuses to decide endpoints")
		expectValue(t, "the state's endpoints", any(listOf(ids[1])), left.state.(fields)["endpoints"])
		expectValue(t, "the identity", any(identityOf(ids[1])), left.identity)
	})
}

// An import by identity brings in what one by ID does. Region and project may be left out, and the order of the list does not
// matter. Nothing can be imported while it is not known from where.
func TestIdentity_import(t *testing.T) {
	ofTwins(t, func(t *testing.T, x twin, m *mock, w *walker) {
		ids := x.ids[:2]
		m.Permit(testInstance, accountIDs(1, 2)...)
		byID := w.ok(w.imports(importScope+importID(ids...), nil))
		expectValue(t, "the identity of an import by ID", any(x.identity(ids...)), byID.identity)
		for name, identity := range map[string]fields{
			"whole":       x.identity(ids...),
			"least":       {"instance_id": testInstance, x.list: listOf(ids...)},
			"other order": {"instance_id": testInstance, "region": testRegion, x.list: listOf(ids[1], ids[0])},
		} {
			got := w.ok(w.imports("", identity))
			expectValue(t, name+": the identity", byID.identity, got.identity)
			w.unchanged(got, x.some(2))
		}
		m.expectDecisions(t)
		w.config["project_id"] = unknown
		identity := x.identity(ids...)
		w.ok(w.imports("", identity))
		delete(identity, "project_id")
		_, diags := w.imports("", identity)
		expectError(t, diags, "Not known while planning", "project_id comes from the provider's configuration")
	})
}

// What an identity can't be imported for, and what the message says.
func TestIdentity_importErrors(t *testing.T) {
	ids := endpointIDs(1, 1)
	const form = "An identity has `instance_id` and `endpoints`, one or more in any order"
	endpoints := func(ids ...string) fields { return fields{"endpoints": listOf(ids...)} }
	accounts := func(ids ...string) fields { return fields{"domain_ids": listOf(ids...)} }
	for name, tc := range map[string]struct {
		kind     string
		identity fields
		want     []string
	}{
		"no endpoint":    {connectionType, endpoints(), []string{"Not an identity", "The identity names no endpoint.", form}},
		"no ID":          {connectionType, endpoints("a b"), []string{"Not an identity", `The identity has the part "a b", which is no ID`, form}},
		"nobody":         {permissionsType, accounts(), []string{"The identity names no account."}},
		"absent account": {permissionsType, accounts("*"), []string{"does not list an entry for: - * (every account)"}},
		"exclusive":      {exclusiveType, fields{"instance_id": "a/b"}, []string{`The identity has the part "a/b", which is no ID`, "An identity has `instance_id`"}},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.ask("accepted", ids[0])
			w.resource = tc.kind
			identity := fields{"instance_id": testInstance}
			maps.Copy(identity, tc.identity)
			_, diags := w.imports("", identity)
			expectError(t, diags, tc.want...)
		})
	}
}

// The exclusive resource is named by its gateway, also where it is imported by that.
func TestIdentity_exclusive(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 2)
		m.ask("accepted", ids...)
		w.resource = exclusiveType
		identity := gatewayIdentity(testInstance)
		made := w.create(excluding(ids...))
		expectValue(t, "the created identity", any(identity), made.identity)
		made.identity = nil
		read := w.ok(w.read(made))
		expectValue(t, "the read identity", any(identity), read.identity)
		planned, _ := w.plan(read, excluding(ids[0])) // which warns of what will be rejected
		expectValue(t, "the planned identity", any(identity), planned.identity)

		// A replacement is planned with the prior identity first, as an update is.
		m.AddGateway(mockapig.Gateway{ID: otherInstance, ProjectID: testProject})
		planned = w.ok(w.plan(read, with(excluding(ids[0]), "instance_id", otherInstance)))
		expectValue(t, "the identity of the replacement", any(gatewayIdentity(otherInstance)), planned.identity)
		expectValue(t, "whether another gateway takes a replacement", true, planned.replaces)
		for _, given := range []fields{identity, {"instance_id": testInstance}} {
			expectValue(t, "the imported identity", any(identity), w.ok(w.imports("", given)).identity)
		}
	})
}

// importScope is what an import ID may begin with.
const importScope = testRegion + "/" + testProject + "/"

func importID(ids ...string) string { return testInstance + "/" + strings.Join(ids, ",") }

// What only a configuration can tell of what was imported makes an update without a call.
func TestConnection_importThenPlan(t *testing.T) {
	onStage(t, mockapig.Config{}, func(_ *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 2)
		m.ask("accepted", ids...)
		s.configure(m.connections("accepted", ids, expecting(partnerDomain), retain,
			`wait_for_endpoints = "1m"`, "timeouts {\n    create = \"1m\"\n  }"))
		s.must("import", resourceName, importID(ids...))
		s.again(updates(
			alters("expected_domain_ids", "null -> ["+partnerDomain+"]"), alters("on_destroy", "reject -> retain"),
			alters("wait_for_endpoints", "3m -> 1m"), alters("timeouts.create", "absent -> 1m"),
		), have("accepted", ids...), scope(testRegion, testProject), m.decided())
	})
}

// Endpoints whose consumers have left are brought in beside others, with the warning that they would have had.
func TestConnection_importGone(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 3)
		m.ask("accepted", ids[0])
		m.ask("deleting", ids[1])
		s.configure(m.connections("accepted", ids))
		s.must("import", resourceName, importID(ids...)).expect(t, 0,
			"Warning: Consumers have left", "- "+ids[1]+" (status deleting", "- "+ids[2]+" (not listed)")
		s.state(recorded(resourceName, map[string]string{ids[0]: "accepted", ids[1]: "", ids[2]: ""}), holds(ids...))
		s.again(empty, m.decided())
	})
}

// What can't be imported, and what the message says to do instead.
func TestConnection_importErrors(t *testing.T) {
	ids := endpointIDs(1, 3)
	const malformed = "An import ID has the form INSTANCE_ID/ENDPOINT_ID[,ENDPOINT_ID…] or, for another region or project than the provider's, REGION/PROJECT_ID/INSTANCE_ID/ENDPOINT_ID[,ENDPOINT_ID…]"
	in := func(statuses ...string) func(*mock) {
		return func(m *mock) {
			for i, status := range statuses {
				m.ask(status, ids[i])
			}
		}
	}
	importing := func(id string, want ...string) messageCase {
		return messageCase{command: []string{"import", resourceName, id}, want: append(want, "Error: ")}
	}
	for name, tc := range map[string]messageCase{
		"undecided": importing(importID(ids...), "Endpoints without a decision can't be imported",
			"On the "+theGateway+", these are not decided: "+line(1, "pendingAcceptance")+" "+line(2, "failed")+
				" Import the others, and declare these in a configuration: an apply decides them.").on(in("pendingAcceptance", "failed", "accepted")),
		"none decided": importing(importID(ids[:2]...), "Endpoints without a decision can't be imported",
			"these are not decided: "+line(1, "pendingAcceptance")+" "+line(2, "failed")+
				" Declare these in a configuration: an apply decides them.").on(in("pendingAcceptance", "failed")),
		"mixed": importing(importID(ids...), "Endpoints of different decisions can't be imported together",
			"these are accepted: "+line(1, "accepted")+" "+line(2, "creating"), "these are rejected: "+line(3, "rejected"),
			"Import them into two resources.").on(in("accepted", "creating", "rejected")),
		"absent": importing(importID(ids[:2]...), "The gateway lists none of the endpoints",
			theGateway+" does not list: "+line(1, "deleting")+" - "+ids[1]+" (not listed)", "there is nothing to import").on(in("deleting")),
		"letter case": importing(importID(strings.ToUpper(ids[0])), "there is nothing to import. "+letterCase),
		"no gateway": importing(importID(ids[0]), "The endpoints can't be imported", "The gateway does not exist", "HTTP 404, APIC.7302",
			requestID, theGateway).on(func(m *mock) { m.RemoveGateway(testInstance) }),
		"forbidden": importing(importID(ids[0]), "The endpoints can't be imported", "`apig:instance:listVpcEndpoint`",
			requestID, theGateway).on(failing(fault(mockapig.OpListConnections, http.StatusForbidden, "APIC.7106", "No permissions"))),
		"one part": importing(testInstance, "Not an import ID", `The ID "`+testInstance+`" has 0 slashes, and takes 1 or 3.`, malformed),
		"another region": importing("elsewhere-1/"+testProject+"/"+importID(ids[0]), "The endpoints can't be imported",
			"endpoints.apig is the address of the API in its own region, "+testRegion),
		"another project": importing(testRegion+"/"+strings.Repeat("0", 32)+"/"+importID(ids[0]), "The endpoints can't be imported", "HTTP 403", requestID),
	} {
		tc.config = accepting(3)
		t.Run(name, tc.run)
	}
}
