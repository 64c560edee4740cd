// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// asChild makes the test's executable do what a test needs a process for.
const asChild = "APIG_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, "child failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child makes a call over HTTP/2 that carries a secret both ways.
func child() error {
	silence()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Subject-Token", "made-secret")
		fmt.Fprint(w, `{"securitytoken":"body-secret"}`)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	request, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(`{"password":"pass-secret"}`))
	if err != nil {
		return err
	}
	request.Header.Set("X-Auth-Token", "token-secret")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.ProtoMajor != 2 {
		return fmt.Errorf("HTTP/%d", answer.ProtoMajor)
	}
	fmt.Fprintln(os.Stdout, "called")
	return nil
}

// What Go prints of HTTP/2 for debugging, headers and bodies, stays unprinted.
func TestHTTP2DebugPrintsNothing(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"1", "2"} {
		command := exec.CommandContext(t.Context(), os.Args[0])
		command.Env = append(os.Environ(), asChild+"=1", "GODEBUG=http2debug="+level)
		var stdout, stderr bytes.Buffer
		command.Stdout, command.Stderr = &stdout, &stderr
		err := command.Run()
		assert.Assert(t, err == nil && strings.Contains(stdout.String(), "called"), "%v\n%s", err, stderr.String())
		text := stderr.String()
		assert.Check(t, !strings.Contains(text, "secret") && text == "", "http2debug=%s printed %d bytes: %.200s", level, len(text), text)
	}
}

func TestPercentFor(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{
		0: 400, 1 << 20: 400, 51 << 20: 400, 64 << 20: 300, 100 << 20: 156, 128 << 20: 100, 200 << 20: 100, 256 << 20: 100, 1 << 40: 100,
	} {
		got := percentFor(live)
		assert.Check(t, got == want, "%d MiB in use: %d percent, want %d", live>>20, got, want)
	}
}

// kept is what the heap of a test holds.
var kept []byte

// Once the heap is larger than the memory to use, the collector is as in any other program, and no limit makes it run without pause.
func TestCollectLazily(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetGCPercent(-1)
	defer debug.SetGCPercent(before)
	collectLazily()
	limit := debug.SetMemoryLimit(-1)
	assert.Check(t, limit >= 1<<40, "memory is limited to %d bytes", limit)
	percent := func() int {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	got := percent()
	assert.Check(t, got == lazy, "%d percent at first", got)
	kept = make([]byte, 300<<20)
	for range 1000 {
		runtime.GC()
		if percent() == usual {
			kept = nil
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d percent with a large heap", percent())
}

func TestBuild(t *testing.T) {
	t.Parallel()
	revision := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "f00d"}}
	for name, tc := range map[string]struct {
		version, commit         string // as the linker was told
		info                    *debug.BuildInfo
		wantVersion, wantCommit string
	}{
		"release":    {"1.2.3", "beef", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: revision}, "1.2.3", "beef"},
		"go install": {"", "", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "1.2.3", ""},
		"go build":   {"", "", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: revision}, "dev", "f00d"},
		"unknown":    {"", "", nil, "dev", ""},
	} {
		gotVersion, gotCommit := build(tc.version, tc.commit, tc.info)
		assert.Check(t, gotVersion == tc.wantVersion && gotCommit == tc.wantCommit, "%s: version %q, commit %q", name, gotVersion, gotCommit)
	}
}
