// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package auth turns credentials into an [http.RoundTripper]: requests go in bare and leave signed or with a token. It also
// tells which project a name stands for. It knows nothing of gateways, and nothing of where the credentials come from.
package auth

import (
	"fmt"
	"net/url"
	"time"
)

// Method is a way to sign in.
type Method string

// The ways to sign in.
const (
	MethodToken     Method = "token"
	MethodOIDC      Method = "OIDC"
	MethodAccessKey Method = "access key"
	MethodPassword  Method = "password"
	MethodMetadata  Method = "metadata service"
)

// Config holds the credentials of one method, complete. Empty fields are not set.
type Config struct {
	Method Method

	Token string // an IAM token that was issued elsewhere; it can't be renewed

	AccessKey, SecretKey string // sign each request
	SecurityToken        string // belongs to them when they are temporary

	UserName, Password   string // get IAM tokens, which are renewed
	DomainName, DomainID string // the user's account; the ID wins

	OIDC     OIDC     // gets temporary keys for a token of an identity provider
	Metadata *url.URL // the ECS instance's metadata service, which has the keys of the instance's agency
	Roles    []Role   // assumed one after the other, each with the keys of the one before

	IAM         *url.URL // the base of the identity API, such as https://iam.cn-north-4.myhuaweicloud.com/v3
	STS         *url.URL // the base of the token service, which assumes the roles that name the account's ID; nil: IAM does
	STSOptional bool     // STS is a guess: where no token service turns out to be there, IAM assumes the roles

	Secrets     []string            // further texts that no message may show, such as a proxy's password
	ProjectName string              // the project of a password's token for a request without X-Project-Id; "" for the account
	Allow       func(*url.URL) bool // whether credentials may be sent to a URL other than IAM's and STS's; nil allows all
}

// Role is an agency, which lets one account act within another.
type Role struct {
	Agency               string
	DomainName, DomainID string
	Duration             time.Duration // how long the keys of the role live; zero for an hour
}

// String is how messages name the role.
func (r Role) String() string {
	return fmt.Sprintf("agency %q of %s", r.Agency, domain{ID: r.DomainID, Name: r.DomainName})
}

// OIDC is how an identity provider's token signs in: it becomes temporary keys, which assume a role if there is one.
type OIDC struct {
	ProviderID string // as IAM names the identity provider
	Token      string // the identity provider's
	TokenFile  string // the path of its file, which is read anew for each renewal; "" with Token
	Role       Role   // is assumed with the keys; without an agency it has at most a duration, of the keys themselves
}
