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
	"sync/atomic"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// mortal is a connection that can be made dead, as by a firewall that forgot it:
// nothing passes, and neither side is told.
type mortal struct {
	net.Conn
	dead *atomic.Bool
}

func (m mortal) Write(data []byte) (int, error) {
	if m.dead.Load() {
		return len(data), nil
	}
	return m.Conn.Write(data)
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

			transport, diags := newTransport(Settings{insecure: true})
			if diags.HasError() {
				t.Fatal(told(diags))
			}
			if transport.HTTP2 == nil || transport.HTTP2.SendPingTimeout <= 0 || transport.HTTP2.SendPingTimeout+transport.HTTP2.PingTimeout > rest.DefaultAttemptTimeout/4 {
				t.Fatalf("a dead connection is not noticed before an attempt times out: %+v", transport.HTTP2)
			}
			transport.HTTP2.SendPingTimeout, transport.HTTP2.PingTimeout = 100*time.Millisecond, 100*time.Millisecond
			var mu sync.Mutex
			var opened []*atomic.Bool // each tells whether its connection is dead
			dial := transport.DialContext
			transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dial(ctx, network, address)
				mu.Lock()
				defer mu.Unlock()
				dead := &atomic.Bool{}
				opened = append(opened, dead)
				return mortal{conn, dead}, err
			}
			client := &rest.Client{HTTP: &http.Client{Transport: transport}, MaxRetries: 5, AttemptTimeout: attemptTimeout}
			address, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			// call makes a call, makes the connections dead and tells how many there were.
			call := func() int {
				var answer struct{ Major int }
				if _, err := client.Do(t.Context(), rest.Request{Operation: "ask", Method: http.MethodPost, URL: address, Body: struct{}{}}, &answer); err != nil {
					t.Fatal(err)
				}
				if answer.Major != major {
					t.Fatalf("the server was spoken to by HTTP/%d", answer.Major)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, dead := range opened {
					dead.Store(true)
				}
				return len(opened)
			}
			if before, after := call(), call(); after <= before {
				t.Errorf("%d connections in all, and no new one", after)
			}
		})
	}
}
