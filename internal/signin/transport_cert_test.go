// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/textfile"
)

// selfSigned makes a certificate for a client, and its key.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
}

// A server that asks for a certificate is shown the configured one, whether it
// is given as PEM or as a path.
func TestTransportClientCertificate(t *testing.T) {
	t.Parallel()
	certificate, key := selfSigned(t)
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM([]byte(certificate))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes that fail on purpose
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients}
	server.StartTLS()
	t.Cleanup(server.Close)

	directory := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certFile, keyFile := file("cert.pem", certificate), file("key.pem", key)
	for name, tc := range map[string]struct {
		cert, key string
		let       bool
	}{
		"none": {}, "PEM": {certificate, key, true}, "files": {certFile, keyFile, true}, "mixed": {certFile, key, true},
	} {
		transport, diags := newTransport(Settings{insecure: true, clientCert: tc.cert, clientKey: tc.key})
		if diags.HasError() {
			t.Fatal(problems(diags))
		}
		t.Cleanup(transport.CloseIdleConnections)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if (err == nil) != tc.let {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			_ = resp.Body.Close()
		}
	}

	_, anotherKey := selfSigned(t)
	bare := strings.Join(strings.Split(key, "\n")[1:4], "") // in one line, without the lines around
	locked := strings.ReplaceAll(key, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
	for name, tc := range map[string]struct{ cert, key, want string }{
		"no file":   {"/does/not/exist.pem", key, "cert is neither PEM (-----BEGIN ...) nor the path of a file that can be read: no such file or directory."},
		"no key":    {certificate, "/does/not/exist.pem", "key is neither PEM (-----BEGIN ...) nor the path of a file that can be read: no such file or directory."},
		"base64":    {certificate, base64.StdEncoding.EncodeToString([]byte(key)), "key is neither PEM (-----BEGIN ...) nor the path of a file that can be read: "},
		"no header": {certificate, bare, "key is neither PEM (-----BEGIN ...) nor the path of a file that can be read: "},
		"swapped":   {bare, certificate, "cert is neither PEM (-----BEGIN ...) nor the path of a file that can be read: "},
		"too long":  {certificate, file("long.pem", strings.Repeat("x", textfile.MostBytes+1)), "long.pem is longer than 1048576 bytes, too long to be what is looked for."},
		"not a key": {certificate, file("empty.pem", ""), "failed to find any PEM data in key input"},
		"another":   {certificate, anotherKey, "private key does not match public key"},
		"encrypted": {certificate, locked, "the private key is encrypted: give it without a passphrase."},
	} {
		_, diags := newTransport(Settings{clientCert: tc.cert, clientKey: tc.key})
		got := strings.Join(problems(diags), "\n")
		if !strings.HasPrefix(got, "Invalid client certificate: cert and key (or the environment variables OS_CERT and OS_KEY) can't be used: ") || !strings.Contains(got, tc.want) {
			t.Errorf("%s: %s", name, got)
		}
		if strings.Contains(got, "-----BEGIN P") || strings.Contains(got, strings.Split(key, "\n")[1]) || strings.Contains(got, bare) || strings.Contains(got, "LS0tLS1") {
			t.Errorf("%s: the key is shown", name)
		}
	}
}
