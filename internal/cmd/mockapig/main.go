// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command mockapig serves a mock of the API Gateway's "VPC Endpoint Management", and of the IAM calls that lead to it,
// on a loopback address. Its state lives in memory and ends with it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const readHeaderTimeout = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mockapig:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	listen   string
	seedFile string
	config   mockapig.Config
}

// run serves until the context ends, which is no error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	seed, err := o.seed()
	if err != nil {
		return err
	}
	mock := mockapig.New(o.config)
	if err := mock.Plant(seed); err != nil {
		return fmt.Errorf("planting the seed: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, banner("http://"+listener.Addr().String(), seed, mock)); err != nil {
		return errors.Join(err, listener.Close())
	}
	return serve(ctx, listener, handler(mock))
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var behavior string
	flags := flag.NewFlagSet("mockapig", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8787", "loopback `address` to serve on; port 0 takes a free one")
	flags.DurationVar(&o.config.Latency, "latency", 0, "how long every call takes")
	flags.DurationVar(&o.config.Creating, "creating", 0, "how long an accepted connection stays creating")
	flags.StringVar(&o.seedFile, "seed-file", "", "JSON `file` with accounts, projects, tokens, agencies, id_tokens, gateways and connections (default: the demo's)")
	flags.StringVar(&behavior, "behavior", "friendly", "what the API does where it is not documented, a `name` of: "+strings.Join(behaviorNames(), ", "))
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.config.Latency < 0 || o.config.Creating < 0 {
		return options{}, errors.New("-latency and -creating can not be negative")
	}
	chosen, known := mockapig.Behaviors()[behavior]
	if !known {
		return options{}, fmt.Errorf("no such behavior: %q; there are %s", behavior, strings.Join(behaviorNames(), ", "))
	}
	o.config.Behavior = chosen
	return o, checkLoopback(o.listen)
}

func behaviorNames() []string { return slices.Sorted(maps.Keys(mockapig.Behaviors())) }

// checkLoopback refuses an address that others can reach: whoever reaches the mock can change everything in it.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("-listen: %q is not a loopback address; use 127.0.0.1, [::1] or localhost", host)
	}
	return nil
}

func (o options) seed() (_ mockapig.Seed, err error) {
	if o.seedFile == "" {
		return mockapig.DemoSeed(), nil
	}
	file, err := os.Open(o.seedFile)
	if err != nil {
		return mockapig.Seed{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return mockapig.ReadSeed(file)
}

// handler serves the API and, beside it, AdminHandler. An http.ServeMux would clean the API's paths and redirect.
func handler(mock *mockapig.Server) http.Handler {
	admin := mockapig.AdminHandler(mock)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/mock/") {
			admin.ServeHTTP(w, r)
			return
		}
		mock.ServeHTTP(w, r)
	})
}

// serve ends, with its calls and connections, when the context does. It doesn't shut down gracefully: that would wait for
// each connection that a client has opened and not used, and nothing is left to be saved.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: readHeaderTimeout,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	err := server.Close()
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
