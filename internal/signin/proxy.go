// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
)

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
