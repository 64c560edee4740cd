// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package auth turns credentials into an [http.RoundTripper]: requests go in
// bare and leave signed or with a token. It also answers the one question that
// credentials raise before the first call, which project a name stands for.
package auth

import (
	"net/url"
)

// Config holds credentials that were resolved already: nothing here is read
// from the environment. Empty fields are not set.
type Config struct {
	// Token is an IAM token that was issued elsewhere. It is used as it is and
	// can't be renewed.
	Token string

	// AccessKey and SecretKey sign each request. SecurityToken belongs to them
	// when they are temporary.
	AccessKey, SecretKey, SecurityToken string

	// UserName and Password get IAM tokens, which are renewed. The user's
	// account is named by DomainID or DomainName; the ID wins.
	UserName, Password   string
	DomainName, DomainID string

	// IAM is the base of the identity API, such as
	// https://iam.cn-north-4.myhuaweicloud.com/v3.
	IAM *url.URL

	// ProjectName is the project that a password's token is for when a request
	// names none in X-Project-Id. Without it such a token is for the account.
	ProjectName string

	// Allow tells whether credentials may be sent to a URL. What it refuses
	// fails before anything is sent. IAM itself is always allowed; nil allows
	// every URL.
	Allow func(*url.URL) bool
}
