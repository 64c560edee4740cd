// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testKey    = "AKTEST"
	testSecret = "sk-secret-value"
)

// verifySignature recomputes a signature from the bytes on the wire: path and
// query are taken as they were sent, nothing is decoded.
func verifySignature(r *http.Request, secret string) error {
	header, ok := strings.CutPrefix(r.Header.Get("Authorization"), "SDK-HMAC-SHA256 ")
	if !ok {
		return fmt.Errorf("Authorization is %q", r.Header.Get("Authorization"))
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(header, ", ") {
		name, value, _ := strings.Cut(part, "=")
		parts[name] = value
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	path, query, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasSuffix(path, "/") {
		path += "/"
	}
	pairs := strings.Split(query, "&")
	slices.Sort(pairs)
	var headers strings.Builder
	for name := range strings.SplitSeq(parts["SignedHeaders"], ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, value)
	}
	bodyHash := sha256.Sum256(body)
	canonical := strings.Join([]string{
		r.Method, path, strings.Join(pairs, "&"), headers.String(), parts["SignedHeaders"], hex.EncodeToString(bodyHash[:]),
	}, "\n")
	canonicalHash := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "SDK-HMAC-SHA256\n%s\n%s", r.Header.Get("X-Sdk-Date"), hex.EncodeToString(canonicalHash[:]))
	if want := hex.EncodeToString(mac.Sum(nil)); parts["Signature"] != want {
		return fmt.Errorf("the signature does not cover\n%s", canonical)
	}
	if parts["Access"] != testKey {
		return fmt.Errorf("access key %q", parts["Access"])
	}
	return nil
}

// signatureServer answers 204 to what is signed rightly and 418 to the rest,
// and remembers the last request.
func signatureServer(t *testing.T) (base string, last func() *http.Request) {
	t.Helper()
	var mu sync.Mutex
	var seen *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := verifySignature(r, testSecret)
		mu.Lock()
		seen = r
		mu.Unlock()
		if err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() *http.Request {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

func newAccessKey(t *testing.T, iamURL, securityToken string) *Authenticator {
	t.Helper()
	return newAuthenticator(t, Config{
		AccessKey: testKey, SecretKey: testSecret, SecurityToken: securityToken, IAM: mustURL(t, iamURL),
	}, http.DefaultTransport)
}

func TestAccessKeySignsWhatIsSent(t *testing.T) {
	t.Parallel()
	base, last := signatureServer(t)
	tests := map[string]struct {
		method, target, body string
	}{
		"no path":                {"GET", "", ""},
		"plain":                  {"GET", "/v2/p/apigw/instances/i/vpc-endpoint/connections?limit=500&offset=0", ""},
		"body":                   {"POST", "/v2/p/action", `{"action":"receive","endpoints":["<&>"]}`},
		"space":                  {"GET", "/v2/a%20b/c", ""},
		"plus, colon, at, comma": {"GET", "/v2/a+b:c@d,e;f=g&h$i/j", ""},
		"percent":                {"GET", "/v2/100%25/x", ""},
		"unicode":                {"GET", "/v2/%E7%BD%91%E5%85%B3/ü", ""},
		"dots and doubled slash": {"GET", "/v2/../a//b/", ""},
		"tilde and underscore":   {"GET", "/v2/~a_b-c.d", ""},
		"braces":                 {"GET", "/v2/%7Bproject_id%7D", ""},
		"repeated keys":          {"GET", "/v2?b=2&a=z&a=y&b=1&a=x", ""},
		"spaces in the query":    {"GET", "/v2?name=a+b&other=c%20d", ""},
		"odd characters in the query": {
			"GET", "/v2?k%3D1=v%261&plus=%2B&slash=/&tilde=~&star=*&empty=&bare", "",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			a := newAccessKey(t, base, "")
			var body io.Reader
			if tc.body != "" {
				body = strings.NewReader(tc.body)
			}
			req, err := http.NewRequestWithContext(t.Context(), tc.method, base+tc.target, body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Project-Id", "p")
			req.Header.Set("Content-Type", "application/json")
			want := req.URL.Path
			if want == "" {
				want = "/"
			}
			resp, err := a.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusNoContent {
				text, _ := io.ReadAll(resp.Body)
				t.Fatalf("refused: %s", text)
			}
			if got := last().URL.Path; got != want {
				t.Errorf("arrived at path %q, want %q", got, want)
			}
			if got, want := last().URL.Query(), req.URL.Query(); got.Encode() != want.Encode() {
				t.Errorf("arrived with query %v, want %v", got, want)
			}
			if signed := last().Header.Get("Authorization"); !strings.Contains(signed, "SignedHeaders=host;x-project-id;x-sdk-date,") {
				t.Errorf("not all headers are signed: %s", signed)
			}
		})
	}
}

func TestAccessKeyTemporary(t *testing.T) {
	t.Parallel()
	base, last := signatureServer(t)
	resp := roundTrip(t, newAccessKey(t, base, "temporary-token"), "GET", base+"/v2/x", "", nil)
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("answer %d", resp.StatusCode)
	}
	if got := last().Header.Get("X-Security-Token"); got != "temporary-token" {
		t.Errorf("X-Security-Token is %q", got)
	}
	if signed := last().Header.Get("Authorization"); !strings.Contains(signed, "x-security-token") {
		t.Errorf("the security token is not signed: %s", signed)
	}
}

func TestAccessKeyDate(t *testing.T) {
	t.Parallel()
	base, last := signatureServer(t)
	a := newAccessKey(t, base, "")
	signing := a.credentials.(accessKey)
	signing.now = func() time.Time {
		return time.Date(2024, 4, 16, 11, 53, 41, 0, time.FixedZone("", 2*60*60))
	}
	a.credentials = signing
	roundTrip(t, a, "GET", base+"/v2/x", "", nil)
	if got, want := last().Header.Get("X-Sdk-Date"), "20240416T095341Z"; got != want {
		t.Errorf("X-Sdk-Date is %q, want %q", got, want)
	}
}

func TestAccessKeyRefusesWhatItCantSign(t *testing.T) {
	t.Parallel()
	base, last := signatureServer(t)
	tests := map[string]struct {
		url  *url.URL
		want string
	}{
		"escaped slash": {
			mustURL(t, base+"/v2/a%2Fb/x"),
			"the path /v2/a%2Fb/x has an escaped slash, which an access key can't sign: check the IDs in it for slashes",
		},
		"opaque URL":      {&url.URL{Scheme: "http", Opaque: "//host/x"}, "an opaque URL can't be signed"},
		"malformed query": {mustURL(t, base+"/v2?a=%zz"), "a malformed query can't be signed"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			req := &http.Request{Method: "GET", URL: tc.url, Header: http.Header{}}
			resp, err := newAccessKey(t, base, "").RoundTrip(req.WithContext(t.Context()))
			if err == nil {
				resp.Body.Close()
				t.Fatal("no error")
			}
			if want := "authorize the request: " + tc.want; err.Error() != want {
				t.Errorf("error %q, want %q", err, want)
			}
			if strings.Contains(err.Error(), testSecret) {
				t.Error("the error holds the secret key")
			}
		})
	}
	if last() != nil {
		t.Error("something was sent")
	}
}

func TestAccessKeyConcurrently(t *testing.T) {
	t.Parallel()
	base, _ := signatureServer(t)
	a := newAccessKey(t, base, "temporary-token")
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			resp := roundTrip(t, a, "POST", fmt.Sprintf("%s/v2/%d?n=%d&n=x", base, i, i), fmt.Sprintf(`{"n":%d}`, i), nil)
			if resp.StatusCode != http.StatusNoContent {
				t.Errorf("request %d: answer %d", i, resp.StatusCode)
			}
		})
	}
	group.Wait()
}
