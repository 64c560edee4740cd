// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// maxIdleConns is how many connections to one host are kept for the next call:
// as many as there are calls at once with a high -parallelism.
const maxIdleConns = 100

// newTransport returns the wire: the standard library's transport, which takes
// proxies from the environment, with TLS as configured.
func newTransport(s settings) (*http.Transport, diag.Diagnostics) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = standard.Clone()
	}
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = maxIdleConns, maxIdleConns
	transport.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: s.insecure, //nolint:gosec // what the user asked for
	}
	if s.caCert == "" {
		return transport, nil
	}
	pool, err := certificates(s.caCert)
	if err != nil {
		return nil, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("cacert_file"), "Invalid cacert_file",
			fmt.Sprintf("cacert_file (or the environment variable %s) %s.", environment["cacert_file"], err))}
	}
	transport.TLSClientConfig.RootCAs = pool
	return transport, nil
}

// certificates returns the system's authorities and those of pem, which is PEM
// itself or the path of a file of it. Errors complete a sentence.
func certificates(pem string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without any
	}
	what := "is text that"
	if !strings.Contains(pem, "-----BEGIN") {
		what = "names the file " + pem + ", which"
		if pem, err = readFile(pem); err != nil {
			return nil, fmt.Errorf("names a file that can't be read: %w", err)
		}
	}
	if !pool.AppendCertsFromPEM([]byte(pem)) {
		return nil, fmt.Errorf("%s has no certificate in PEM form (-----BEGIN CERTIFICATE-----)", what)
	}
	return pool, nil
}

// readFile reads a file whose path may begin with ~/ for the home directory.
func readFile(name string) (string, error) {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		name = filepath.Join(home, rest)
	}
	content, err := os.ReadFile(name)
	return string(content), err
}
