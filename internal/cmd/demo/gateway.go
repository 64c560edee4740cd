// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// How long a call takes, and an accepted connection stays `creating`: as in
// real life.
const (
	latency  = 50 * time.Millisecond
	creating = time.Second
)

const readHeaderTimeout = 10 * time.Second

// gateway is the mock with the demo's seed, served on loopback.
type gateway struct {
	*mockapig.Server

	id, region string
	url        string
	server     *http.Server
	ended      chan error
}

func openGateway(ctx context.Context) (*gateway, error) {
	seed := mockapig.DemoSeed()
	mock := mockapig.New(mockapig.Config{Latency: latency, Creating: creating})
	if err := mock.Plant(seed); err != nil {
		return nil, fmt.Errorf("planting the seed: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gateway{
		Server: mock, id: seed.Gateways[0].ID, region: seed.Region, url: "http://" + listener.Addr().String(),
		server: &http.Server{Handler: mock, ReadHeaderTimeout: readHeaderTimeout},
		ended:  make(chan error, 1),
	}
	go func() { g.ended <- g.server.Serve(listener) }()
	return g, nil
}

func (g *gateway) close() error {
	err := g.server.Close()
	if served := <-g.ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// count gives the number of connections in a status.
func (g *gateway) count(status string) int {
	n := 0
	for _, c := range g.Connections(g.id) {
		if c.Status == status {
			n++
		}
	}
	return n
}

// standing is how many connections of an account have a status.
type standing struct {
	account, status string
	connections     int
}

// standings counts connections by account and status, in the order in which
// these first appear.
func standings(connections []mockapig.Connection) []standing {
	var found []standing
	place := map[standing]int{}
	for _, c := range connections {
		s := standing{account: c.DomainID, status: c.Status}
		at, known := place[s]
		if !known {
			at = len(found)
			place[s] = at
			found = append(found, s)
		}
		found[at].connections++
	}
	return found
}
