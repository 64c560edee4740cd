// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
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

// signatureAlgorithm authenticates the hash of the request, in one canonical spelling, and the date with the secret key.
// https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html
const signatureAlgorithm = "SDK-HMAC-SHA256"

// signature returns the Authorization header of req. It signs the host and the headers that no proxy rewrites.
func (k accessKey) signature(req *http.Request, query url.Values, body []byte) string {
	names := []string{"host"}
	values := []string{cmp.Or(req.Host, req.URL.Host)}
	for _, name := range []string{headerProject, headerDate, headerSecurityToken} { // in the order of the alphabet
		if value := req.Header.Get(name); value != "" {
			names = append(names, strings.ToLower(name))
			values = append(values, value)
		}
	}
	canonical := canonicalRequest(req.Method, req.URL.EscapedPath(), query, names, values, body)
	mac := hmac.New(sha256.New, []byte(k.secret))
	mac.Write([]byte(strings.Join([]string{signatureAlgorithm, req.Header.Get(headerDate), hash([]byte(canonical))}, "\n")))
	return signatureAlgorithm + " Access=" + k.key + ", SignedHeaders=" + strings.Join(names, ";") +
		", Signature=" + hex.EncodeToString(mac.Sum(nil))
}

// canonicalRequest is a request in the spelling that is signed, with the signed headers in the order of the alphabet.
func canonicalRequest(method, path string, query url.Values, names, values []string, body []byte) string {
	var headers strings.Builder
	for i, name := range names {
		headers.WriteString(name + ":" + strings.TrimSpace(values[i]) + "\n")
	}
	return strings.Join([]string{
		method, strings.TrimSuffix(path, "/") + "/", canonicalQuery(query), headers.String(), strings.Join(names, ";"), hash(body),
	}, "\n")
}

func canonicalQuery(query url.Values) string {
	sorted := make(url.Values, len(query))
	for name, values := range query {
		sorted[name] = slices.Sorted(slices.Values(values))
	}
	return encodeQuery(sorted)
}

// encodeQuery escapes everything but the characters that RFC 3986 calls unreserved. Encode writes a space as "+", and a plus as "%2B".
func encodeQuery(query url.Values) string {
	return strings.ReplaceAll(query.Encode(), "+", "%20")
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
