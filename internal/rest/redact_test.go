// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// A server may send back what it was sent, in any place that an error or a log shows.
func TestRedact(t *testing.T) {
	const secret = "hunter2 is a\tsecret"
	hidden := "hunter2 is\u200b a   secret" // as far as a reader can see, the same
	quoted, _ := json.Marshal(secret)
	text := strings.Trim(string(quoted), `"`)
	steps := map[string]step{
		"message":       answer(400, errorBody("APIC.7211", text)),
		"clipped":       answer(400, errorBody("APIC.7211", strings.Repeat("x", 490)+text)),
		"code":          answer(400, errorBody(text, "message")),
		"IAM":           answer(401, `{"error":{"code":"`+text+`","message":"`+text+`","title":"`+text+`"}}`),
		"request ID":    answer(400, errorBody("APIC.7211", "no"), "X-Request-Id: "+secret),
		"ID in body":    answer(400, `{"error_code":"x","request_id":"`+text+`"}`),
		"text":          answer(400, "no: "+secret),
		"hidden":        answer(400, "no: "+hidden),
		"title":         answer(502, "<html><title>"+secret+"</title>", "Server: "+secret),
		"not JSON":      answer(200, secret, "X-Request-Id: "+secret),
		"unknown place": answer(200, `{"name":{"`+text+`":1}}`),
		"decoder":       answer(200, `{"quoting":"`+text+`"}`),
		"redirect":      answer(302, "", "Location: https://other.example.com/"+url.PathEscape(secret), "X-Request-Id: "+secret),
		"long redirect": answer(302, "", "Location: https://other.example.com/"+strings.Repeat("x", 400)+url.PathEscape(secret)),
		"cause":         fault(errors.New("malformed header " + secret)),
		"broken":        broken(200, "{", errors.New("malformed chunk "+secret)),
		"throttled":     answer(429, errorBody("APIG.0308", text), "X-Request-Id: "+secret),
		"status":        answer(101, "", "X-Request-Id: "+secret),
		"success":       answer(200, "{}", "X-Request-Id: "+secret),
	}
	for name, st := range steps {
		timed(t, name, func(t *testing.T) {
			told := func(what string) {
				assert.Check(t, !strings.Contains(strings.Join(strings.Fields(what), " "), "hunter2"), "%s tells a secret", what)
			}
			cl, _ := client(st)
			cl.Throttle = NewThrottle(0, 0)
			cl.Redact = strings.NewReplacer(secret, "***", Shown(secret, 100), "***").Replace
			cl.OnAttempt = func(_ context.Context, a Attempt) { told(a.RequestID) }
			var into struct {
				Name    string
				Quoting quoting
			}
			for range 2 { // the second one may be held back
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				resp, err := cl.Do(ctx, request(http.MethodGet, nil), &into)
				if err == nil {
					told(resp.RequestID)
					continue
				}
				told(err.Error())
				told(asError(t, err).RequestID)
				assert.Check(t, name == "long redirect" || name == "unknown place" || name == "not JSON" || strings.Contains(err.Error(), "***"),
					"%s does not show where a secret was", err)
			}
		})
	}
}

// However long a text is, little of it is looked through, and where that ends in the middle of a secret, no part is shown.
func TestRedactLongText(t *testing.T) {
	t.Parallel()
	const secret = "hunter2 is a secret"
	longest := 0
	cl := &Client{Redact: func(text string) string {
		longest = max(longest, len(text))
		return strings.ReplaceAll(text, secret, "***")
	}}
	for end := range len(secret) + 1 {
		for _, before := range []string{"", "{ no: "} { // blanks alone, and more than is looked at of them
			text := before + strings.Repeat(" ", maxPage-len(before)-end) + secret + strings.Repeat("\u200b", 100)
			for _, body := range []string{text, errorBody("APIC.7211", text)} {
				_, message, _ := cl.parseError([]byte(body))
				assert.Check(t, !strings.Contains(message, "hu") && len(message) <= maxText, "%d bytes before the end: %q", end, message)
			}
		}
	}
	assert.Check(t, longest <= maxPage, "%d bytes are looked through", longest)
	long := strings.Repeat("x", 2*maxPage)
	assert.Check(t, cmp.Equal(cl.show(long, maxText), shorten(long, maxText)))
}

// quoting is what can't be decoded, with an error that quotes it.
type quoting struct{}

func (*quoting) UnmarshalJSON(data []byte) error {
	var text string
	_ = json.Unmarshal(data, &text)
	return errors.New("what is " + text)
}

func TestRedactUserInfo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"proxyconnect tcp: http://user:word@proxy:1 refused": "proxyconnect tcp: http://…@proxy:1 refused",
		"http://user:a@b@proxy:1 refused":                    "http://…@proxy:1 refused",
		"//u:a@b@c@host/path@x":                              "//…@host/path@x",
		"http://host/a@b":                                    "http://host/a@b",
		"no address: a@b":                                    "no address: a@b",
	} {
		assert.Check(t, cmp.Equal((&Client{}).redactCause(errors.New(text)).Error(), want), text)
	}
}
