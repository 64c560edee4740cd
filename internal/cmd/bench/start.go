// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
)

const (
	starts = 15 // that are measured; their medians are told

	// maxStartCPU is the most that a start may cost.
	maxStartCPU = 50 * time.Millisecond
)

// start is what it takes to start the provider and have its schema.
type start struct {
	cpu    time.Duration // user's and system's, to the end of the process
	wall   time.Duration // to the schema
	binary int64         // bytes of the executable
}

// started measures starts. The provider is asked as the CLI asks it.
func (b bench) started(ctx context.Context) (start, error) {
	file, err := os.Stat(b.provider)
	if err != nil {
		return start{}, err
	}
	var cpus, walls []time.Duration
	for range starts {
		s, err := startOnce(ctx, b.provider)
		if err != nil {
			return start{}, fmt.Errorf("starting the provider: %w", err)
		}
		cpus, walls = append(cpus, s.cpu), append(walls, s.wall)
	}
	slices.Sort(cpus)
	slices.Sort(walls)
	return start{cpu: cpus[starts/2], wall: walls[starts/2], binary: file.Size()}, nil
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

func (s start) targets() []verdict {
	return []verdict{{s.cpu < maxStartCPU, fmt.Sprintf("start: %s ms of CPU time, less than %s", milliseconds(s.cpu), milliseconds(maxStartCPU))}}
}

func (s start) table() string {
	return markdown([][]string{
		{"start to schema ms", "CPU ms", "executable MiB"},
		{milliseconds(s.wall), milliseconds(s.cpu), mebibytes(s.binary)},
	})
}

func milliseconds(d time.Duration) string {
	return fmt.Sprint(d.Round(time.Millisecond).Milliseconds())
}
