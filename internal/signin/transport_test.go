// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/textfile"
)

// selfSigned makes a certificate for a client, and its key.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	assert.NilError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	assert.NilError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	assert.NilError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
}

// secureServer answers by TLS. Clients show it one of these certificates, if there are any.
func secureServer(t *testing.T, clients *x509.CertPool) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes that fail on purpose
	if clients != nil {
		server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// reaches expects that a call with the settings gets an answer of the server, or doesn't.
func reaches(t *testing.T, name string, s Settings, server *httptest.Server, want bool) {
	t.Helper()
	transport, diags := newTransport(s)
	assert.Assert(t, !diags.HasError(), told(diags))
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	assert.NilError(t, err)
	resp, err := transport.RoundTrip(req)
	assert.Check(t, (err == nil) == want, "%s: %v", name, err)
	if err == nil {
		_ = resp.Body.Close()
	}
}

func TestTransportTrust(t *testing.T) {
	server := secureServer(t, nil)
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	path := file(t, certificate)
	t.Setenv("HOME", filepath.Dir(path))
	t.Setenv("USERPROFILE", filepath.Dir(path)) // HOME on Windows
	for name, tc := range map[string]struct {
		settings Settings
		trusted  bool
	}{
		"default":       {Settings{}, false},
		"insecure":      {Settings{insecure: true}, true},
		"PEM":           {Settings{caCert: certificate}, true},
		"file":          {Settings{caCert: path}, true},
		"file at home":  {Settings{caCert: "~/" + filepath.Base(path)}, true},
		"file and more": {Settings{caCert: path, insecure: true}, true},
	} {
		reaches(t, name, tc.settings, server, tc.trusted)
	}
}

func TestTransport(t *testing.T) {
	t.Parallel()
	transport, _ := newTransport(Settings{})
	assert.Check(t, transport.Proxy != nil, "proxies of the environment are ignored")
	assert.Check(t, transport.TLSClientConfig.MinVersion >= tls.VersionTLS12 && !transport.TLSClientConfig.InsecureSkipVerify,
		"TLS %+v", transport.TLSClientConfig)
	assert.Check(t, transport.MaxIdleConnsPerHost >= 10 && transport.ForceAttemptHTTP2 && transport != http.DefaultTransport, "transport %+v", transport)
}

func TestTransportBadAuthorities(t *testing.T) {
	t.Parallel()
	directory, empty := t.TempDir(), file(t, "nothing")
	const form = "has no certificate in PEM form (-----BEGIN CERTIFICATE-----)."
	for given, want := range map[string]string{
		"/does/not/exist.pem": "names a file that can't be read: open /does/not/exist.pem: " + absence("/does/not/exist.pem") + ".",
		directory:             "names a file that can't be read: " + directory + " is a directory, not a regular file.",
		empty:                 "names the file " + empty + ", which " + form,
		"-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----": "is text that " + form,
		"MIIC\nsecret": "names a file that can't be read: open (a path that looks like the content of a file): " + absence("MIIC\nsecret") + ".",
	} {
		_, diags := newTransport(Settings{caCert: given})
		want = "Invalid cacert_file: cacert_file (or the environment variable OS_CACERT) " + want
		if filepath.IsAbs(given) { // else it may hold a key, whose lines the CLI would show
			want = "cacert_file: " + want
		}
		assert.Check(t, is.Equal(told(diags), want))
	}
}

// A server that asks for a certificate is shown the configured one, whether it is given as PEM or as a path.
func TestTransportClientCertificate(t *testing.T) {
	t.Parallel()
	certificate, key := selfSigned(t)
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM([]byte(certificate))
	server := secureServer(t, clients)
	certFile, keyFile := file(t, certificate), file(t, key)
	for name, tc := range map[string]struct {
		cert, key string
		let       bool
	}{
		"none": {}, "PEM": {certificate, key, true}, "files": {certFile, keyFile, true}, "mixed": {certFile, key, true},
	} {
		reaches(t, name, Settings{insecure: true, clientCert: tc.cert, clientKey: tc.key}, server, tc.let)
	}

	_, anotherKey := selfSigned(t)
	bare := strings.Join(strings.Split(key, "\n")[1:4], "") // in one line, without the lines around
	const neither = " is neither PEM (-----BEGIN ...) nor the path of a file that can be read: "
	for name, tc := range map[string]struct{ cert, key, want string }{
		"no file":   {"/does/not/exist.pem", key, "cert" + neither + absence("/does/not/exist.pem") + "."},
		"no key":    {certificate, "/does/not/exist.pem", "key" + neither + absence("/does/not/exist.pem") + "."},
		"base64":    {certificate, base64.StdEncoding.EncodeToString([]byte(key)), "key" + neither},
		"no header": {certificate, bare, "key" + neither},
		"swapped":   {bare, certificate, "cert" + neither},
		"too long":  {certificate, file(t, strings.Repeat("x", textfile.MostBytes+1)), "the file of key can't be read: "},
		"not a key": {certificate, file(t, ""), "failed to find any PEM data in key input"},
		"another":   {certificate, anotherKey, "private key does not match public key"},
		"encrypted": {certificate, strings.ReplaceAll(key, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "the private key is encrypted: give it without a passphrase."},
	} {
		_, diags := newTransport(Settings{clientCert: tc.cert, clientKey: tc.key})
		got := told(diags)
		assert.Check(t, strings.HasPrefix(got, "Invalid client certificate: cert and key (or the environment variables OS_CERT and OS_KEY) can't be used: ") && strings.Contains(got, tc.want),
			"%s: %s", name, got)
		assert.Check(t, !strings.Contains(got, "-----BEGIN P") && !strings.Contains(got, strings.Split(key, "\n")[1]) && !strings.Contains(got, bare) && !strings.Contains(got, "LS0tLS1"),
			"%s: the key is shown", name)
	}
}

// mortal is a connection that can be made dead, as by a firewall that forgot it: nothing passes, and neither side is told.
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

// A connection that went dead is left, whatever protocol it speaks, and the call succeeds over a new one.
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
			assert.Assert(t, !diags.HasError(), told(diags))
			assert.Assert(t, transport.HTTP2 != nil && transport.HTTP2.SendPingTimeout > 0 && transport.HTTP2.SendPingTimeout+transport.HTTP2.PingTimeout <= rest.DefaultAttemptTimeout/4,
				"a dead connection is not noticed before an attempt times out: %+v", transport.HTTP2)
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
			assert.NilError(t, err)
			// call makes a call, makes the connections dead and tells how many there were.
			call := func() int {
				var answer struct{ Major int }
				_, err := client.Do(t.Context(), rest.Request{Operation: "ask", Method: http.MethodPost, URL: address, Body: struct{}{}}, &answer)
				assert.NilError(t, err)
				assert.Assert(t, answer.Major == major, "the server was spoken to by HTTP/%d", answer.Major)
				mu.Lock()
				defer mu.Unlock()
				for _, dead := range opened {
					dead.Store(true)
				}
				return len(opened)
			}
			before, after := call(), call()
			assert.Check(t, after > before, "%d connections in all, and no new one", after)
		})
	}
}

// The secrets of proxies are known, and what is no proxy's address is an error.
func TestResolveProxies(t *testing.T) {
	t.Parallel()
	secrets, invalid := []string{"cHVzZXI6cHJveC1zZWNyZXQtNDI=", "prox-secret-42"}, []string{"invalid"}
	for address, want := range map[string][]string{
		"": nil, "http://127.0.0.1:3128": nil, "proxy.example.com:3128": nil, "proxy.example.com": nil, "socks5://proxy.example.com": nil,
		"http://puser:prox-secret-42@proxy:3128": secrets, "puser:prox-secret-42@proxy:3128": secrets, "http://puser:prox%2Dsecret-42@proxy": secrets,
		"http://u:a%zz@proxy": invalid, "http://u:a/b@proxy:3128": invalid, "http://": invalid,
	} {
		for _, variable := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
			s, diags := resolved(t, `token = "token"`, variable+"="+address)
			wrong := slices.Equal(want, invalid)
			got := told(diags)
			assert.Check(t, diags.HasError() == (wrong && strings.EqualFold(variable, "HTTPS_PROXY")) && !strings.Contains(got, "a/b") && !strings.Contains(got, "a%zz"),
				"%s=%s: %s", variable, address, got)
			assert.Check(t, (wrong || slices.Equal(s.proxies, want)) && slices.Equal(s.proxies, s.Auth.Secrets),
				"%s=%s: secrets %q", variable, address, s.proxies)
		}
	}
}
