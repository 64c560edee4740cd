// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// alphabet has all that is special in a URL, and what is more than a byte.
const alphabet = "abyzAZ059-._~ +%&=?#;:@,!$'()*[]{}|\\^`<>\"äß網🙂"

func randomText(r *rand.Rand, most int, not string) string {
	letters := []rune(alphabet)
	var text strings.Builder
	for range 1 + r.IntN(most) {
		if letter := letters[r.IntN(len(letters))]; !strings.ContainsRune(not, letter) {
			text.WriteRune(letter)
		}
	}
	return "x" + text.String()
}

// randomRequest is a call to a gateway that does not exist, so that 404 is the
// answer of who believes the signature.
func randomRequest(t *testing.T, r *rand.Rand) (req *http.Request, body string) {
	t.Helper()
	method := http.MethodGet
	target := &url.URL{Scheme: "https", Host: "apig.test"}
	target.Path = "/v2/" + ownerProject + "/apigw/instances/" + randomText(r, 12, "") + "/vpc-endpoint/connections"
	query := url.Values{}
	for range r.IntN(4) {
		name := randomText(r, 6, "")
		for range 1 + r.IntN(3) {
			query.Add(name, randomText(r, 10, ""))
		}
	}
	if r.IntN(2) == 0 {
		method, body = http.MethodPost, randomText(r, 200, "")
		target.Path += "/action"
	}
	target.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(t.Context(), method, target.String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(headerProject, ownerProject)
	return req, body
}

// byTheSDK is the Authorization header that the vendor's signer gives for a
// request which says the same.
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
	if err != nil {
		t.Fatal(err)
	}
	return signed["Authorization"]
}

// What is signed here is signed as the vendor's signer does, and the mock, which
// has a verification of its own, believes it until a byte changes.
func TestAccessKeySignsAsTheSDK(t *testing.T) {
	t.Parallel()
	m := mockapig.New(mockapig.Config{})
	m.AddAccount(mockapig.Account{DomainID: ownerDomain, AccessKey: testKey, SecretKey: testSecret, SecurityToken: "st"})
	m.AddProject(mockapig.Project{ID: ownerProject, Name: "region-1", DomainID: ownerDomain})
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 10_000 {
		req, body := randomRequest(t, r)
		path, query := req.URL.Path, req.URL.Query()
		var sent *http.Request
		a := newAuthenticator(t, Config{AccessKey: testKey, SecretKey: testSecret, SecurityToken: "st", IAM: mustURL(t, testIAM)},
			transport(func(out *http.Request) (*http.Response, error) {
				sent = out.Clone(out.Context())
				return m.Transport().RoundTrip(out)
			}))
		resp, err := a.RoundTrip(req)
		if err != nil {
			t.Fatalf("request %d: %v", n, err)
		}
		if answer, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusNotFound {
			t.Errorf("request %d, %s: %d %s", n, sent.URL, resp.StatusCode, answer)
		}
		if got, want := sent.Header.Get("Authorization"), byTheSDK(t, sent, path, query, body); got != want {
			t.Errorf("request %d, %s: signed as %s, by the SDK as %s", n, sent.URL, got, want)
		}
		if n >= 200 {
			continue
		}
		for what, change := range tampering(r) {
			changed := sent.Clone(t.Context())
			changed.Body = io.NopCloser(strings.NewReader(change(changed, body)))
			resp, err := m.Transport().RoundTrip(changed)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("request %d, %s: believed with another %s", n, sent.URL, what)
			}
		}
	}
}

// tampering changes a byte of a signed request, and gives the body to send.
func tampering(r *rand.Rand) map[string]func(req *http.Request, body string) string {
	return map[string]func(*http.Request, string) string{
		"path": func(req *http.Request, body string) string {
			req.URL = &url.URL{Scheme: "https", Host: req.URL.Host, RawQuery: req.URL.RawQuery, Path: strings.Replace(req.URL.Path, "/x", "/y", 1)}
			return body
		},
		"query": func(req *http.Request, body string) string {
			req.URL.RawQuery += "z"
			return body
		},
		"body": func(_ *http.Request, body string) string {
			if body == "" {
				return "z"
			}
			at := r.IntN(len(body))
			return body[:at] + string([]byte{body[at] ^ 1}) + body[at+1:]
		},
		"date": func(req *http.Request, body string) string {
			date := []byte(req.Header.Get(headerDate))
			date[14] ^= 1 // the last digit of the seconds
			req.Header.Set(headerDate, string(date))
			return body
		},
		"security token": func(req *http.Request, body string) string {
			req.Header.Set(headerSecurityToken, "su")
			return body
		},
		"signature": func(req *http.Request, body string) string {
			value := []byte(req.Header.Get("Authorization"))
			last := &value[len(value)-1]
			if *last == '0' {
				*last = '1'
			} else {
				*last = '0'
			}
			req.Header.Set("Authorization", string(value))
			return body
		},
	}
}
