// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package auth turns credentials into an [http.RoundTripper]: requests go in bare and leave signed or with a token. It
// also answers the one question that credentials raise before the first call, which project a name stands for. It knows
// nothing of gateways, and nothing of where the credentials come from.
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

	// Token is an IAM token that was issued elsewhere. It is used as it is and can't be renewed.
	Token string

	// AccessKey and SecretKey sign each request. SecurityToken belongs to them when they are temporary.
	AccessKey, SecretKey, SecurityToken string

	// UserName and Password get IAM tokens, which are renewed. DomainID or DomainName is the user's account; the ID wins.
	UserName, Password   string
	DomainName, DomainID string

	// OIDC gets temporary keys for a token of an identity provider.
	OIDC OIDC

	// Metadata is the address of an ECS instance's metadata service, which has the keys of the instance's agency.
	Metadata *url.URL

	// Roles are assumed one after the other, each with the keys of the one before.
	Roles []Role

	// IAM is the base of the identity API, such as https://iam.cn-north-4.myhuaweicloud.com/v3.
	IAM *url.URL

	// STS is the base of the token service, such as https://sts.cn-north-4.myhuaweicloud.com. It assumes the roles that
	// name the account's ID. Where it is nil, IAM does.
	STS *url.URL

	// STSOptional tells that STS is a guess: where no token service turns out to be there, IAM assumes the roles.
	STSOptional bool

	// Secrets are further texts that no message may show, such as a proxy's password.
	Secrets []string

	// ProjectName is the project of a password's token for a request without X-Project-Id; "" for the account.
	ProjectName string

	// Allow tells whether credentials may be sent to a URL other than IAM's and STS's. Nil allows every URL.
	Allow func(*url.URL) bool
}

// Role is an agency, which lets one account act within another.
type Role struct {
	Agency               string
	DomainName, DomainID string
	// Duration is how long the keys of the role live; zero for an hour. They are renewed before that.
	Duration time.Duration
}

// String is how messages name the role.
func (r Role) String() string {
	return fmt.Sprintf("agency %q of %s", r.Agency, domain{ID: r.DomainID, Name: r.DomainName})
}

// OIDC is how an identity provider's token signs in: it becomes temporary keys, which assume a role if there is one.
type OIDC struct {
	ProviderID string // as IAM names the identity provider
	// Token is the identity provider's, or else TokenFile the path of its file, which is read anew for each renewal.
	Token, TokenFile string
	// Role is assumed with the keys. Without an agency it has at most a duration, which is that of the keys themselves.
	Role Role
}
