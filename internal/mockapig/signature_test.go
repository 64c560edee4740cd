// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"gotest.tools/v3/assert"
)

// signed makes a request that the vendor's own signer signed with these keys.
func signed(t *testing.T, method, path, body, access, secret string, headers map[string]string) *http.Request {
	t.Helper()
	builder := request.NewHttpRequestBuilder().WithEndpoint("http://mock.test").WithMethod(method).WithPath(path)
	for name, value := range headers {
		builder.AddHeaderParam(name, value)
	}
	if body != "" {
		builder.WithBody("", body).AddHeaderParam("Content-Type", "application/json")
	}
	unsigned := builder.Build()
	made, err := signer.Sign(unsigned, access, secret)
	assert.NilError(t, err)
	for name, value := range made {
		unsigned.AddHeaderParam(name, value)
	}
	r, err := unsigned.ConvertRequest()
	assert.NilError(t, err)
	return r.WithContext(t.Context())
}

func TestSignatureCoversTheRequest(t *testing.T) {
	for _, tc := range []struct {
		name   string
		tamper func(*http.Request)
	}{
		{"path", func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, testGateway, otherGateway, 1) }},
		{"query", func(r *http.Request) { r.URL.RawQuery = "a=b" }},
		{"malformed query", func(r *http.Request) { r.URL.RawQuery = "%zz" }},
		{"method", func(r *http.Request) { r.Method, r.URL.Path = http.MethodGet, listPath }},
		{"body", func(r *http.Request) {
			other := newRequest(r.Context(), r.Method, actionPath, actionBody("reject", endpoint(0)))
			r.Body, r.ContentLength = other.Body, other.ContentLength
		}},
		{"header", func(r *http.Request) { r.Header.Set("X-Project-Id", otherProject) }},
		{"missing header", func(r *http.Request) { r.Header.Del("X-Project-Id") }},
		{"date", func(r *http.Request) {
			r.Header.Set("X-Sdk-Date", time.Now().Add(time.Minute).UTC().Format(signatureDate))
		}},
		{"no date", func(r *http.Request) { r.Header.Del("X-Sdk-Date") }},
		{"stated hash", func(r *http.Request) { r.Header.Set("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD") }},
		{"unasked security token", func(r *http.Request) { r.Header.Set("X-Security-Token", "something") }},
		{"access key", func(r *http.Request) { replaceAuthorization(r, "TESTACCESSKEY", "OTHERACCESSKEY") }},
		{"unsigned date", func(r *http.Request) { replaceAuthorization(r, ";x-sdk-date", "") }},
		{"signature", func(r *http.Request) { replaceAuthorization(r, "Signature=", "Signature=0") }},
		{"algorithm", func(r *http.Request) { replaceAuthorization(r, "HMAC", "RSA") }},
	} {
		s := seeded(Config{}, StatusPending)
		r := signed(t, http.MethodPost, actionPath, actionBody("receive", endpoint(0)), "TESTACCESSKEY", "test-secret-key",
			map[string]string{"X-Project-Id": testProject})
		tc.tamper(r)
		got := mustSend(t, s, r)
		assert.Check(t, got.is(http.StatusUnauthorized, "APIGW.0301") && got.RequestID != "" && truth(s) == StatusPending,
			"%s: got %d %s, then %s", tc.name, got.status, got.body, truth(s))
	}
}

func replaceAuthorization(r *http.Request, old, with string) {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, with, 1))
}

func TestSignatureGoesStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(Config{}, StatusPending)
		now := time.Now()
		for skew, want := range map[time.Duration]int{
			0: 200, 15 * time.Minute: 200, -15 * time.Minute: 200, 15*time.Minute + time.Second: 401, -15*time.Minute - time.Second: 401,
		} {
			date := map[string]string{"X-Sdk-Date": now.Add(skew).UTC().Format(signatureDate)}
			got := mustSend(t, s, signed(t, http.MethodGet, listPath, "", "TESTACCESSKEY", "test-secret-key", date))
			assert.Check(t, got.status == want && (want != 401 || got.Code == "APIGW.0303"), "%v: got %d %s", skew, got.status, got.body)
		}
	})
}

// A signature is good for all projects of its domain, of which it has to name a sub-project.
func TestSignatureAndProject(t *testing.T) {
	s := newWorld(Config{})
	s.AddProject(Project{ID: "sub", Name: "demo-1_dev", DomainID: testDomain})
	s.AddGateway(Gateway{ID: "gateway", ProjectID: "sub"})
	sub := strings.NewReplacer(testProject, "sub", testGateway, "gateway").Replace(listPath)
	foreign := strings.NewReplacer(testProject, otherProject, testGateway, otherGateway).Replace(listPath)
	for _, tc := range []struct {
		path    string
		headers map[string]string
		want    int
	}{{sub, map[string]string{"X-Project-Id": "sub"}, 200}, {sub, nil, 403}, {foreign, nil, 403}} {
		got := mustSend(t, s, signed(t, http.MethodGet, tc.path, "", "TESTACCESSKEY", "test-secret-key", tc.headers))
		assert.Check(t, got.status == tc.want && (tc.want != 403 || got.Code == "APIC.7106"), "%s %v: got %d %s", tc.path, tc.headers, got.status, got.body)
	}
}

func TestHostAndLengthCanBeSigned(t *testing.T) {
	r := newRequest(t.Context(), http.MethodPost, "/x", "body")
	got, err := canonicalHeaders(r, []string{"content-length", "host"})
	want := "content-length:4\nhost:mock.test\n"
	assert.Check(t, got == want && err == nil, "got %q, %v", got, err)
}

const goodAuthorization = "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, " +
	"Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestParseAuthorization(t *testing.T) {
	got, err := parseAuthorization(goodAuthorization)
	assert.Check(t, err == nil && got.String() == goodAuthorization, "got %v, %v", got, err)
	for _, bad := range []string{
		"",
		"Bearer x",
		"SDK-HMAC-SHA256",
		"SDK-HMAC-SHA256 ",
		strings.Replace(goodAuthorization, "Access=AK, ", "", 1),
		strings.Replace(goodAuthorization, "AK", "", 1),
		strings.Replace(goodAuthorization, "Access", "access", 1),
		strings.Replace(goodAuthorization, "host;", "Host;", 1),
		strings.Replace(goodAuthorization, "host;x-sdk-date", "x-sdk-date;host", 1),
		strings.Replace(goodAuthorization, "host;", "x-sdk-date;", 1),
		strings.Replace(goodAuthorization, "host;", ";", 1),
		strings.Replace(goodAuthorization, "abcdef", "ABCDEF", 1),
		strings.Replace(goodAuthorization, "abcdef", "xyzxyz", 1),
		goodAuthorization + "00",
		goodAuthorization + ", Access=AK",
		goodAuthorization + ", More=x",
		goodAuthorization + ",",
	} {
		got, err := parseAuthorization(bad)
		assert.Check(t, err != nil, "%q: got %v", bad, got)
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add(goodAuthorization)
	f.Add(strings.ReplaceAll(goodAuthorization, ", ", ","))
	f.Add("SDK-HMAC-SHA256 Access=a=b, SignedHeaders=;, Signature=")
	f.Fuzz(func(t *testing.T, header string) {
		a, err := parseAuthorization(header)
		if err != nil {
			return
		}
		again, err := parseAuthorization(a.String())
		assert.Check(t, err == nil && again.String() == a.String(), "%q is read as %q, and that as %q, %v", header, a, again, err)
	})
}

// String writes the header again.
func (a authorization) String() string {
	return fmt.Sprintf("%s Access=%s, SignedHeaders=%s, Signature=%s",
		signatureAlgorithm, a.access, strings.Join(a.headers, ";"), a.signature)
}
