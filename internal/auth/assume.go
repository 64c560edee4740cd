// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// roleLife is how long the keys of a role live when nothing else is said: they
// are renewed, so that a short life costs a call an hour.
const roleLife = time.Hour

// federatedLife is how long the keys live that an identity provider's token
// becomes when they assume a role, the least that IAM allows: they serve for one
// call.
const federatedLife = 15 * time.Minute

type keysRequest struct {
	Auth struct {
		Identity struct {
			Methods    []string    `json:"methods"`
			AssumeRole *assumeRole `json:"assume_role,omitempty"`
			Token      *keysToken  `json:"token,omitempty"`
		} `json:"identity"`
	} `json:"auth"`
}

type assumeRole struct {
	AgencyName      string `json:"agency_name"`
	DomainName      string `json:"domain_name,omitempty"`
	DomainID        string `json:"domain_id,omitempty"` // either; both would be one too many
	DurationSeconds int64  `json:"duration_seconds"`
}

type keysToken struct {
	ID              string `json:"id"`
	DurationSeconds int64  `json:"duration_seconds"`
}

type keysAnswer struct {
	Credential struct {
		Access        string `json:"access"`
		Secret        string `json:"secret"`
		SecurityToken string `json:"securitytoken"`
		ExpiresAt     string `json:"expires_at"`
	} `json:"credential"`
}

// assume gets the keys of a role; as makes the calls, with the credentials of
// who assumes it.
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

// RoleError tells that a role can't be assumed.
type RoleError struct {
	Role Role
	Err  error
}

func (e *RoleError) Error() string { return fmt.Sprintf("assuming the %s: %s", e.Role, e.Err) }

// Unwrap returns why.
func (e *RoleError) Unwrap() error { return e.Err }

// assumeAtIAM asks IAM, which takes the account's name or its ID.
func (i *iam) assumeAtIAM(ctx context.Context, as *rest.Client, role Role) (keys, error) {
	asked := &assumeRole{AgencyName: role.Agency, DomainID: role.DomainID, DurationSeconds: role.seconds()}
	if role.DomainID == "" {
		asked.DomainName = role.DomainName
	}
	var body keysRequest
	body.Auth.Identity.Methods = []string{"assume_role"}
	body.Auth.Identity.AssumeRole = asked
	return i.temporaryKeys(ctx, as, opKeysOfAgency, body)
}

// assumeByID asks the token service, and IAM where there turns out to be none.
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

// assumeAtSTS asks the token service, whose agencies are named by URN.
func (i *iam) assumeAtSTS(ctx context.Context, as *rest.Client, role Role) (keys, error) {
	target := rest.Join(i.sts.base, "v5", "agencies", "assume")
	var answer struct {
		Credentials struct {
			AccessKeyID     string `json:"access_key_id"`
			SecretAccessKey string `json:"secret_access_key"`
			SecurityToken   string `json:"security_token"`
			Expiration      string `json:"expiration"`
		} `json:"credentials"`
	}
	response, err := as.Do(ctx, rest.Request{
		Operation: opAssumeAgency, Method: http.MethodPost, URL: target,
		Body: map[string]any{
			"agency_urn":          "iam::" + role.DomainID + ":agency:" + role.Agency,
			"agency_session_name": sessionName(role.Agency),
			"duration_seconds":    role.seconds(),
		},
		SignsIn: true,
	}, &answer)
	if err != nil {
		return keys{}, err
	}
	c := answer.Credentials
	return i.take(opAssumeAgency, http.MethodPost, target, response, c.AccessKeyID, c.SecretAccessKey, c.SecurityToken, c.Expiration)
}

// temporaryKeys asks IAM for keys.
func (i *iam) temporaryKeys(ctx context.Context, as *rest.Client, operation string, body keysRequest) (keys, error) {
	target := rest.Join(i.base.JoinPath(".."), "v3.0", "OS-CREDENTIAL", "securitytokens")
	var answer keysAnswer
	response, err := as.Do(ctx, rest.Request{Operation: operation, Method: http.MethodPost, URL: target, Body: body, SignsIn: true}, &answer)
	if err != nil {
		return keys{}, err
	}
	c := answer.Credential
	return i.take(operation, http.MethodPost, target, response, c.Access, c.Secret, c.SecurityToken, c.ExpiresAt)
}

// take makes keys of what was answered, and them known as secrets.
func (i *iam) take(operation, method string, target *url.URL, response *rest.Response, access, secret, securityToken, expires string) (keys, error) {
	if access == "" || secret == "" || securityToken == "" {
		return keys{}, &rest.Error{
			Operation: operation, Method: method, Host: target.Host, Path: target.Path,
			StatusCode: response.StatusCode, RequestID: response.RequestID, Kind: rest.KindUnreadable,
			Err: errors.New("the answer brings no access key with secret key and security token"),
		}
	}
	for _, value := range []string{access, secret, securityToken} {
		i.secret(value)
	}
	return keys{access: access, secret: secret, securityToken: securityToken, life: keysLife(i.now(), response.Header, expires)}, nil
}

func (r Role) seconds() int64 { return int64(cmp.Or(r.Duration, roleLife) / time.Second) }
