// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

const (
	regionPlace = "{region}"          // stands for a region's name in an address
	anyRegion   = "any-region-at-all" // stands in for it where the address is checked

	defaultCloud      = "myhuaweicloud.com"
	europeanCloud     = "myhuaweicloud.eu"
	defaultMaxRetries = 5
)

// europeanRegion matches the regions that are not in the default cloud, but in europeanCloud.
var europeanRegion = regexp.MustCompile(`^eu-west-1\d\d$`)

// Settings is the provider's configuration with environment and defaults applied. Resolve and ByEnvironment make it.
type Settings struct {
	Region, ProjectID, ProjectName types.String // null when not configured, unknown when not known yet

	Auth     auth.Config // the credentials of one method, complete, with the address of IAM
	Origins  string      // where the credentials come from, for messages
	Instance string      // why the agency of this ECS instance signs in, if a profile asks for it

	LookUpUnknown bool // the address of IAM is not known yet, and only lookups of projects need it
	AllKnown      bool // all is known of where things are

	Transport     http.RoundTripper
	MaxRetries    int     // how often a call is repeated that failed
	MaxConcurrent int     // how many calls there are at the same time, 0 for no limit
	PerSecond     float64 // how many calls a second one host gets, 0 for no limit

	Notes []string // what was decided, for the log: names and origins, no values

	proxies     []string // the secrets of proxies
	needsRegion bool     // which is not known yet

	cloud        string   // "" for the one that a region belongs to
	apig         *url.URL // nil for the one of a region
	apigTemplate string   // has regionPlace where a region's name goes, and apig is then that of anyRegion; "" without one

	insecure   bool
	caCert     string // a path or PEM
	clientCert string // likewise
	clientKey  string // likewise
}

// Endpoint returns the base address of the gateway API in a region.
func (s Settings) Endpoint(region string) (*url.URL, error) {
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
		return s.regional("apig", region), nil
	}
	// The other region's gateways are unknown at this address, which would pass for their being gone.
	if own := s.Region.ValueString(); own != "" && own != region {
		return nil, fmt.Errorf("the provider's endpoints.apig is the address of the API in its own region, %s, so that there is none for region %s: "+
			"write {region} in the region's place in it, use a provider configuration with an alias for each region, or leave out endpoints.apig", own, region)
	}
	return s.apig, nil
}

func (s Settings) regional(service, region string) *url.URL {
	host := service + "." + s.cloudOf(region)
	if region != "" {
		host = service + "." + region + "." + s.cloudOf(region)
	}
	return &url.URL{Scheme: "https", Host: host, Path: "/"}
}

func (s Settings) cloudOf(region string) string {
	if s.cloud != "" {
		return s.cloud
	}
	if europeanRegion.MatchString(region) {
		return europeanCloud
	}
	return defaultCloud
}

// allows reports whether u is at an address that Endpoint returns for some region: credentials go nowhere else.
func (s Settings) allows(u *url.URL) bool {
	if s.apigTemplate != "" {
		if before, after, varies := strings.Cut(strings.ToLower(s.apig.Host), anyRegion); varies {
			region := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(u.Host), before), after)
			return u.Scheme == s.apig.Scheme && strings.EqualFold(u.Host, before+region+after) && regionName.MatchString(region)
		}
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

// Secrets returns the values that no log may hold.
func (s Settings) Secrets() []string {
	secrets := slices.Clone(s.proxies)
	for _, a := range arguments {
		if a.secret && a.setting != nil && *a.setting(&s) != "" {
			secrets = append(secrets, *a.setting(&s))
		}
	}
	return secrets
}

// connect makes the transport, and keeps credentials to the addresses that are configured.
func (s *Settings) connect() (diags diag.Diagnostics) {
	s.Auth.Allow = s.allows
	s.Transport, diags = newTransport(*s)
	return diags
}

// Renewal says what to do when the credentials are refused.
func (s Settings) Renewal() string { return renewal[s.Auth.Method] }

// renewal says of each method what to do when its credentials are refused.
var renewal = map[auth.Method]string{
	auth.MethodToken: "A token ends 24 hours after it was issued, or sooner when a password or permission changes, and the provider can't renew it: " +
		"get a new one, or sign in by access key or password.",
	auth.MethodAccessKey: "Check that access key and secret key belong together and are active, " +
		"and, if they are temporary, that their security token is given and has not ended.",
	auth.MethodPassword: "The provider asked IAM for a token with the password and can't get one that works: " +
		"check user name, password and domain, and that the user may use the API and the project.",
	auth.MethodOIDC: "Check that the identity provider is known to IAM by this ID and that its token has not ended: " +
		"one that is configured can't be renewed, while a file (`id_token_file`) is read again for each renewal.",
	auth.MethodMetadata: "The provider asked the metadata service of this ECS instance for the keys of the instance's agency and can't get some that work: " +
		"check that the instance has an agency, and that it may use the API and the project.",
}
