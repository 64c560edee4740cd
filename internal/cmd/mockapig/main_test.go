// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// client has connections of its own, so that no other test's are in its way.
var client = &http.Client{Transport: &http.Transport{}}

// start runs the command until the test ends or stop is called, which gives run's error.
func start(t *testing.T, args ...string) (base, printed string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), writer, io.Discard)
		ended <- errors.Join(err, writer.Close())
	}()
	var text strings.Builder
	for lines := bufio.NewScanner(reader); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "/mock/fail-acceptance") { // the last line with words
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	base = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(text.String())
	stop = func() error {
		cancel()
		err := <-ended
		ended <- err // for whoever asks again
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return base, text.String(), stop
}

func fetch(t *testing.T, method, url, body, token string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	assert.NilError(t, err)
	if token != "" {
		r.Header.Set("X-Auth-Token", token)
	}
	response, err := client.Do(r)
	assert.NilError(t, err)
	defer func() { _ = response.Body.Close() }()
	got, err := io.ReadAll(response.Body)
	assert.NilError(t, err)
	return response.StatusCode, string(got)
}

func TestServesTheDemo(t *testing.T) {
	base, printed, stop := start(t)
	seed := mockapig.DemoSeed()
	gateway, project := seed.Gateways[0], seed.Projects[0].ID
	for _, says := range []string{
		base + "/v3", `region     = "demo-1"`, fmt.Sprintf("project_id = %q", project), gateway.ID,
		"30 pendingAcceptance", " 8 pendingAcceptance", "/mock/connect", "/mock/disconnect", "/mock/status", "/mock/permit", "/mock/refuse", "/mock/journal", "/mock/connections",
	} {
		assert.Check(t, strings.Contains(printed, says), "%q is not in:\n%s", says, printed)
	}
	owner := seed.Accounts[0]
	for _, secret := range []string{owner.Password, owner.SecretKey, owner.AccessKey, seed.Tokens[0].Value} {
		assert.Check(t, !strings.Contains(printed, secret), "a secret is in:\n%s", printed)
	}
	url := base + "/v2/" + project + "/apigw/instances/" + gateway.ID + "/vpc-endpoint/connections"
	status, body := fetch(t, http.MethodGet, url, "", seed.Tokens[0].Value)
	assert.Check(t, status == http.StatusOK && strings.Contains(body, `"total":68`), "the API: %d %s", status, body)
	change := fmt.Sprintf(`{"endpoint":%q,"status":"rejected"}`, gateway.Connections[0].ID)
	status, body = fetch(t, http.MethodPost, base+"/mock/status", change, "")
	assert.Check(t, status == http.StatusOK && strings.Contains(body, "rejected"), "the console user: %d %s", status, body)
	status, body = fetch(t, http.MethodGet, base+"/mock/journal", "", "")
	assert.Check(t, status == http.StatusOK && strings.Count(body, "listConnections") == 1, "the journal: %d %s", status, body)
	status, _ = fetch(t, http.MethodGet, strings.Replace(url, gateway.ID, "..", 1), "", seed.Tokens[0].Value)
	assert.Check(t, status == http.StatusNotFound, "a path that could be cleaned: %d", status)
	assert.Check(t, stop(), "it ended with")
}

// TestEndsWithACallUnderWay checks that nothing waits for a call that is being delayed.
func TestEndsWithACallUnderWay(t *testing.T) {
	base, _, stop := start(t, "-latency", "1h")
	arrived := make(chan error, 1)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/v3/projects", nil)
	assert.NilError(t, err)
	go func() {
		response, err := client.Do(r)
		if err == nil {
			_ = response.Body.Close()
		}
		arrived <- err
	}()
	for { // until the call is in the journal
		if _, body := fetch(t, http.MethodGet, base+"/mock/journal", "", ""); strings.Contains(body, "listProjects") {
			break
		}
	}
	assert.Check(t, stop(), "it ended with")
	assert.Check(t, <-arrived != nil, "the call was answered")
}

// TestEndsWithAnUnusedConnection checks that nothing waits for a connection that a client has opened and not used, as
// Go's own client does where a connection becomes free while it dials.
func TestEndsWithAnUnusedConnection(t *testing.T) {
	base, _, stop := start(t)
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "http://"))
	assert.NilError(t, err)
	defer func() { _ = connection.Close() }()
	// The server takes connections in their order: whoever is answered now came after the unused one.
	client.CloseIdleConnections()
	fetch(t, http.MethodGet, base+"/mock/journal", "", "")
	assert.Check(t, stop(), "it ended with")
}

func TestSeedFile(t *testing.T) {
	seed := mockapig.Seed{
		Region:   "elsewhere-1",
		Accounts: []mockapig.Account{{DomainID: "d", DomainName: "owner"}},
		Projects: []mockapig.Project{{ID: "p", Name: "elsewhere-1", DomainID: "d"}},
		Gateways: []mockapig.SeedGateway{
			{Gateway: mockapig.Gateway{ID: "empty", ProjectID: "p"}},
			{Gateway: mockapig.Gateway{ID: "g", ProjectID: "p"}, Connections: []mockapig.Connection{{ID: "a"}, {ID: "b", Status: "failed"}}},
		},
	}
	file := filepath.Join(t.TempDir(), "seed.json")
	text, err := json.Marshal(seed)
	assert.NilError(t, err)
	assert.NilError(t, os.WriteFile(file, text, 0o600))
	_, printed, _ := start(t, "-seed-file", file, "-behavior", "hostile", "-creating", "1s")
	for _, says := range []string{`"elsewhere-1"`, "Gateway empty has\n  no connections", "1 pendingAcceptance of account", "1 failed of account"} {
		assert.Check(t, strings.Contains(printed, says), "%q is not in:\n%s", says, printed)
	}
}

func TestRefusesToStart(t *testing.T) {
	for _, address := range []string{"127.0.0.1:8787", "127.9.9.9:0", "[::1]:8787", "localhost:8787"} {
		assert.Check(t, checkLoopback(address), address)
	}
	bad, absent := filepath.Join(t.TempDir(), "bad.json"), filepath.Join(t.TempDir(), "none.json")
	assert.NilError(t, os.WriteFile(bad, []byte(`{"gateways":[{"id":"g","project_id":"nobody's"}]}`), 0o600))
	for _, tc := range []struct {
		says string
		args []string
	}{
		{"not a loopback address", []string{"-listen", "0.0.0.0:0"}},
		{"not a loopback address", []string{"-listen", ":0"}},
		{"not a loopback address", []string{"-listen", "[::]:0"}},
		{"not a loopback address", []string{"-listen", "192.0.2.1:0"}},
		{"not a loopback address", []string{"-listen", "example.test:0"}},
		{"missing port", []string{"-listen", "127.0.0.1"}},
		{"invalid port", []string{"-listen", "127.0.0.1:70000"}},
		{"no such behavior", []string{"-behavior", "kind"}},
		{"negative", []string{"-latency", "-1s"}},
		{"negative", []string{"-creating", "-1s"}},
		{"invalid value", []string{"-latency", "soon"}},
		{"unexpected argument", []string{"serve"}},
		{"open " + absent + ": ", []string{"-seed-file", absent}},
		{"no such project", []string{"-seed-file", bad}},
	} {
		assert.Check(t, is.ErrorContains(run(t.Context(), tc.args, io.Discard, io.Discard), tc.says), "%v", tc.args)
	}
	var help strings.Builder
	err := run(t.Context(), []string{"-h"}, io.Discard, &help)
	assert.Check(t, errors.Is(err, flag.ErrHelp) && strings.Contains(help.String(), "hostile"), "-h: %v, %s", err, help.String())
}
