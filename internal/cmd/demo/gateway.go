// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// How long a call takes, and an accepted connection stays `creating`: as in real life.
const (
	latency  = 50 * time.Millisecond
	creating = time.Second
)

// gateway is the mock with the demo's seed, served on loopback.
type gateway struct {
	*mockapig.Server

	id, url string
	close   func()
}

func openGateway() (*gateway, error) {
	seed := mockapig.DemoSeed()
	mock := mockapig.New(mockapig.Config{Latency: latency, Creating: creating})
	if err := mock.Plant(seed); err != nil {
		return nil, fmt.Errorf("planting the seed: %w", err)
	}
	server := httptest.NewServer(mock)
	return &gateway{Server: mock, id: seed.Gateways[0].ID, url: server.URL, close: server.Close}, nil
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
