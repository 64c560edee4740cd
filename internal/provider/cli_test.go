// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-version"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/provider"
)

// serveVariable makes the test binary serve the provider, as main does, for a CLI that found it through a development override.
// Each such process leaves its ID in the directory that the variable names.
const serveVariable = "APIG_TEST_SERVE"

// metadataVariable tells a test's provider where the metadata service is.
const metadataVariable = "APIG_TEST_METADATA"

// noMetadata is an address where nobody answers, and which is this machine's own.
const noMetadata = "http://127.0.0.1:9"

// cliTime is far more than any command of a test takes.
const cliTime = 2 * time.Minute

func serveProvider(directory string) error {
	id := filepath.Join(directory, "pid-"+strconv.Itoa(os.Getpid()))
	if err := os.WriteFile(id, nil, 0o600); err != nil {
		return err
	}
	metadata := cmp.Or(os.Getenv(metadataVariable), noMetadata)
	return tf6server.Serve(provider.Address, func() tfprotov6.ProviderServer { return provider.NewServerWithMetadata("test", metadata) })
}

// runner is a CLI, real or on a stage.
type runner interface {
	configure(config string)
	run(arguments ...string) outcome
}

// commands are what is asked of either.
type commands struct {
	runner

	t *testing.T
}

// cli runs the real CLI as a child process in a directory of its own.
type cli struct {
	commands
	path        string
	dir         string // the working directory, with state and plans
	private     string // with processes of the provider: the CLI's configuration, the override, process IDs
	environment []string
	requires    string // providers beside this one
}

// outcome is what came of one command.
type outcome struct {
	code   int
	stdout string
	stderr string
}

// newQuickCLI is newCLI with the provider in the test's own process.
func newQuickCLI(t *testing.T, config string, environment ...string) *cli {
	t.Helper()
	c := emptyCLI(t)
	c.configure(config)
	c.goOnQuickly(environment...)
	return c
}

// goOnQuickly has further commands use a provider in the test's own process.
func (c *cli) goOnQuickly(environment ...string) {
	c.t.Helper()
	c.beside(map[string]func() (tfprotov6.ProviderServer, error){"apig-terraform/apig": func() (tfprotov6.ProviderServer, error) {
		return provider.NewServerIn(provider.Surroundings{Environment: environ(environment...), Hurry: true}), nil
	}})
}

// beside has further commands use these providers, by namespace and type.
func (c *cli) beside(providers map[string]func() (tfprotov6.ProviderServer, error)) {
	c.t.Helper()
	c.environment = append(cleanEnvironment(), "TF_CLI_CONFIG_FILE="+os.DevNull, "TF_REATTACH_PROVIDERS="+reattachables(c.t, providers))
}

// newCLI makes a working directory with a configuration. The provider is in
// processes of its own, as a user has it, found through a development override.
func newCLI(t *testing.T, config string, environment ...string) *cli {
	t.Helper()
	c := emptyCLI(t)
	self, err := os.Executable()
	assert.NilError(t, err)
	// Not the test's directory: its name may hold what GORACE does not take.
	c.private, err = os.MkdirTemp("", "apig") //nolint:usetesting // see above
	assert.NilError(t, err)
	t.Cleanup(func() { assert.NilError(t, os.RemoveAll(c.private)) })
	assert.NilError(t, os.Symlink(self, filepath.Join(c.private, "terraform-provider-apig")))
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides { %q = %q }\n  direct {}\n}\n", "apig-terraform/apig", c.private)
	assert.NilError(t, os.WriteFile(filepath.Join(c.private, "config.tfrc"), []byte(overrides), 0o600))
	races := filepath.Join(c.private, "race")
	c.environment = append(cleanEnvironment(),
		serveVariable+"="+c.private, "GORACE=atexit_sleep_ms=0 log_path="+races,
		"TF_CLI_CONFIG_FILE="+filepath.Join(c.private, "config.tfrc"))
	c.environment = append(c.environment, environment...)
	t.Cleanup(func() {
		if found, _ := filepath.Glob(races + "*"); len(found) > 0 {
			report, _ := os.ReadFile(found[0])
			t.Errorf("the provider's process has a data race:\n%s", report)
		}
	})
	c.configure(config)
	return c
}

func emptyCLI(t *testing.T) *cli {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("an acceptance test: set TF_ACC=1")
	}
	path, err := findCLI()
	assert.NilError(t, err)
	c := &cli{path: path, dir: t.TempDir()}
	c.commands = commands{c, t}
	return c
}

// reattachables serves providers, by namespace and type.
func reattachables(t *testing.T, providers map[string]func() (tfprotov6.ProviderServer, error)) string {
	t.Helper()
	host := cmp.Or(os.Getenv("TF_ACC_PROVIDER_HOST"), "registry.terraform.io")
	addresses := map[string]any{}
	for name, start := range providers {
		serve, err := start()
		assert.NilError(t, err)
		addresses[host+"/"+name] = reattachment(t, host+"/"+name, serve)
	}
	text, err := json.Marshal(addresses)
	assert.NilError(t, err)
	return string(text)
}

func reattachment(t *testing.T, address string, server tfprotov6.ProviderServer) map[string]any {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	configs, ended := make(chan *plugin.ReattachConfig, 1), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- tf6server.Serve(address, func() tfprotov6.ProviderServer { return server },
			tf6server.WithDebug(ctx, configs, ended), tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithoutLogStderrOverride())
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	select {
	case config := <-configs:
		return map[string]any{
			"Protocol": config.Protocol, "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": true,
			"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
		}
	case err := <-failed:
		t.Fatal(err)
		return nil
	}
}

// configure replaces the configuration.
func (c *cli) configure(config string) {
	c.t.Helper()
	assert.NilError(c.t, os.WriteFile(filepath.Join(c.dir, "main.tf"), []byte(requirements(c.requires)+config), 0o600))
}

func requirements(more string) string {
	return "terraform {\n  required_providers {\n    apig = { source = \"apig-terraform/apig\" }\n" + more + "  }\n}\n"
}

var findCLI = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path, nil
	}
	if path, err := exec.LookPath("terraform"); err == nil {
		return path, nil
	}
	return exec.LookPath("tofu")
})

// cleanEnvironment leaves out what would have a say in the CLI's, the provider's or the network's ways.
func cleanEnvironment() []string {
	foreign := regexp.MustCompile(`(?i)^(TF_|HW_|OS_|APIG_|HTTPS?_PROXY|NO_PROXY|ALL_PROXY|GORACE)`)
	return append(slices.DeleteFunc(os.Environ(), foreign.MatchString), "CHECKPOINT_DISABLE=1", "TF_CLI_ARGS=-no-color")
}

// run runs a command to its end.
func (c *cli) run(arguments ...string) outcome {
	c.t.Helper()
	return c.runWith(nil, arguments...)
}

// runWith is run with somebody who waits for the process, to do something to it. It leads a
// group of its own, in which the provider's processes are too.
func (c *cli) runWith(meet func(*os.Process), arguments ...string) outcome {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), cliTime)
	defer cancel()
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, c.path, arguments...)
	command.Dir, command.Env, command.Stdout, command.Stderr = c.dir, c.environment, &stdout, &stderr
	leadGroup(command)
	command.Cancel = func() error { return killGroup(command.Process) }
	command.WaitDelay = 10 * time.Second
	assert.NilError(c.t, command.Start())
	if meet != nil {
		meet(command.Process)
	}
	err := command.Wait()
	assert.Assert(c.t, ctx.Err() == nil, "%v did not end within %s:\n%s%s", arguments, cliTime, stdout.String(), stderr.String())
	assert.Assert(c.t, command.ProcessState != nil, err)
	return outcome{code: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// must runs a command that has to succeed.
func (c commands) must(arguments ...string) outcome {
	c.t.Helper()
	r := c.run(arguments...)
	assert.Assert(c.t, r.code == 0, "%v: exit code %d\n%s", arguments, r.code, r.output())
	return r
}

// plan and apply leave nothing to be asked.
func (c commands) plan(arguments ...string) outcome {
	c.t.Helper()
	return c.run(append([]string{"plan", "-input=false"}, arguments...)...)
}

func (c commands) apply(arguments ...string) outcome {
	c.t.Helper()
	return c.run(append([]string{"apply", "-input=false", "-auto-approve"}, arguments...)...)
}

// newestProvider is the process of the provider that was started last.
func (c *cli) newestProvider() (*os.Process, error) {
	files, err := filepath.Glob(filepath.Join(c.private, "pid-*"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(errors.New("no provider runs"), err)
	}
	newest := slices.MaxFunc(files, func(a, b string) int { return cmp.Compare(modified(a), modified(b)) })
	id, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(newest), "pid-"))
	if err != nil {
		return nil, err
	}
	return os.FindProcess(id)
}

// kills the CLI and the provider, which are in one process group, or the provider alone.
func (c *cli) kills(process *os.Process, all bool) error {
	if all {
		return killGroup(process)
	}
	provider, err := c.newestProvider()
	if err == nil {
		err = provider.Kill()
	}
	return err
}

func modified(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.ModTime().UnixNano()
}

// output is everything that a command printed.
func (r outcome) output() string { return r.stdout + r.stderr }

// boxes are what the CLI draws around a message.
var boxes = regexp.MustCompile(`[╷│╵]`)

// words is what a command printed as one line: without boxes and line breaks, which depend on where the CLI wraps.
func (r outcome) words() string {
	return strings.Join(strings.Fields(boxes.ReplaceAllString(r.output(), " ")), " ")
}

// expect checks the exit code, and that the words hold each of the phrases.
func (r outcome) expect(t *testing.T, code int, phrases ...string) {
	t.Helper()
	assert.Check(t, r.code == code, "exit code %d, want %d", r.code, code)
	assert.Check(t, is.Equal(missing(r.words(), phrases), ""), "missing")
	if t.Failed() {
		t.Logf("the output:\n%s", r.output())
	}
}

// missing is the first of the phrases that a text does not hold, however its lines are wrapped.
func missing(text string, phrases []string) string {
	words := strings.Join(strings.Fields(text), " ")
	for _, phrase := range phrases {
		if !strings.Contains(words, phrase) {
			return phrase
		}
	}
	return ""
}

// expectWords wants a text to hold each of the phrases.
func expectWords(t *testing.T, text string, phrases []string) {
	t.Helper()
	phrase := missing(text, phrases)
	assert.Check(t, phrase == "", "nothing says %q:\n%s", phrase, text)
}

// state checks the state as it is, without a refresh.
func (c *cli) state(checks ...statecheck.StateCheck) {
	c.t.Helper()
	var state tfjson.State
	assert.NilError(c.t, json.Unmarshal([]byte(c.must("show", "-json").stdout), &state))
	checkState(c.t, &state, checks)
}

// planned makes a plan, for applySaved, and checks it.
func (c *cli) planned(checks ...plancheck.PlanCheck) {
	c.t.Helper()
	c.must("plan", "-input=false", "-out=saved.tfplan")
	var plan tfjson.Plan
	assert.NilError(c.t, json.Unmarshal([]byte(c.must("show", "-json", "saved.tfplan").stdout), &plan))
	checkPlanned(c.t, &plan, checks)
}

func (c commands) applySaved() outcome {
	c.t.Helper()
	return c.run("apply", "-input=false", "saved.tfplan")
}

// settled fails the test unless a plan is empty.
func (c commands) settled(arguments ...string) {
	c.t.Helper()
	r := c.plan(append(arguments, "-detailed-exitcode")...)
	assert.Check(c.t, r.code == 0, "the plan is not empty:\n%s", r.output())
}

// skipBelow skips a test that runs the CLI by itself where that is older. Its name has to say so.
func skipBelow(t *testing.T, oldest *version.Version) {
	t.Helper()
	emptyCLI(t)
	running, err := cliVersion()
	assert.NilError(t, err)
	if running.Core().LessThan(oldest) {
		t.Skipf("the CLI is %s, and the test needs %s", running, oldest)
	}
}

// cliVersion asks the CLI once.
var cliVersion = sync.OnceValues(func() (*version.Version, error) {
	path, err := findCLI()
	if err != nil {
		return nil, err
	}
	command := exec.Command(path, "version", "-json")
	command.Env = cleanEnvironment()
	text, err := command.Output()
	var told struct {
		Version string `json:"terraform_version"`
	}
	if err = errors.Join(err, json.Unmarshal(text, &told)); err != nil {
		return nil, err
	}
	return version.NewVersion(told.Version)
})
