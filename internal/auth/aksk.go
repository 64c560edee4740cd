// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	headerDate          = "X-Sdk-Date"
	headerSecurityToken = "X-Security-Token"
	headerProject       = "X-Project-Id"
	dateFormat          = "20060102T150405Z"
)

// accessKey signs requests.
type accessKey struct {
	fixed
	key, secret, securityToken string
	now                        func() time.Time
}

func (k accessKey) authorize(req *http.Request) error {
	body, err := takeBody(req)
	if err != nil {
		return err
	}
	query, err := canonicalize(req.URL)
	if err != nil {
		return final(req, err)
	}

	req.Header.Del("Authorization")
	req.Header.Set(headerDate, k.now().UTC().Format(dateFormat))
	if k.securityToken != "" {
		req.Header.Set(headerSecurityToken, k.securityToken)
	}

	req.Header.Set("Authorization", k.signature(req, query, body))
	return nil
}

// takeBody reads the body of req and leaves one that can be read again.
func takeBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	if err := errors.Join(err, req.Body.Close()); err != nil {
		return nil, fmt.Errorf("reading the body to be signed: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.ContentLength = int64(len(body))
	return body, nil
}

// canonicalize gives path and query of u the spelling that is signed, so that it is what is sent. It returns the query.
func canonicalize(u *url.URL) (url.Values, error) {
	if u.Opaque != "" {
		return nil, errors.New("an opaque URL can't be signed")
	}
	// The signature is over the decoded path, in which an escaped slash is like any other.
	if strings.Count(u.EscapedPath(), "/") != strings.Count(u.Path, "/") {
		return nil, fmt.Errorf("the path %s has an escaped slash, which an access key can't sign: check the IDs in it for slashes", u.EscapedPath())
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("a malformed query can't be signed")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.RawPath = escapePath(u.Path)
	u.RawQuery = encodeQuery(query)
	u.ForceQuery = false
	return query, nil
}

// escapePath escapes everything in path but slashes and the characters that RFC 3986 calls unreserved.
func escapePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = strings.ReplaceAll(url.QueryEscape(segment), "+", "%20")
	}
	return strings.Join(segments, "/")
}
