// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func TestLocate(t *testing.T) {
	path := func(installed ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			if slices.Contains(installed, name) {
				return "/bin/" + name, nil
			}
			return "", exec.ErrNotFound
		}
	}
	for name, test := range map[string]struct {
		chosen string
		path   func(string) (string, error)
		want   string
	}{
		"chosen":    {chosen: "/opt/tofu", path: path("terraform"), want: "/opt/tofu"},
		"terraform": {path: path("tofu", "terraform"), want: "/bin/terraform"},
		"tofu":      {path: path("tofu"), want: "/bin/tofu"},
	} {
		got, err := locate(test.chosen, test.path)
		assert.Check(t, err == nil && got == test.want, "%s: %q, %v; want %q", name, got, err, test.want)
	}
	_, err := locate("", path())
	assert.Check(t, err != nil && strings.Contains(err.Error(), "neither terraform nor tofu"), "neither: %v", err)
}

func TestDescribe(t *testing.T) {
	for name, test := range map[string]struct{ told, want, wantErr string }{
		"terraform": {told: "Terraform v1.11.4\non linux_amd64", want: "Terraform 1.11.4"},
		"tofu":      {told: "OpenTofu v1.12.6\non linux_amd64", want: "OpenTofu 1.12.6"},
		"dev":       {told: "Terraform v1.15.0-dev", want: "Terraform 1.15.0-dev"},
		"old":       {told: "Terraform v0.15.5", wantErr: "needs 1.0 or newer"},
		"no CLI":    {told: "usage: x", wantErr: "does not tell its version"},
		"nonsense":  {told: "Terraform vone", wantErr: `its version is "one"`},
	} {
		got, err := describe("/bin/x", test.told)
		if test.wantErr != "" {
			assert.Check(t, is.ErrorContains(err, test.wantErr), name)
			continue
		}
		assert.Check(t, err == nil && got.String() == test.want, "%s: %q, %v; want %q", name, got, err, test.want)
	}
}

func TestEnvironment(t *testing.T) {
	got := Environment([]string{
		"HOME=/root", "TF_CLI_CONFIG_FILE=/none", "TF_VAR_x=1", "TF_LOG=TRACE", "TF_LOG_PROVIDER=DEBUG",
		"HW_ACCESS_KEY=a", "OS_CACERT=b", "OS_NAME=c", "MY_TF_X=d",
	}, "TF_CLI_CONFIG_FILE=mine")
	want := []string{"HOME=/root", "TF_LOG=TRACE", "TF_LOG_PROVIDER=DEBUG", "OS_NAME=c", "MY_TF_X=d", "TF_CLI_CONFIG_FILE=mine"}
	assert.Check(t, is.DeepEqual(want, got))
}

func TestRoot(t *testing.T) {
	root, err := Root()
	assert.NilError(t, err)
	_, err = os.Stat(filepath.Join(root, "main.go"))
	assert.Check(t, err)
	t.Chdir(t.TempDir())
	root, err = Root()
	assert.Check(t, err != nil, "outside of the repository: %q", root)
}

// pretender is the variable that makes the test binary a CLI.
const pretender = "APIG_TEST_PRETENDER"

func TestMain(m *testing.M) {
	switch os.Getenv(pretender) {
	case "":
		os.Exit(m.Run())
	case "plan":
		fmt.Fprintln(os.Stdout, strings.Join(os.Args[1:], " "), os.Getenv("TF_CLI_CONFIG_FILE"), os.Getenv("TF_DATA_DIR"))
		fmt.Fprintln(os.Stderr, "complaint")
		os.Exit(2)
	case "wait":
		interrupts := make(chan os.Signal, 1)
		signal.Notify(interrupts, os.Interrupt)
		fmt.Fprintln(os.Stdout, "started")
		<-interrupts
		fmt.Fprintln(os.Stdout, "ending")
		os.Exit(1)
	}
}

// pretend makes a CLI of the test binary.
func pretend(t *testing.T, what string) Workspace {
	t.Helper()
	self, err := os.Executable()
	assert.NilError(t, err)
	return Workspace{CLI: CLI{Path: self}, Dir: t.TempDir(), Config: "the.tfrc", Env: []string{pretender + "=" + what}}
}

func TestWorkspace_Run(t *testing.T) {
	t.Setenv("TF_DATA_DIR", "elsewhere")
	w := pretend(t, "plan")
	var stdout, stderr bytes.Buffer
	code, err := w.Run(t.Context(), &stdout, &stderr, "plan", "-x")
	assert.Check(t, code == 2 && err == nil && stdout.String() == "plan -x the.tfrc \n" && stderr.String() == "complaint\n",
		"code %d, %v, %q, %q", code, err, stdout.String(), stderr.String())

	w.CLI.Path = filepath.Join(t.TempDir(), "missing")
	_, err = w.Run(t.Context(), &stdout, &stderr, "plan")
	assert.Check(t, is.ErrorContains(err, "running missing plan"))
}

// A CLI that is interrupted gets the chance to end.
func TestWorkspace_Run_interrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there, only the terminal interrupts")
	}
	limit, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ctx, cancel := context.WithCancelCause(limit)
	defer cancel(nil)
	reason := errors.New("enough")
	var got bytes.Buffer
	watch := &watcher{func(p []byte) {
		if got.Write(p); strings.Contains(got.String(), "started") {
			cancel(reason)
		}
	}}
	begin := time.Now()
	_, err := pretend(t, "wait").Run(ctx, watch, watch, "apply")
	assert.Check(t, errors.Is(err, reason) && strings.Contains(got.String(), "ending"), "%v, want %v; told %q", err, reason, got.String())
	took := time.Since(begin)
	assert.Check(t, took <= interruptTime, "it took %s", took)
}

func TestCopyConfiguration(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	for _, name := range []string{"main.tf", "endpoints.json", "terraform.tfstate", "my.tfvars", ".terraform.lock.hcl"} {
		assert.NilError(t, os.WriteFile(filepath.Join(from, name), []byte(name), 0o600))
	}
	assert.NilError(t, os.Mkdir(filepath.Join(from, "sub.tf"), 0o700))
	assert.NilError(t, CopyConfiguration(to, from))
	entries, err := os.ReadDir(to)
	assert.NilError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	assert.Check(t, is.DeepEqual([]string{"endpoints.json", "main.tf"}, names))
}

// watcher is told of what is written.
type watcher struct{ told func(p []byte) }

func (w *watcher) Write(p []byte) (int, error) { w.told(p); return len(p), nil }
