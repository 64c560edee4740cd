// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The signature SDK-HMAC-SHA256 is verified from its definition, and not with the code that makes it.

const (
	signatureAlgorithm = "SDK-HMAC-SHA256"
	signatureDate      = "20060102T150405Z"
	maxSkew            = 15 * time.Minute
)

// authorization is an Authorization header in its parts.
type authorization struct {
	access    string
	headers   []string // lower case, sorted, each once
	signature string   // 64 lower case hexadecimal digits
}

var authorizationForm = regexp.MustCompile(`^` + signatureAlgorithm + ` Access=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$`)

// parseAuthorization takes apart "SDK-HMAC-SHA256 Access=…, SignedHeaders=a;b, Signature=…".
func parseAuthorization(header string) (authorization, error) {
	parts := authorizationForm.FindStringSubmatch(header)
	if parts == nil {
		return authorization{}, errors.New("it is not of the form " + signatureAlgorithm + " Access=…, SignedHeaders=a;b, Signature=…")
	}
	a := authorization{access: parts[1], headers: strings.Split(parts[2], ";"), signature: parts[3]}
	for i, name := range a.headers {
		if name == "" || name != strings.ToLower(name) || i > 0 && a.headers[i-1] >= name {
			return authorization{}, errors.New("the signed headers are not in lower case and sorted")
		}
	}
	return a, nil
}

// bySignature finds the account that signed a call; the caller holds the lock.
func (s *Server) bySignature(c *call, header string, now time.Time) (Account, *refusal) {
	a, err := parseAuthorization(header)
	if err != nil {
		return Account{}, badSignature(err.Error())
	}
	date := c.Header.Get("X-Sdk-Date")
	at, err := time.Parse(signatureDate, date)
	if err != nil || !slices.Contains(a.headers, "x-sdk-date") {
		return Account{}, badSignature("no signed date")
	}
	if now.Sub(at).Abs() > maxSkew {
		return Account{}, unauthorized(codeClockSkew, "Incorrect IAM authentication information: the request's time is off")
	}
	account, ok := s.accountOf(a.access)
	if !ok {
		return Account{}, badSignature("unknown access key")
	}
	canonical, err := canonicalRequest(c.Request, c.body, a.headers)
	if err != nil {
		return Account{}, badSignature(err.Error())
	}
	if !hmac.Equal([]byte(a.signature), []byte(sign(canonical, date, account.SecretKey))) {
		return Account{}, badSignature("the signature does not match")
	}
	if !hmac.Equal([]byte(c.Header.Get("X-Security-Token")), []byte(account.SecurityToken)) {
		return Account{}, badSignature("the security token does not belong to the access key")
	}
	if temporary := s.keys[a.access]; temporary != nil && !temporary.good(now) {
		return Account{}, badSignature("the temporary access key has expired")
	}
	return account, nil
}

// accountOf finds the account that an access key belongs to, a temporary one included; the caller holds the lock.
func (s *Server) accountOf(access string) (Account, bool) {
	if temporary := s.keys[access]; temporary != nil {
		return temporary.Account, true
	}
	for _, account := range s.accounts {
		if account.AccessKey == access {
			return account, true
		}
	}
	return Account{}, false
}

func badSignature(why string) *refusal {
	return unauthorized(codeBadSignature, "Incorrect IAM authentication information: "+why)
}

func sign(canonical, date, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%s\n%s\n%s", signatureAlgorithm, date, hexSHA256([]byte(canonical)))
	return hex.EncodeToString(mac.Sum(nil))
}

// canonicalRequest is what a signature covers: method, path, query, the signed headers and the body.
func canonicalRequest(r *http.Request, body []byte, signed []string) (string, error) {
	query, err := canonicalQuery(r.URL.RawQuery)
	if err != nil {
		return "", err
	}
	headers, err := canonicalHeaders(r, signed)
	if err != nil {
		return "", err
	}
	bodyHash := hexSHA256(body)
	if stated := r.Header.Get("X-Sdk-Content-Sha256"); stated != "" && stated != bodyHash {
		return "", errors.New("the stated hash is not the body's")
	}
	return strings.Join([]string{
		r.Method, canonicalPath(r.URL.Path), query, headers, strings.Join(signed, ";"), bodyHash,
	}, "\n"), nil
}

// canonicalPath escapes each segment of the decoded path and ends in a slash.
func canonicalPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = escape(segment)
	}
	return strings.TrimSuffix(strings.Join(segments, "/"), "/") + "/"
}

func canonicalQuery(raw string) (string, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return "", errors.New("the query is malformed")
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range slices.Sorted(slices.Values(values[name])) {
			pairs = append(pairs, escape(name)+"="+escape(value))
		}
	}
	return strings.Join(pairs, "&"), nil
}

// canonicalHeaders has a line for each value of each signed header, every line with its end.
func canonicalHeaders(r *http.Request, signed []string) (string, error) {
	var lines strings.Builder
	for _, name := range signed {
		values := slices.Clone(r.Header.Values(name))
		switch {
		case name == "host": // net/http keeps these two out of the header
			values = []string{r.Host}
		case name == "content-length" && len(values) == 0:
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		}
		if len(values) == 0 {
			return "", fmt.Errorf("header %q is signed but missing", name)
		}
		slices.Sort(values)
		for _, value := range values {
			lines.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
		}
	}
	return lines.String(), nil
}

// escape percent-encodes everything but unreserved characters.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch ch := s[i]; {
		case 'A' <= ch && ch <= 'Z', 'a' <= ch && ch <= 'z', '0' <= ch && ch <= '9', strings.IndexByte("-_.~", ch) >= 0:
			b.WriteByte(ch)
		default:
			fmt.Fprintf(&b, "%%%02X", ch)
		}
	}
	return b.String()
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
