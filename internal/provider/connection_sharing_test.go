// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Gateways of several regions and projects under one provider block: each is decided by itself.
func TestConnection_manyGateways(t *testing.T) {
	onStage(t, mockapig.Config{Creating: 100 * time.Millisecond}, func(t *testing.T, m *mock, s *stage) {
		config := strings.Replace(m.placed("user_name = \"operator\"\n  password = \"secret-password\"\n  domain_name = \"owner\""), m.url, m.url+"/{region}", 1)
		m.network = byRegion{m.Transport()}
		for r := 2; r <= 5; r++ {
			region, project := fmt.Sprintf("test-%d", r), fmt.Sprintf("%032x", r)
			m.AddProject(mockapig.Project{ID: project, Name: region, DomainID: ownerDomain})
			for g := range 3 {
				instance := fmt.Sprintf("%028x%04x", r, g)
				m.AddGateway(mockapig.Gateway{ID: instance, ProjectID: project})
				ids := endpointIDs(r*1000+g*100+1, r*1000+g*100+50)
				for _, id := range ids {
					m.Connect(instance, mockapig.Connection{ID: id, DomainID: partnerDomain})
				}
				config += strings.Replace(block(fmt.Sprintf("r%dg%d", r, g), "accepted", hclList(ids), inRegion(region)), testInstance, instance, 1)
			}
		}
		s.configure(config)
		s.must("apply")
		assert.Check(t, is.Equal(m.Count(mockapig.OpAcceptOrReject), 12), "calls for 12 gateways: %v", m.decisions())
		listings := map[string]int{}
		for _, call := range m.Journal() {
			if call.Operation == mockapig.OpListConnections {
				listings[call.Path]++
			}
		}
		for path, n := range listings {
			assert.Check(t, n <= 8, "%d listings of %s", n, path)
		}
		m.ResetJournal()
		s.settled()
		assert.Check(t, is.Equal(m.Count(mockapig.OpListConnections), 12), "listings of a plan that changes nothing")
	})
}

// byRegion is a network where the API of each region has a path of its own.
type byRegion struct{ http.RoundTripper }

func (n byRegion) RoundTrip(r *http.Request) (*http.Response, error) {
	if region, path, ok := strings.Cut(r.URL.Path[1:], "/"); ok && strings.HasPrefix(region, "test-") {
		r.URL.Path = "/" + path
	}
	return n.RoundTripper.RoundTrip(r)
}

// What comes after something else in an apply sees what that has changed, be it long
// after the run's own last listing: of connections and of permissions, whole or narrowed.
func TestFreshness_inAnApply(t *testing.T) {
	t.Parallel()
	gw := fields{"instance_id": testInstance}
	late := endpointID(2)
	reads := func(kind, list string, config fields) func(t *testing.T, w *walker) any {
		return func(t *testing.T, w *walker) any {
			t.Helper()
			read, diags := w.data(kind, config)
			expectNoDiagnostics(t, diags)
			return read[list]
		}
	}
	filtered := func(filter fields) fields { return with(gw, "filter", filter) }
	for name, test := range map[string]struct {
		status string // of the endpoint that comes late
		sees   func(t *testing.T, w *walker) any
		want   any
	}{
		"data source by account":     {"pendingAcceptance", reads(connectionType+"s", "endpoints", filtered(fields{"domain_ids": listOf(otherDomain)})), listOf(late)},
		"data source by endpoint":    {"pendingAcceptance", reads(connectionType+"s", "endpoints", filtered(fields{"endpoints": listOf(late)})), listOf(late)},
		"data source of permissions": {"accepted", reads(permissionsType, "domain_ids", gw), listOf(ownerDomain, partnerDomain, otherDomain)},
		"exclusive resource": {"accepted", func(t *testing.T, w *walker) any {
			t.Helper()
			undeclared, _ := w.of(exclusiveType).create(with(gw, "endpoints", listOf(endpointID(1)))).state.(fields)["undeclared"].(fields)
			return slices.Collect(maps.Keys(undeclared))
		}, []string{late}},
		"action": {"pendingAcceptance", func(t *testing.T, w *walker) any {
			t.Helper()
			progress, diags := w.invoke(decisionType, decide("accepted", fields{"domain_ids": listOf(otherDomain)}))
			expectNoDiagnostics(t, diags)
			return len(progress)
		}, 2},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.ask("pendingAcceptance", endpointID(1))
			w.walk()
			w.create(accepted(endpointID(1)))
			w.of(permissionsType).create(permitting(partnerDomain))
			passes(40 * time.Second)
			m.Connect(testInstance, mockapig.Connection{ID: late, DomainID: otherDomain, Status: test.status})
			m.Permit(testInstance, otherDomain)
			passes(5 * time.Second)
			expectValue(t, "what is seen", test.want, test.sees(t, w))
		})
	}
}

// What reads, plans and imports shares a listing for a whole walk, however long it takes, and so does a query: all of it is to
// show one picture. Data sources share one that began a moment before.
func TestFreshness_shared(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 6)
		m.ask("accepted", ids...)
		made := w.create(accepted(ids[0]))
		w.walk()
		m.ResetJournal()
		listings := func(what string, want int) {
			t.Helper()
			assert.Check(t, is.Equal(m.Count(mockapig.OpListConnections), want), what)
			passes(time.Minute)
		}
		w.ok(w.read(made))
		listings("a read", 1)
		w.ok(w.plan(made, accepted(ids[0], ids[1])))
		w.ok(w.plan(object{}, accepted(ids[2])))
		w.ok(w.of(exclusiveType).plan(object{}, excluding(ids...)))
		listings("plans", 1)
		w.ok(w.imports(testInstance+"/"+ids[3], nil))
		_, diags := w.list(fields{"instance_id": testInstance}, 10, false)
		expectNoDiagnostics(t, diags)
		listings("an import and a query", 1)
		for range 100 {
			_, diags = w.data("apig_vpc_endpoint_connections", fields{"instance_id": testInstance})
			expectNoDiagnostics(t, diags)
			passes(10 * time.Millisecond)
		}
		listings("data sources", 2)
	})
}

const (
	otherRegion  = "test-2"
	otherProject = "9f1c8b7a6d5e4f30a2b1c0d9e8f7a6b5"
)

// hasTwo adds another region, whose project or the first one's has the gateway.
func (m *mock) hasTwo(gatewayIn string) {
	m.AddProject(mockapig.Project{ID: otherProject, Name: otherRegion, DomainID: ownerDomain})
	m.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: gatewayIn})
}

// signed is a provider block with an access key, which gets at every project.
func (m *mock) signed(arguments ...string) string {
	return providerBlock(append([]string{`access_key = "OWNERACCESSKEY"`, `secret_key = "secret-secret-key"`, m.addresses()}, arguments...)...)
}

func inRegion(region string) string   { return fmt.Sprintf("region = %q", region) }
func inProject(project string) string { return fmt.Sprintf("project_id = %q", project) }

// scope is a state check.
func scope(region, project string) all {
	return all{stateAt(resourceName, region, "region"), stateAt(resourceName, project, "project_id")}
}

// derived makes a value that is known after the apply only.
func derived(name, value string) string {
	return fmt.Sprintf("\nresource \"terraform_data\" %q {\n  input = %q\n}\n", name, value)
}

// What the provider does not know yet, a create plans as unknown; an existing resource keeps what its state says.
func TestConnection_scopeUnknown(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.hasTwo(testProject)
		ids := endpointIDs(1, 2)
		m.ask("accepted", ids...)
		// The provider's default changes in the second step, and is unknown until then.
		config := func(project string) string {
			return derived("region", testRegion) + derived("project", project) +
				m.signed("region = terraform_data.region.output", "project_id = terraform_data.project.output") +
				block("test", "accepted", hclList(ids))
		}
		s.then(config(testProject), unknownAt(resourceName, "region"), unknownAt(resourceName, "project_id"), func() {
			assert.Check(t, is.Len(m.Journal(), 0), "calls for a gateway that is not known yet")
		}, scope(testRegion, testProject))
		s.then(config(otherProject), plancheck.ExpectResourceAction("terraform_data.project", plancheck.ResourceActionUpdate),
			plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionNoop), scope(testRegion, testProject), have("accepted", ids...), m.decided())
		s.destroys(m.decided("reject 2"))
	})
}

// When the provider's own region or project changes, an existing resource stays
// where it is. An address for the new region only can't be its.
func TestConnection_scopeChanges(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.hasTwo(testProject)
		ids := endpointIDs(1, 2)
		m.ask("accepted", ids...)
		resources := block("test", "accepted", hclList(ids), retain)
		s.then(m.signed(inRegion(testRegion))+resources, scope(testRegion, testProject)) // whose project is looked up
		s.then(m.signed(inRegion(testRegion), inProject(otherProject))+resources, empty, scope(testRegion, testProject))
		s.then(m.signed()+resources, empty)
		s.fails(m.signed(inRegion(otherRegion))+resources, "The endpoints can't be read", "endpoints.apig", otherRegion, testRegion)
		// Its own arguments do move it.
		m.ResetJournal()
		s.then(m.signed()+block("test", "accepted", hclList(ids), retain, inRegion(otherRegion), inProject(testProject)),
			plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionReplace), scope(otherRegion, testProject), m.decided())
	})
}

// In another region than the provider's, the project is that region's own, which is looked up in IAM once for all resources.
func TestConnection_scopeOtherRegion(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.hasTwo(otherProject)
		ids := endpointIDs(1, 2)
		m.ask("accepted", ids...)
		resources := block("test", "accepted", hclList(ids[:1]), inRegion(otherRegion), retain) + block("more", "accepted", hclList(ids[1:]), inRegion(otherRegion), retain)
		lookups := func(want int) func() {
			return func() {
				t.Helper()
				n := 0
				for _, call := range m.Journal() {
					if call.Operation == mockapig.OpListProjects && strings.Contains("&"+call.Query+"&", "&name="+otherRegion+"&") {
						n++
					}
				}
				assert.Check(t, n == want, "%d lookups of the other region's project, want %d", n, want)
				m.ResetJournal()
			}
		}
		// The provider's own project does not count there. That the address of its region does not either, is said.
		s.fails(m.signed(inRegion(testRegion), inProject(testProject))+resources, "endpoints.apig", testRegion, otherRegion, "alias")
		lookups(1)()
		s.then(m.signed()+resources, knownAt(resourceName, otherProject, "project_id"), lookups(1), scope(otherRegion, otherProject))
		m.ResetJournal()
		s.again(empty, lookups(0)) // the state has it
	})
}
