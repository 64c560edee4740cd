// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/provider"
)

// inMemory runs a test with a gateway that lists nothing, in memory and on a clock
// of its own, and a provider whose only way out is to it.
func inMemory(t *testing.T, config mockapig.Config, test func(t *testing.T, m *mock, w *walker)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := mockapig.New(config)
		server.AddAccount(mockapig.Account{DomainID: ownerDomain, DomainName: "owner"})
		server.AddProject(mockapig.Project{ID: testProject, Name: testRegion, DomainID: ownerDomain})
		server.AddToken(testToken, mockapig.Token{DomainID: ownerDomain, ProjectID: testProject})
		server.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: testProject})
		m := &mock{Server: server, url: "https://gateway.test"}
		over := newWireOver(t, m, func() tfprotov6.ProviderServer {
			return provider.NewServerWithNetwork("test", server.Transport())
		})
		w := &walker{wire: over, objects: map[string]*instance{}}
		w.inOrder(false)
		test(t, m, w)
	})
}

// passes lets time pass on the test's own clock.
func passes(d time.Duration) { <-time.After(d) }

// data reads a data source.
func (w *wire) data(dataType string, config fields) (fields, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	kind := w.schemas.DataSourceSchemas[dataType].ValueType()
	resp, err := w.server().ReadDataSource(w.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: dataType, Config: w.encode(kind, config)})
	noError(w.t, err)
	read, _ := w.decode(kind, resp.State).(fields)
	return read, resp.Diagnostics
}
