// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// alphabet has all that is special in a URL, and what is more than a byte.
const alphabet = "abyzAZ059-._~ +%&=?#;:@,!$'()*[]{}|\\^`<>\"äß網🙂"

func randomText(r *rand.Rand, most int) string {
	letters := []rune(alphabet)
	var text strings.Builder
	for range 1 + r.IntN(most) {
		text.WriteRune(letters[r.IntN(len(letters))])
	}
	return "x" + text.String()
}

func randomCall(r *rand.Rand) (method, target, body string) {
	method = http.MethodGet
	path := &url.URL{Path: "/v2/" + randomText(r, 12) + "/connections"}
	query := url.Values{}
	for range r.IntN(4) {
		name := randomText(r, 6)
		for range 1 + r.IntN(3) {
			query.Add(name, randomText(r, 10))
		}
	}
	if r.IntN(2) == 0 {
		method, body = http.MethodPost, randomText(r, 200)
	}
	path.RawQuery = query.Encode()
	return method, path.String(), body
}

func newRequest(t *testing.T, method, target, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	assert.NilError(t, err)
	req.Header.Set(headerProject, ownerProject)
	return req
}

// byTheSDK is the Authorization header that the vendor's signer gives for a request which says the same.
func byTheSDK(t *testing.T, sent *http.Request, path string, query url.Values, body string) string {
	t.Helper()
	builder := request.NewHttpRequestBuilder().WithMethod(sent.Method).WithEndpoint("https://"+sent.Host).WithPath(path).
		AddHeaderParam("Host", sent.Host)
	for _, name := range []string{headerDate, headerProject, headerSecurityToken} {
		builder.AddHeaderParam(name, sent.Header.Get(name))
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		builder.AddQueryParam(name, reflect.ValueOf(query[name]))
	}
	if body != "" {
		builder.WithBody("", body)
	}
	signed, err := signer.Sign(builder.Build(), testKey, testSecret)
	assert.NilError(t, err)
	return signed["Authorization"]
}

// What is signed here is signed as the vendor's signer does. Whatever spelling a path and a query have, the one that is
// signed is sent, and says the same.
func TestAccessKeySignsAsTheSDK(t *testing.T) {
	t.Parallel()
	key := accessKey{key: testKey, secret: testSecret, securityToken: "st", now: func() time.Time {
		return time.Date(2024, 4, 16, 11, 53, 41, 0, time.FixedZone("", 2*60*60))
	}}
	check := func(method, target, body string) {
		req := newRequest(t, method, "https://apig.test"+target, body)
		path, query := "/"+strings.TrimPrefix(req.URL.Path, "/"), req.URL.Query()
		assert.NilError(t, key.authorize(req))
		assert.Check(t, is.Equal(req.Header.Get("Authorization"), byTheSDK(t, req, path, query, body)), target)
		left, _ := io.ReadAll(req.Body)
		sent, err := url.Parse(req.URL.String())
		assert.Check(t, err == nil && sent.Path == path && sent.Query().Encode() == query.Encode() && !strings.HasSuffix(sent.String(), "?"),
			"%s: sent as %s, %v", target, req.URL, err)
		assert.Check(t, is.Equal(string(left), body), target)
		assert.Check(t, is.Equal(req.Header.Get("X-Sdk-Date"), "20240416T095341Z"))
	}
	for _, target := range []string{
		"", "/v2/p/connections?limit=500&offset=0", "/v2/a+b:c@d,e;f=g&h$i/j", "/v2/100%25/x", "/v2/%E7%BD%91%E5%85%B3/ü", "/v2/../a//b/", "/v2?b=2&a=z&a=y&b=1&a=x",
		"/v2?name=a+b&other=c%20d", "/v2?k%3D1=v%261&plus=%2B&slash=/&tilde=~&star=*&empty=&bare", "/v2?",
	} {
		check("GET", target, "")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		check(randomCall(r))
	}
}

func TestAccessKeyRefusesWhatItCantSign(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		url  url.URL
		want string
	}{
		"escaped slash": {
			url.URL{Path: "/v2/a/b/x", RawPath: "/v2/a%2Fb/x"},
			"the path /v2/a%2Fb/x has an escaped slash, which an access key can't sign: check the IDs in it for slashes",
		},
		"opaque URL":      {url.URL{Opaque: "//host/x"}, "an opaque URL can't be signed"},
		"malformed query": {url.URL{Path: "/v2", RawQuery: "a=%zz"}, "a malformed query can't be signed"},
	} {
		a := newAuthenticator(t, keyConfig, transport(func(*http.Request) (*http.Response, error) { return nil, errors.New("something was sent") }))
		_, err := a.RoundTrip((&http.Request{Method: "GET", URL: &tc.url, Header: http.Header{}}).WithContext(t.Context()))
		want := "authorize the request: " + tc.want
		assert.Check(t, err != nil && err.Error() == want, "%s: error %v, want %q", name, err, want)
	}
}
