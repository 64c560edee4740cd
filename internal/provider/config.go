// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"net"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

const (
	// regionPlace stands for a region's name in an address.
	regionPlace = "{region}"
	// anyRegion stands in for it where the address is checked.
	anyRegion = "any-region-at-all"

	defaultCloud      = "myhuaweicloud.com"
	defaultMaxRetries = 5
)

// europeanRegion matches the regions that are not in the default cloud, but in
// europeanCloud.
var europeanRegion = regexp.MustCompile(`^eu-west-1\d\d$`)

const europeanCloud = "myhuaweicloud.eu"

// metadataAddress is where every ECS instance has its metadata service. It is
// link-local: no other host can be there.
const metadataAddress = "http://169.254.169.254"

// services are the keys of `endpoints` that are used.
var services = []string{"apig", "iam", "sts"}

// settings is the provider's configuration with environment and defaults
// applied. Resolve makes it.
type settings struct {
	// Null when not configured, unknown when not known yet.
	region, projectID, projectName types.String

	auth    auth.Config // of one method, complete, with IAM's address
	method  auth.Method
	origins string   // where its parts come from, for messages
	profile string   // that asks for the metadata service, if one does, for messages
	proxies []string // the secrets of proxies

	needsRegion bool // which is not known yet
	// lookUpUnknown: the address of IAM is not known yet, and asked for projects alone.
	lookUpUnknown bool

	cloud string   // "" for the one that a region belongs to
	apig  *url.URL // nil for the one of a region
	// apigTemplate has regionPlace where a region's name goes, and apig is then
	// that of anyRegion; "" without one.
	apigTemplate string

	insecure   bool
	caCert     string // a path or PEM
	clientCert string // likewise
	clientKey  string // likewise
	maxRetries int

	maxConcurrent int     // 0 for no limit
	perSecond     float64 // 0 for no limit

	// notes say what was decided, for the log: names and origins, no values.
	notes []string
}

// endpoint returns the base address of the gateway API in a region.
func (s settings) endpoint(region string) (*url.URL, error) {
	if !regionName.MatchString(region) {
		return nil, fmt.Errorf("%q is not the name of a region, such as cn-north-4", region)
	}
	if s.apigTemplate != "" {
		address, complaint := parseAddress(strings.ReplaceAll(s.apigTemplate, regionPlace, region), s.insecure)
		if complaint != "" {
			return nil, fmt.Errorf("endpoints.apig, with %s for the region, %s", region, complaint)
		}
		return address, nil
	}
	if s.apig == nil {
		return &url.URL{Scheme: "https", Host: "apig." + region + "." + s.cloudOf(region), Path: "/"}, nil
	}
	// The other region's gateways are unknown at this address, which would pass for their being gone.
	if own := s.region.ValueString(); own != "" && own != region {
		return nil, fmt.Errorf("the provider's endpoints.apig is the address of the API in its own region, %s, so that there is none for region %s: "+
			"write {region} in the region's place in it, use a provider configuration with an alias for each region, or leave out endpoints.apig", own, region)
	}
	return s.apig, nil
}

// cloudOf returns the domain that a region's addresses end in.
func (s settings) cloudOf(region string) string {
	if s.cloud != "" {
		return s.cloud
	}
	if europeanRegion.MatchString(region) {
		return europeanCloud
	}
	return defaultCloud
}

// allows reports whether u is at an address that endpoint returns for some
// region: credentials go nowhere else.
func (s settings) allows(u *url.URL) bool {
	if s.apigTemplate != "" {
		before, after, varies := strings.Cut(strings.ToLower(s.apig.Host), anyRegion)
		host := strings.ToLower(u.Host)
		if varies {
			host, _ = strings.CutPrefix(host, before)
			host, _ = strings.CutSuffix(host, after)
			return u.Scheme == s.apig.Scheme && strings.EqualFold(u.Host, before+host+after) && regionName.MatchString(host)
		}
		return u.Scheme == s.apig.Scheme && host == before
	}
	if s.apig != nil {
		return u.Scheme == s.apig.Scheme && strings.EqualFold(u.Host, s.apig.Host)
	}
	name, ok := strings.CutPrefix(strings.ToLower(u.Host), "apig.")
	if !ok || u.Scheme != "https" {
		return false
	}
	region, cloud, _ := strings.Cut(name, ".")
	return regionName.MatchString(region) && cloud == s.cloudOf(region)
}

// secrets returns the values that no log may hold.
func (s settings) secrets() []string {
	var secrets []string
	secrets = append(secrets, s.proxies...)
	for _, value := range []string{s.auth.Token, s.auth.AccessKey, s.auth.SecretKey, s.auth.SecurityToken, s.auth.Password, s.auth.OIDC.Token, s.clientKey} {
		if value != "" {
			secrets = append(secrets, value)
		}
	}
	return secrets
}

// regionName and hostName are strict because both become part of the address
// that credentials are sent to.
var (
	regionName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	hostName   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)
	projectIDs = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	apiVersion = regexp.MustCompile(`^v[0-9]`)
)

// parseAddress reads the base address of an API. A missing scheme means https.
// Where it is not one, complaint says why, without repeating what could be
// secret.
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

func metadataURL() *url.URL { return mustParse(metadataAddress) }

// mustParse is for addresses that are constants.
func mustParse(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic("provider: " + err.Error())
	}
	return u
}

// isLoopback reports whether requests to host stay on this machine. Those to
// names below localhost may not: they go through a proxy.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// withVersion adds the version of the identity API to its address, unless the
// path ends in one.
func withVersion(u *url.URL) *url.URL {
	if apiVersion.MatchString(path.Base(u.Path)) {
		return u.JoinPath(".")
	}
	return u.JoinPath("v3")
}
