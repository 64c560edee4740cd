// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/apig-terraform/terraform-provider-apig/internal/textfile"
)

// maxIdleConns is how many connections to one host are kept: as many as calls at once with a high -parallelism.
const maxIdleConns = 100

// A silent HTTP/2 connection is probed: by itself, Go keeps one whose requests only time out, as when a firewall has forgotten it.
const (
	pingAfter   = 5 * time.Second
	pingTimeout = 5 * time.Second
)

// pemBegin tells PEM from a path.
const pemBegin = "-----BEGIN"

// newTransport returns the standard library's transport, with proxies from the environment and TLS as configured.
func newTransport(s Settings) (*http.Transport, diag.Diagnostics) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = standard.Clone()
	}
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = maxIdleConns, maxIdleConns
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout}
	transport.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: s.insecure, //nolint:gosec // what the user asked for
	}
	var diags diag.Diagnostics
	if s.caCert != "" {
		pool, err := certificates(s.caCert)
		if err != nil {
			at := path.Root("cacert_file")
			if !textfile.IsPath(s.caCert) {
				at = path.Empty() // its lines in the configuration may hold a key
			}
			addError(&diags, at, "Invalid cacert_file", "cacert_file (or the environment variable %s) %s.", argumentNamed("cacert_file").variable(), err)
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	if s.clientCert != "" && s.clientKey != "" {
		certificate, err := keyPair(s.clientCert, s.clientKey)
		if err != nil {
			// Not at the attribute, whose line in the configuration may hold the key.
			addError(&diags, path.Empty(), "Invalid client certificate", "cert and key (or the environment variables %s and %s) can't be used: %s.",
				argumentNamed("cert").variable(), argumentNamed("key").variable(), err)
		}
		transport.TLSClientConfig.Certificates = []tls.Certificate{certificate}
	}
	return transport, diags
}

// keyPair reads a certificate and its private key, each of which is PEM itself or the path of a file of it.
func keyPair(certificate, key string) (tls.Certificate, error) {
	certificate, err := pemOf("cert", certificate)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err = pemOf("key", key)
	if err != nil {
		return tls.Certificate{}, err
	}
	if strings.Contains(key, "ENCRYPTED") {
		return tls.Certificate{}, errors.New("the private key is encrypted: give it without a passphrase")
	}
	return tls.X509KeyPair([]byte(certificate), []byte(key))
}

// pemOf returns the PEM that an argument is, or names the file of. Errors don't quote it: it may be a key.
func pemOf(name, text string) (string, error) {
	if strings.Contains(text, pemBegin) {
		return text, nil
	}
	content, err := readFile(text)
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return "", fmt.Errorf("%s is neither PEM (%s ...) nor the path of a file that can be read: %w", name, pemBegin, failed.Err)
	}
	if err != nil {
		return "", fmt.Errorf("the file of %s can't be read: %w", name, err)
	}
	return content, nil
}

// certificates returns the system's authorities and those of pem, PEM itself or its file. Errors complete a sentence.
func certificates(pem string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without any
	}
	what := "is text that"
	if !strings.Contains(pem, pemBegin) {
		what = "names the file " + textfile.Shown(pem) + ", which"
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
	return textfile.Read(atHome(name))
}

// atHome puts the home directory in the place of ~/ in a path. Without one, the path stays as it is.
func atHome(name string) string {
	rest, ok := strings.CutPrefix(name, "~/")
	home, err := os.UserHomeDir()
	if !ok || err != nil {
		return name
	}
	return filepath.Join(home, rest)
}

// proxyVariables are those that net/http reads, in its order.
var proxyVariables = [][]string{{"HTTPS_PROXY", "https_proxy"}, {"HTTP_PROXY", "http_proxy"}}

// proxies takes note of proxies' passwords, and refuses an address of a proxy that net/http would ignore without a word.
func (r *resolver) proxies() {
	for i, names := range proxyVariables {
		for _, name := range names {
			address, _ := r.lookup(name)
			if address == "" {
				continue
			}
			user, ok := proxyUser(address)
			if !ok && i == 0 {
				r.failAt(path.Empty(), "Invalid proxy", "The environment variable %s is not the address of a proxy, such as http://proxy.example.com:3128. "+
					"If it has a user name or a password, write what is not a letter or a digit in them as %%XX, / as %%2F for example.", name)
			}
			if user != nil {
				password, _ := user.Password()
				r.settings.proxies = append(r.settings.proxies, base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
				if password != "" {
					r.settings.proxies = append(r.settings.proxies, password)
				}
			}
			break
		}
	}
	r.settings.Auth.Secrets = r.settings.proxies
}

// proxyUser is who a proxy is asked as, with its address read as net/http reads it. ok tells whether it is an address.
func proxyUser(address string) (user *url.Userinfo, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.Host == "" {
		u, err = url.Parse("http://" + address)
	}
	if err != nil || u.Hostname() == "" {
		return nil, false
	}
	// A slash in a password ends the host: what is left of one was a scheme.
	bare := strings.EqualFold(u.Hostname(), "http") || strings.EqualFold(u.Hostname(), "https")
	return u.User, !bare
}
