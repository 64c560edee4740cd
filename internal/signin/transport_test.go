// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTransportTrust(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes that fail on purpose
	server.StartTLS()
	t.Cleanup(server.Close)

	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	home := t.TempDir()
	t.Setenv("HOME", home)
	file := filepath.Join(home, "ca.pem")
	if err := os.WriteFile(file, []byte(certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		settings Settings
		trusted  bool
	}{
		"default":       {Settings{}, false},
		"insecure":      {Settings{insecure: true}, true},
		"PEM":           {Settings{caCert: certificate}, true},
		"file":          {Settings{caCert: file}, true},
		"file at home":  {Settings{caCert: "~/ca.pem"}, true},
		"file and more": {Settings{caCert: file, insecure: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			transport, diags := newTransport(tc.settings)
			if diags.HasError() {
				t.Fatal(problems(diags))
			}
			t.Cleanup(transport.CloseIdleConnections)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := transport.RoundTrip(req)
			if (err == nil) != tc.trusted {
				t.Fatalf("trusted is %t: %v", err == nil, err)
			}
			if err == nil {
				_ = resp.Body.Close()
			}
		})
	}
}

func TestTransport(t *testing.T) {
	t.Parallel()
	transport, _ := newTransport(Settings{})
	if transport.Proxy == nil {
		t.Error("proxies of the environment are ignored")
	}
	if transport.TLSClientConfig.MinVersion < tls.VersionTLS12 || transport.TLSClientConfig.InsecureSkipVerify {
		t.Errorf("TLS %+v", transport.TLSClientConfig)
	}
	if transport.MaxIdleConnsPerHost < 10 || !transport.ForceAttemptHTTP2 {
		t.Errorf("transport %+v", transport)
	}
	if transport == http.DefaultTransport {
		t.Error("the process's own transport was changed")
	}
}

func TestTransportBadCertificates(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	empty := filepath.Join(directory, "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ given, want string }{
		"no file": {
			"/does/not/exist.pem", "names a file that can't be read: open /does/not/exist.pem: no such file or directory.",
		},
		"a directory": {
			directory, "names a file that can't be read: " + directory + " is a directory, not a regular file.",
		},
		"no certificate in the file": {
			empty, "names the file " + empty + ", which has no certificate in PEM form (-----BEGIN CERTIFICATE-----).",
		},
		"no certificate in the text": {
			"-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----",
			"is text that has no certificate in PEM form (-----BEGIN CERTIFICATE-----).",
		},
		"no file but its content": {
			"MIIC\nsecret", "names a file that can't be read: open (a path that looks like the content of a file): no such file or directory.",
		},
	} {
		_, diags := newTransport(Settings{caCert: tc.given})
		want := "Invalid cacert_file: cacert_file (or the environment variable OS_CACERT) " + tc.want
		if filepath.IsAbs(tc.given) { // else it may hold a key, whose lines the CLI would show
			want = "cacert_file: " + want
		}
		if got := strings.Join(problems(diags), "\n"); got != want {
			t.Errorf("%s:\n%s, want\n%s", name, got, want)
		}
	}
}
