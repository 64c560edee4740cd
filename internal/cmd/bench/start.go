// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
)

const (
	times = 15 // that each is started; the medians are told

	// maxOverEmpty is by how much more CPU time a start may take than that of an empty provider.
	maxOverEmpty = 1.25
)

// start is what it takes to start a provider and have its schema.
type start struct {
	name   string
	cpu    time.Duration // user's and system's, to the end of the process
	wall   time.Duration // to the schema
	binary int64         // bytes of the executable
}

// starters are the providers that are started, by their packages.
var starters = []struct{ name, from string }{{"this provider", "."}, {"the framework's empty one", "./internal/cmd/bench/empty"}}

// started measures starts of this provider and of an empty one, built as for a release and asked as the CLI asks them.
func (b bench) started(ctx context.Context) (all starts, err error) {
	root, err := cli.Root()
	if err != nil {
		return nil, err
	}
	for n, starter := range starters {
		executable := filepath.Join(b.dir, fmt.Sprintf("start-%d", n))
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "grpcnotrace", "-ldflags", "-s -w", "-o", executable, starter.from)
		build.Dir = root
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building %s: %w\n%s", starter.name, err, said)
		}
		s, err := startOften(ctx, executable)
		if err != nil {
			return nil, fmt.Errorf("starting %s: %w", starter.name, err)
		}
		s.name = starter.name
		all = append(all, s)
	}
	return all, nil
}

func startOften(ctx context.Context, executable string) (start, error) {
	file, err := os.Stat(executable)
	if err != nil {
		return start{}, err
	}
	var cpus, walls []time.Duration
	for range times {
		s, err := startOnce(ctx, executable)
		if err != nil {
			return start{}, err
		}
		cpus, walls = append(cpus, s.cpu), append(walls, s.wall)
	}
	slices.Sort(cpus)
	slices.Sort(walls)
	return start{cpu: cpus[times/2], wall: walls[times/2], binary: file.Size()}, nil
}

func startOnce(ctx context.Context, executable string) (s start, err error) {
	command := exec.CommandContext(ctx, executable)
	command.Env = cli.Environment(os.Environ())
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			MagicCookieKey:   "TF_PLUGIN_MAGIC_COOKIE",
			MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		},
		VersionedPlugins: map[int]plugin.PluginSet{6: {}},
		Cmd:              command,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		Logger:           hclog.NewNullLogger(),
	})
	defer func() {
		client.Kill()
		switch state := command.ProcessState; {
		case err != nil:
		case state == nil:
			err = errors.New("its process did not end")
		default:
			s.cpu = state.UserTime() + state.SystemTime()
		}
	}()
	begin := time.Now()
	protocol, err := client.Client()
	if err != nil {
		return start{}, err
	}
	connected, ok := protocol.(*plugin.GRPCClient)
	if !ok {
		return start{}, errors.New("it does not speak gRPC")
	}
	// The question is empty, and of the answer no field needs to be known.
	var schema emptypb.Empty
	if err := connected.Conn.Invoke(ctx, "/tfplugin6.Provider/GetProviderSchema", &emptypb.Empty{}, &schema); err != nil {
		return start{}, err
	}
	s.wall = time.Since(begin)
	if len(schema.ProtoReflect().GetUnknown()) == 0 {
		return start{}, errors.New("its schema is empty")
	}
	return s, nil
}

// starts are those of this provider, and of others.
type starts []start

func (s starts) targets() []verdict {
	ratio := s[0].cpu.Seconds() / max(s[1].cpu, time.Millisecond).Seconds()
	return []verdict{{ratio <= maxOverEmpty, fmt.Sprintf("start: %.2f times the CPU time of an empty provider, at most %.2f", ratio, maxOverEmpty)}}
}

func (s starts) table() string {
	rows := append(make([][]string, 0, 1+len(s)), []string{"start", "to schema ms", "CPU ms", "executable MiB"})
	for _, one := range s {
		rows = append(rows, []string{one.name, milliseconds(one.wall), milliseconds(one.cpu), fmt.Sprintf("%.1f", float64(one.binary)/(1<<20))})
	}
	return markdown(rows)
}

func milliseconds(d time.Duration) string {
	return fmt.Sprint(d.Round(time.Millisecond).Milliseconds())
}
