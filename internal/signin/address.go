// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// metadataURL is where every ECS instance has its metadata service. It is link-local: no other host can be there.
func metadataURL() *url.URL { return &url.URL{Scheme: "http", Host: "169.254.169.254"} }

// services are the keys of `endpoints` that are used.
var services = []string{"apig", "iam", "sts"}

// regionName and hostName are strict because both become part of the address that credentials are sent to.
var (
	regionName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	hostName   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)
	projectIDs = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	apiVersion = regexp.MustCompile(`^v[0-9]`)
)

// parseAddress reads the base address of an API, https by default. complaint quotes no secret.
func parseAddress(raw string, insecure bool) (address *url.URL, complaint string) {
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || strings.ContainsAny(raw, " \t\r\n"):
		return nil, "is not a URL, such as https://api.example.com"
	case u.User != nil:
		return nil, "has a user name or password in its URL, which is not supported: remove what comes before the @"
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Sprintf("has the scheme %q: only https and http are supported", u.Scheme)
	case strings.EqualFold(u.Hostname(), "https") || strings.EqualFold(u.Hostname(), "http"):
		return nil, "has http or https where the name of a host belongs: it must be a URL with one colon and two slashes, such as https://api.example.com"
	case u.Hostname() == "":
		return nil, "has no host name: it must be a URL, such as https://api.example.com"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, "has a query or fragment: it must be a base URL, such as https://api.example.com"
	case u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()):
		return nil, fmt.Sprintf("would send credentials to %s unencrypted: use https, or set insecure = true if that is meant", u.Host)
	}
	// One slash at the end at most; JoinPath makes a relative path of an empty one.
	return u.JoinPath("/"), ""
}

// isLoopback reports whether requests stay on this machine. Those to names below localhost may go through a proxy.
func isLoopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

// withVersion adds the version of the identity API to its address, unless the path ends in one.
func withVersion(u *url.URL) *url.URL {
	if apiVersion.MatchString(path.Base(u.Path)) {
		return u.JoinPath(".")
	}
	return u.JoinPath("v3")
}

// tokenServiceRegions are those of the default cloud with a token service (STS). No other is tried: a proxy hides a missing host.
var tokenServiceRegions = []string{
	"af-south-1", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "cn-east-3", "cn-north-4", "cn-south-1", "cn-southwest-2",
	"la-south-2", "sa-brazil-1", "tr-west-1",
}

// tokenServiceAddress resolves where the token service is: at its address in `endpoints`, or in the provider's region.
func (r *resolver) tokenServiceAddress(configured *url.URL) {
	r.settings.Auth.STS = configured
	region := r.settings.Region.ValueString()
	if configured == nil && slices.Contains(tokenServiceRegions, region) && r.settings.cloudOf(region) == defaultCloud {
		r.settings.Auth.STS, r.settings.Auth.STSOptional = r.settings.regional("sts", region), true
	}
}

// tokenServiceInUse leaves the address out where no agency needs it. An unknown region may have the service.
func (r *resolver) tokenServiceInUse() {
	needed := func(role auth.Role) bool { return role.DomainID != "" }
	switch {
	case !needed(r.settings.Auth.OIDC.Role) && !slices.ContainsFunc(r.settings.Auth.Roles, needed):
		r.settings.Auth.STS, r.settings.Auth.STSOptional = nil, false
	case r.settings.Auth.STS == nil && r.settings.Region.IsUnknown():
		r.settings.needsRegion = true
		unknownRegion.report(&r.diags)
	}
}
