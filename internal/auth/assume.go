// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// How long keys may live, in the limits of the call that makes them.
const (
	LeastKeyLife       = 15 * time.Minute
	MostKeyLife        = 24 * time.Hour // IAM's limit
	MostKeyLifeOfSTS   = 12 * time.Hour // the token service's
	MostKeyLifeOfChain = time.Hour      // the token service's for a caller with a security token, whose own keys end

	roleLife = time.Hour // the default for a role
)

// tokenService is where IAM's token service (STS) is, as far as that is known.
type tokenService struct {
	base     *url.URL    // nil where there is none
	optional bool        // IAM stands in for it where it is not at base
	missing  atomic.Bool // it was not at base: whether a region has the service doesn't change during a run
}

// codeNoSuchAPI is the front door's answer to a call of no service, and to any host below a wildcard DNS record.
const codeNoSuchAPI = "APIGW.0101"

// isMissing reports whether err tells that there is no token service: only DNS and the front door can, no failure and no other host.
func (s *tokenService) isMissing(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.IsNotFound && strings.EqualFold(strings.TrimSuffix(dns.Name, "."), s.base.Hostname())
	}
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Operation == opAssumeAgency && e.StatusCode == http.StatusNotFound && strings.EqualFold(e.Code, codeNoSuchAPI)
}

// RoleError tells that a role can't be assumed.
type RoleError struct {
	Role Role
	Err  error
}

func (e *RoleError) Error() string { return fmt.Sprintf("assuming the %s: %s", e.Role, e.Err) }

// Unwrap returns why.
func (e *RoleError) Unwrap() error { return e.Err }

// assume gets the keys of a role. as makes the calls, with the credentials of who assumes it.
func (i *iam) assume(ctx context.Context, as *rest.Client, role Role) (keys, error) {
	// The token of a password is one for the account: a project has no part in it.
	ctx = withScope(ctx, scope{})
	assume := i.assumeAtIAM
	if role.DomainID != "" && i.sts.base != nil {
		assume = i.assumeByID
	}
	k, err := assume(ctx, as, role)
	if err != nil {
		return keys{}, &RoleError{Role: role, Err: err}
	}
	return k, nil
}

func (i *iam) assumeByID(ctx context.Context, as *rest.Client, role Role) (keys, error) {
	if !i.sts.missing.Load() {
		k, err := i.assumeAtSTS(ctx, as, role)
		if !i.sts.optional || !i.sts.isMissing(err) {
			return k, err
		}
		i.sts.missing.Store(true)
	}
	k, err := i.assumeAtIAM(ctx, as, role)
	if err != nil {
		return keys{}, fmt.Errorf("%w; IAM was asked, since there is no token service at %s", err, i.sts.base.Host)
	}
	return k, nil
}

// assumeAtIAM asks IAM, which takes the account's name or its ID.
func (i *iam) assumeAtIAM(ctx context.Context, as *rest.Client, role Role) (keys, error) {
	asked := map[string]any{"agency_name": role.Agency, "duration_seconds": role.seconds()}
	if role.DomainID != "" { // both would be one too many
		asked["domain_id"] = role.DomainID
	} else {
		asked["domain_name"] = role.DomainName
	}
	return i.temporaryKeys(ctx, as, opKeysOfAgency, identity("assume_role", asked, nil))
}

// assumeAtSTS asks the token service, whose agencies are named by URN.
func (i *iam) assumeAtSTS(ctx context.Context, as *rest.Client, role Role) (keys, error) {
	return i.keys(ctx, as, signIn(opAssumeAgency, rest.Join(i.sts.base, "v5", "agencies", "assume"), map[string]any{
		"agency_urn":          "iam::" + role.DomainID + ":agency:" + role.Agency,
		"agency_session_name": sessionName(role.Agency),
		"duration_seconds":    role.seconds(),
	}))
}

func (r Role) seconds() int64 { return int64(cmp.Or(r.Duration, roleLife) / time.Second) }

// How long the name of a session at the token service is.
const shortestSession, longestSession = 2, 64

// sessionName names the session of an agency in the platform's audit log: by the agency, as far as that is allowed.
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

// keys are an access key with an end.
type keys struct {
	access, secret, securityToken string
	life
}

func (k keys) each(tell func(secret string)) {
	tell(k.access)
	tell(k.secret)
	tell(k.securityToken)
}

func (k keys) signer(now func() time.Time) accessKey {
	return accessKey{key: k.access, secret: k.secret, securityToken: k.securityToken, now: now}
}

// temporaryKey signs with keys that it renews before they end and when they are refused. Safe for concurrent use.
type temporaryKey struct {
	keys *store[struct{}, keys]
	used func(secret string) // told of each key that is used
}

// newTemporaryKey returns one whose keys obtain gets for the credentials that are named at the time. Refused credentials are
// not tried again, unless there were good keys: an agency that nobody may assume for a moment doesn't end a run.
func newTemporaryKey(credentials func() string, obtain func(context.Context) (keys, error), used func(string)) *temporaryKey {
	var tried refusals
	t := &temporaryKey{used: used}
	t.keys = newStore(func(ctx context.Context, _ struct{}) (keys, error) {
		with := credentials()
		if err := tried.of(with); err != nil {
			return keys{}, err
		}
		k, err := obtain(ctx)
		if _, ok := t.keys.good(struct{}{}); ok {
			return k, err
		}
		return k, tried.note(with, err)
	})
	return t
}

func (t *temporaryKey) authorize(req *http.Request) error {
	k, err := t.keys.get(req.Context(), struct{}{})
	if err != nil {
		return err
	}
	k.each(t.used)
	return k.signer(t.keys.now).authorize(req)
}

// forget drops the keys that refused was signed with, if they are in use: all who were refused get new ones together.
func (t *temporaryKey) forget(refused *http.Request) bool {
	token := refused.Header.Get(headerSecurityToken)
	return t.keys.drop(struct{}{}, func(k keys) bool { return k.securityToken == token })
}

func (t *temporaryKey) hold(*http.Request) { t.keys.hold(struct{}{}) }
