// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// tokenService is where IAM's token service (STS) is, as far as that is known.
type tokenService struct {
	base     *url.URL // nil where there is none
	optional bool     // IAM stands in for it where it is not at base

	// missing tells that it was not at base. Whether a region has the service
	// doesn't change during a run.
	missing atomic.Bool
}

// codeNoSuchAPI is the answer of the platform's front door to a call of a service
// that it does not have. Where a wildcard DNS record covers all names, that is
// what a host is like that does not exist.
const codeNoSuchAPI = "APIGW.0101"

// isMissing reports whether err, of a call to the token service, tells that there
// is none: its name is not known, or nobody there knows the call. A DNS server
// that fails, a silence or a refusal doesn't tell that, and neither does anything
// of another host that had a part in the call, such as a proxy or IAM.
func (s *tokenService) isMissing(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.IsNotFound && strings.EqualFold(strings.TrimSuffix(dns.Name, "."), s.base.Hostname())
	}
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Operation == opAssumeAgency && e.StatusCode == http.StatusNotFound && strings.EqualFold(e.Code, codeNoSuchAPI)
}

// How long keys may live, in the limits of the call that makes them.
const (
	LeastKeyLife = 15 * time.Minute
	// MostKeyLife is IAM's limit.
	MostKeyLife = 24 * time.Hour
	// MostKeyLifeOfSTS is the token service's, and MostKeyLifeOfChain its limit for
	// a caller with a security token, whose own keys end.
	MostKeyLifeOfSTS   = 12 * time.Hour
	MostKeyLifeOfChain = time.Hour
)

// The length of the name of a session at the token service.
const (
	shortestSession = 2
	longestSession  = 64
)

// sessionName names the session of an agency in the platform's audit log. It is
// the agency's name, as far as a session may have it.
func sessionName(agency string) string {
	name := strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("+=,.@-", c):
			return c
		default:
			return '-'
		}
	}, agency)
	if len(name) < shortestSession {
		name = "agency-" + name
	}
	return name[:min(len(name), longestSession)]
}
