// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// forwarder passes connections on to a server. Those that are open can be made
// dead, as by a firewall that forgot them: nothing passes, and neither side is told.
type forwarder struct {
	net.Listener
	to string

	mu     sync.Mutex
	opened int
	dead   context.CancelFunc // makes those that are open dead
	alive  context.Context    //nolint:containedctx // that of the connections opened from now on
}

func newForwarder(t *testing.T, to string) *forwarder {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &forwarder{Listener: listener, to: to}
	f.alive, f.dead = context.WithCancel(t.Context())
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.opened++
			alive := f.alive
			f.mu.Unlock()
			server, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			t.Cleanup(func() { _, _ = client.Close(), server.Close() })
			go pass(alive, client, server)
			go pass(alive, server, client)
		}
	}()
	return f
}

// pass copies until the context ends, and then only reads.
func pass(alive context.Context, from, to net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil && alive.Err() == nil {
			_ = to.Close()
		}
		if err != nil {
			return
		}
		if alive.Err() == nil {
			_, _ = to.Write(buffer[:n])
		}
	}
}

// kill makes the connections dead that are open, and tells how many there were in all.
func (f *forwarder) kill(ctx context.Context) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead()
	f.alive, f.dead = context.WithCancel(ctx)
	return f.opened
}

// A connection that went dead is left, whatever protocol it speaks, and the call
// succeeds over a new one.
func TestTransportLeavesDeadConnection(t *testing.T) {
	t.Parallel()
	for major, attemptTimeout := range map[int]time.Duration{2: time.Hour, 1: 500 * time.Millisecond} {
		t.Run(fmt.Sprintf("HTTP/%d", major), func(t *testing.T) {
			t.Parallel()
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"major":%d}`, r.ProtoMajor)
			}))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.EnableHTTP2 = major == 2
			server.StartTLS()
			t.Cleanup(server.CloseClientConnections)
			between := newForwarder(t, server.Listener.Addr().String())

			transport, diags := newTransport(Settings{insecure: true})
			if diags.HasError() {
				t.Fatal(told(diags))
			}
			if transport.HTTP2 == nil || transport.HTTP2.SendPingTimeout <= 0 || transport.HTTP2.SendPingTimeout+transport.HTTP2.PingTimeout > rest.DefaultAttemptTimeout/4 {
				t.Fatalf("a dead connection is not noticed before an attempt times out: %+v", transport.HTTP2)
			}
			transport.HTTP2.SendPingTimeout, transport.HTTP2.PingTimeout = 100*time.Millisecond, 100*time.Millisecond
			client := &rest.Client{HTTP: &http.Client{Transport: transport}, MaxRetries: 5, AttemptTimeout: attemptTimeout}
			call := func() {
				var answer struct{ Major int }
				address := &url.URL{Scheme: "https", Host: between.Addr().String(), Path: "/"}
				if _, err := client.Do(t.Context(), rest.Request{Operation: "ask", Method: http.MethodPost, URL: address, Body: struct{}{}}, &answer); err != nil {
					t.Fatal(err)
				}
				if answer.Major != major {
					t.Fatalf("the server was spoken to by HTTP/%d", answer.Major)
				}
			}
			call()
			opened := between.kill(t.Context())
			call()
			if again := between.kill(t.Context()); again <= opened {
				t.Errorf("%d connections in all, and no new one", again)
			}
		})
	}
}
