// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// between is what stands between the provider and the mock. Each way of failing
// is of the connections that are open when it is switched on, or of all.
type between struct {
	net.Listener
	to string

	mu     sync.Mutex
	open   []*passage
	resets int // how many of the next connections are reset
}

type passage struct {
	client, server net.Conn
	mu             sync.Mutex
	dead           bool
}

func newBetween(t *testing.T, to string) *between {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	noError(t, err)
	b := &between{Listener: listener, to: to}
	t.Cleanup(func() {
		_ = listener.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.open {
			_, _ = p.client.Close(), p.server.Close()
		}
	})
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			b.take(client)
		}
	}()
	return b
}

func (b *between) take(client net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	server, err := net.Dial("tcp", b.to)
	if tcp, ok := client.(*net.TCPConn); err != nil || ok && b.resets > 0 {
		b.resets--
		_ = tcp.SetLinger(0)
		_ = client.Close()
		if server != nil {
			_ = server.Close()
		}
		return
	}
	p := &passage{client: client, server: server}
	b.open = append(b.open, p)
	go p.pass(client, server)
	go p.pass(server, client)
}

func (p *passage) pass(from, to net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		dead := p.dead
		p.mu.Unlock()
		if err != nil {
			if !dead {
				_ = to.Close()
			}
			return
		}
		if !dead {
			_, _ = to.Write(buffer[:n])
		}
	}
}

// drop makes the open connections dead, without a word to either side.
func (b *between) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.open {
		p.mu.Lock()
		p.dead = true
		p.mu.Unlock()
	}
}

// A hundred resources against an API that hangs end within the timeout of one,
// those against a gateway that resets connections or drops them recover, whatever
// protocol is spoken. Where a dropped connection is HTTP/1.1's, the attempt's own
// limit is longer than the timeout here, which ends the plan then.
func TestOutage(t *testing.T) {
	t.Parallel()
	for _, major := range []int{1, 2} {
		for _, fault := range []string{"hang", "reset", "drop"} {
			t.Run(fmt.Sprintf("%s, HTTP/%d", fault, major), func(t *testing.T) {
				t.Parallel()
				m := newListening(t, mockapig.Config{})
				ids := endpointIDs(1, 100)
				m.ask("accepted", ids...)
				faulty, seen := make(chan struct{}), sync.Map{}
				server := httptest.NewUnstartedServer(nil)
				link := (*between)(nil)
				var once sync.Once
				server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					seen.Store(r.ProtoMajor, true)
					select {
					case <-faulty:
						if fault == "hang" {
							<-r.Context().Done()
							return
						}
						if fault == "drop" { // the first call of the plan is on a connection that goes dead
							once.Do(link.drop)
						}
					default:
					}
					m.ServeHTTP(w, r)
				})
				server.Config.ErrorLog = log.New(io.Discard, "", 0)
				server.EnableHTTP2 = major == 2
				server.StartTLS()
				t.Cleanup(server.CloseClientConnections)
				link = newBetween(t, server.Listener.Addr().String())

				stuck, timeout := fault == "hang" || fault == "drop" && major == 1, "20s"
				if stuck {
					timeout = "2s"
				}
				c := newStage(t, m, fmt.Sprintf(`
provider "apig" {
  region     = %q
  project_id = %q
  token      = %q
  insecure   = true
  endpoints  = { apig = "https://%s" }
}
resource "apig_vpc_endpoint_connection" "c" {
  for_each       = toset(["%s"])
  instance_id    = %q
  desired_status = "accepted"
  endpoints      = [each.key]
  timeouts {
    read = %q
  }
}
`, testRegion, testProject, testToken, link.Addr(), strings.Join(ids, `", "`), testInstance, timeout))
				c.apply().expect(t, 0)
				close(faulty)
				if fault == "reset" {
					link.mu.Lock()
					link.resets = 2
					link.mu.Unlock()
				}
				if planned := c.plan("-detailed-exitcode"); stuck {
					planned.expect(t, 1, "The timeout of 2s passed")
				} else {
					planned.expect(t, 0)
				}
				if _, ok := seen.Load(major); !ok {
					t.Errorf("HTTP/%d was not spoken", major)
				}
			})
		}
	}
}
