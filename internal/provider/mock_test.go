// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/provider"
)

// The gateway that acceptance tests work on, its owner and two consumers.
const (
	testRegion    = "test-1"
	testProject   = "0d0466b0e34f4b26a8b3d0a5e1f7c201"
	testInstance  = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
	otherInstance = "3b9c1d3e5f7041638597a0b1c2d3e4f6" // of the same project, where a test adds it
	testToken     = "secret-token-of-the-owner"
	ownerDomain   = "11111111111111111111111111111111"
	partnerDomain = "22222222222222222222222222222222"
	otherDomain   = "33333333333333333333333333333333"

	resourceName = "apig_vpc_endpoint_connection.test"
	retain       = `on_destroy = "retain"`
)

// TestMain sets what main sets for a provider process.
func TestMain(m *testing.M) {
	if os.Getenv("TF_LOG_SDK_FRAMEWORK") == "" {
		os.Setenv("TF_LOG_SDK_FRAMEWORK", "OFF")
	}
	if directory := os.Getenv(serveVariable); directory != "" {
		if err := serveProvider(directory); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

// mock is a mock gateway of one test, in memory unless it listens on loopback.
type mock struct {
	*mockapig.Server
	url         string
	environment map[string]string // of its providers
	network     http.RoundTripper // what they get to it by, if not as usual
	listens     bool
	instance    bool
	patient     bool // they ask for as long as usual whether a gateway is gone
}

// newMock makes a mock with one gateway that lists nothing.
func newMock(t *testing.T, config mockapig.Config) *mock {
	t.Helper()
	server := mockapig.New(config)
	server.AddAccount(mockapig.Account{
		DomainID: ownerDomain, DomainName: "owner", User: "operator", Password: "secret-password",
		AccessKey: "OWNERACCESSKEY", SecretKey: "secret-secret-key",
	})
	server.AddProject(mockapig.Project{ID: testProject, Name: testRegion, DomainID: ownerDomain})
	server.AddToken(testToken, mockapig.Token{DomainID: ownerDomain, ProjectID: testProject})
	server.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: testProject})
	return &mock{Server: server, url: "https://" + memoryHost}
}

// memoryHost is where a mock is that does not listen.
const memoryHost = "gateway.test"

// newListening is newMock on loopback, for a CLI.
func newListening(t *testing.T, config mockapig.Config) *mock {
	t.Helper()
	m := newMock(t, config)
	listener := httptest.NewServer(m)
	t.Cleanup(listener.Close)
	m.url, m.listens = listener.URL, true
	return m
}

// start gives a provider that is not configured.
func (m *mock) start() tfprotov6.ProviderServer {
	network := m.network
	if network == nil && !m.listens {
		network = surroundings{m}
	}
	around := provider.Surroundings{Network: network, Environment: m.environment, Hurry: !m.patient}
	if m.listens && m.instance {
		around.Metadata = m.url
	}
	return provider.NewServerIn(around)
}

// BeInstance makes the providers' machine an ECS instance, of which the mock is the metadata service.
func (m *mock) BeInstance(domain string, tokens mockapig.MetadataTokens) {
	m.instance = true
	m.Server.BeInstance(domain, tokens)
}

// surroundings are the network in memory, which has the mock and, on an instance, its metadata service.
type surroundings struct{ *mock }

func (s surroundings) RoundTrip(r *http.Request) (*http.Response, error) {
	if !s.instance && r.URL.Hostname() == "169.254.169.254" {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return s.Transport().RoundTrip(r)
}

// inMemory runs a test with a gateway that lists nothing, on a clock of its own.
func inMemory(t *testing.T, config mockapig.Config, test func(t *testing.T, m *mock, w *walker)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMock(t, config)
		m.patient = true
		w := newWalker(t, m, connectionType)
		w.inOrder(false)
		test(t, m, w)
	})
}

// onStage likewise runs a test on a stage.
func onStage(t *testing.T, config mockapig.Config, test func(t *testing.T, m *mock, s *stage)) {
	t.Helper()
	inMemory(t, config, func(t *testing.T, m *mock, _ *walker) { test(t, m, newStage(t, m, "")) })
}

// runInMemory and runOnStage run a case of a test so.
func runInMemory(t *testing.T, name string, config mockapig.Config, test func(t *testing.T, m *mock, w *walker)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { inMemory(t, config, test) })
}

func runOnStage(t *testing.T, name string, config mockapig.Config, test func(t *testing.T, m *mock, s *stage)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { onStage(t, config, test) })
}

// passes lets time pass on the test's own clock.
func passes(d time.Duration) { <-time.After(d) }

// endpointID is the n-th test endpoint's.
func endpointID(n int) string { return fmt.Sprintf("9fa04c5e-64ec-4106-a014-%012x", n) }

func endpointIDs(from, to int) []string {
	var ids []string
	for n := from; n <= to; n++ {
		ids = append(ids, endpointID(n))
	}
	return ids
}

// ask has the partner ask for connections, in a status.
func (m *mock) ask(status string, ids ...string) {
	for _, id := range ids {
		m.Connect(testInstance, mockapig.Connection{ID: id, DomainID: partnerDomain, Status: status})
	}
}

// stanza is a block of a configuration.
func stanza(head string, lines ...string) string {
	return "\n" + head + " {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// about is a block about the gateway.
func about(what, kind, name string, arguments ...string) string {
	return stanza(fmt.Sprintf("%s %q %q", what, kind, name), append([]string{fmt.Sprintf("instance_id = %q", testInstance)}, arguments...)...)
}

func providerBlock(arguments ...string) string { return stanza(`provider "apig"`, arguments...) }

// becomes has connections be in a status, whatever they were.
func (m *mock) becomes(status string, ids ...string) {
	for _, id := range ids {
		m.SetStatus(testInstance, id, status)
	}
}

// addresses have a provider talk to the mock.
func (m *mock) addresses() string {
	return fmt.Sprintf("endpoints = { apig = %q, iam = %q, sts = %q }", m.url, m.url, m.url)
}

// provider is a provider block for the mock.
func (m *mock) provider(arguments ...string) string {
	return providerBlock(append([]string{withRegion, withProject, withToken, m.addresses()}, arguments...)...)
}

// connections is a configuration of the resource under test.
func (m *mock) connections(desired string, ids []string, arguments ...string) string {
	return m.provider() + block("test", desired, hclList(ids), arguments...)
}

func hclList(ids []string) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = fmt.Sprintf("%q", id)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// status is what the mock has for an endpoint, "" when it lists nothing.
func (m *mock) status(id string) string {
	c, ok := m.Connection(testInstance, id)
	if !ok {
		return ""
	}
	return c.Status
}

// decisions are the calls that decided, as "receive 50" or "reject 1".
func (m *mock) decisions() []string {
	var calls []string
	for _, call := range m.Journal() {
		if call.Operation == mockapig.OpAcceptOrReject {
			calls = append(calls, fmt.Sprintf("%s %d", call.Action, len(call.Endpoints)))
		}
	}
	return calls
}

// factories serve the provider in the test's own process.
var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"apig": func() (tfprotov6.ProviderServer, error) {
		return provider.NewServerWithMetadata("test", noMetadata), nil
	},
}

// block is a resource block of the name, for configurations that hold several. The endpoints are an expression.
func block(name, desired, endpoints string, arguments ...string) string {
	arguments = append([]string{fmt.Sprintf("desired_status = %q", desired), "endpoints = " + endpoints}, arguments...)
	return about("resource", connectionType, name, arguments...)
}

func address(name string) string { return "apig_vpc_endpoint_connection." + name }

// expectDecisions fails the test unless these are the calls that decided since the journal's last reset, in this order.
func (m *mock) expectDecisions(t *testing.T, want ...string) {
	t.Helper()
	assert.Check(t, is.DeepEqual(want, m.decisions()), "decisions")
}

// decided is a state check of the calls that decided since the last such check,
// in any order: those of one round travel at the same time.
func (m *mock) decided(want ...string) statecheck.StateCheck {
	return stateCheck(func(*tfjson.State) error {
		defer m.ResetJournal()
		return unlike("decisions", slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(m.decisions())))
	})
}

// expectStatuses fails the test unless the gateway has the status for all of the endpoints; "" means that it lists none of them.
func (m *mock) expectStatuses(t *testing.T, want string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		assert.Check(t, is.Equal(m.status(id), want), id)
	}
}

// refusing is a fault of calls that decide.
func refusing(action, endpoint string, times, status int, code string) mockapig.Fault {
	return mockapig.Fault{
		Operation: mockapig.OpAcceptOrReject, Action: action, Endpoint: endpoint, Times: times,
		Status: status, Code: code, Message: "not now",
	}
}
