// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The signature of a request by an access key, as the vendor's API gateways check it. The vendor describes it under
// "AK/SK Signing and Authentication Algorithm": the request is written in one canonical spelling, and the hash of that,
// together with the date, is authenticated with the secret key.
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

// canonicalQuery is query in the order of its names, and of the values of each.
func canonicalQuery(query url.Values) string {
	sorted := make(url.Values, len(query))
	for name, values := range query {
		sorted[name] = slices.Sorted(slices.Values(values))
	}
	return encodeQuery(sorted)
}

// encodeQuery escapes everything but the characters that RFC 3986 calls unreserved.
func encodeQuery(query url.Values) string {
	// Encode writes a space as "+", and a literal plus as "%2B".
	return strings.ReplaceAll(query.Encode(), "+", "%20")
}

// hash is the SHA-256 of data in hexadecimal digits.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
