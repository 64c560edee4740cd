// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestErrorAnswers(t *testing.T) {
	page := "<!DOCTYPE html><html><head><title>502\n Bad &amp; Gateway</title></head></html>"
	for name, c := range map[string]struct {
		step step
		kind Kind
		code string
		text string // the error without the part in parentheses
		id   string
	}{
		"API":            {answer(403, errorBody("APIC.7106", "No permissions"), "x-request-id: h"), KindForbidden, "APIC.7106", "HTTP 403, APIC.7106: No permissions", "h"},
		"front door":     {answer(401, `{"error_code":"APIGW.0307","error_msg":"The token must be updated.","request_id":"b"}`), KindUnauthenticated, "APIGW.0307", "HTTP 401, APIGW.0307: The token must be updated.", "b"},
		"both IDs":       {answer(401, `{"error_code":"APIGW.0307","request_id":"b"}`, "X-Request-Id: h"), KindUnauthenticated, "APIGW.0307", "HTTP 401, APIGW.0307", "h"},
		"IAM":            {answer(401, `{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}`, "X-Iam-Trace-Id: i"), KindUnauthenticated, "401", "HTTP 401: The username or password is wrong.", "i"},
		"IAM title":      {answer(400, `{"error":{"code":"1100","title":"Bad Request"}}`), KindInvalid, "1100", "HTTP 400, 1100: Bad Request", ""},
		"wrong types":    {answer(400, `{"error_code":["x"],"error_msg":{"a":1},"request_id":5}`), KindInvalid, "", "HTTP 400: Bad Request", "5"},
		"plain text":     {answer(404, "404 page not found\n"), KindNotFound, "", "HTTP 404: 404 page not found", ""},
		"empty":          {answer(412, ""), KindUnsupported, "", "HTTP 412: Precondition Failed", ""},
		"not an object":  {answer(400, `["a"]`), KindInvalid, "", `HTTP 400: ["a"]`, ""},
		"colored":        {answer(400, errorBody("APIC.7211", `\u001b[31mred\u0007\nnext\u202e line`)), KindInvalid, "APIC.7211", "HTTP 400, APIC.7211: [31mred next line", ""},
		"HTML":           {answer(502, page, "Server: elb", "Content-Type: text/html"), KindUnreadable, "", `HTTP 502: an HTML page from elb titled "502 Bad & Gateway" came in place of an answer, probably from a proxy or load balancer between here and the API`, ""},
		"HTML 403":       {answer(403, "\ufeff \n<html>", "Content-Type: text/html"), KindUnreadable, "", "HTTP 403: an HTML page came", ""},
		"HTML 404":       {answer(404, "not here", "Content-Type: text/html; charset=utf-8"), KindUnreadable, "", "HTTP 404: an HTML page came", ""},
		"HTML 429":       {answer(429, page), KindThrottled, "", "HTTP 429: an HTML page titled", ""},
		"HTML 200":       {answer(200, page), KindUnreadable, "", "HTTP 200: an HTML page titled", ""},
		"JSON as HTML":   {answer(404, errorBody("APIC.7302", "gone"), "Content-Type: text/html"), KindNotFound, "APIC.7302", "HTTP 404, APIC.7302: gone", ""},
		"200":            {answer(200, errorBody("APIC.7302", "gone"), "x-request-id: h"), KindNotFound, "APIC.7302", "HTTP 200, APIC.7302: gone", "h"},
		"200, throttled": {answer(200, errorBody("APIGW.0308", "slow down")), KindThrottled, "APIGW.0308", "HTTP 200, APIGW.0308: slow down", ""},
		"200, failed":    {answer(201, errorBody("apic.9007", "failed")), KindServer, "apic.9007", "HTTP 201, apic.9007: failed", ""},
		"200, new code":  {answer(200, errorBody("NEW.0001", "no")), KindInvalid, "NEW.0001", "HTTP 200, NEW.0001: no", ""},
		"broken off":     {answer(404, `{"error_code":"APIC.73`), KindUnreadable, "", "HTTP 404: the answer broke off after 22 bytes", ""},
		"broken off 500": {answer(500, `{"error_code":"APIC.73`), KindServer, "", "HTTP 500: the answer broke off after 22 bytes", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cl, _ := client(c.step)
			cl.MaxRetries = 0
			ctx, cancel := context.WithCancel(t.Context())
			cl.OnAttempt = func(context.Context, Attempt) { cancel() } // throttling would go on
			e := asError(t, get(ctx, cl))
			assert.Check(t, e.Kind == c.kind && e.Code == c.code && e.RequestID == c.id, "got %+v", e)
			wantText(t, e, "test things: "+c.text)
		})
	}
}

func TestUnreadable(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		want  string
		tries int
	}{
		"empty":       {"", "the answer is empty", 4},
		"blank":       {" \n", "the answer is empty", 4},
		"truncated":   {`{"name":"x`, "the answer broke off after 10 bytes", 4},
		"text":        {"OK", "the answer is not JSON", 1},
		"garbage":     {`{"name":"x"} trailing`, "the answer is not JSON", 1},
		"two values":  {`{}{}`, "the answer is not JSON", 1},
		"wrong type":  {`{"name":5}`, `a JSON number in "name"`, 1},
		"wrong shape": {`[]`, "a JSON array", 1},
		"too large":   {`{"name":"` + strings.Repeat("x", maxAnswer) + `"}`, "larger than 32 MiB", 1},
	} {
		timed(t, name, func(t *testing.T) {
			cl, s := client(answer(200, c.body, "x-request-id: r"))
			var into struct {
				Name string `json:"name"`
			}
			resp, err := cl.Do(t.Context(), request(http.MethodGet, nil), &into)
			e := asError(t, err)
			assert.Check(t, resp == nil && e.Kind == KindUnreadable && e.StatusCode == 200 && e.RequestID == "r" && len(s.requests) == c.tries && e.Lasting == (c.tries == 1),
				"got %+v after %d attempts", e, len(s.requests))
			wantText(t, err, c.want)
		})
	}
}

// Only a code makes an error of an answer that went well.
func TestNoErrorCode(t *testing.T) {
	for _, body := range []string{`{"error_code":""}`, `{"error_code":null}`, `{"name":"\"error_code\""}`, `{"inner":{"error_code":"APIC.7302"}}`} {
		cl, _ := client(answer(200, body))
		assert.Check(t, get(t.Context(), cl), body)
	}
}

func TestLargestAnswer(t *testing.T) {
	body := `{"name":"` + strings.Repeat("x", maxAnswer-11) + `"}`
	cl, _ := client(answer(200, body))
	assert.Check(t, get(t.Context(), cl))
}

func TestShown(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{" a\t\n b ", 10, "a b"},
		{"a\x00b\x1b[0m\u200b\u202ec", 20, "ab[0mc"},
		{"\xff\xfeok", 10, "ok"},
		{"abcdefghij", 10, "abcdefghij"},
		{"abcdefghijk", 10, "abcdefg…"},
		{"ääääää", 10, "äää…"},
	} {
		assert.Check(t, cmp.Equal(Shown(c.in, c.limit), c.want), "%q", c.in)
	}
}

// The error of an impossible or endless message stays short.
func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{
		errorBody("APIC.7106", "no"), `{"error":{"code":401,"message":"m","title":"t"}}`, "<html><title>x</title>", "", "null", "[]", `"`, "{",
		`{"error_code":1e400}`, "\xff\x00", strings.Repeat("ä", 5000), errorBody("APIC.7211", strings.Repeat("ä", 5000)),
		errorBody(strings.Repeat("C", 5000), "x"), `{"error":null,"error_msg":"\ud800"}`,
	} {
		f.Add(500, []byte(seed))
		f.Add(412, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 300 || status > 599 {
			status = 400
		}
		r := &run{client: &Client{}, req: request(http.MethodGet, nil)}
		e := r.refused(&http.Response{StatusCode: status, Header: http.Header{}}, body, "", false).err
		assert.Check(t, e.Kind == KindOfStatus(status) || e.Kind == KindUnreadable, "kind %v", e.Kind)
		text := e.Error()
		assert.Check(t, len(text) <= 1000 && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl), "error %q", text)
	})
}

// What is shown is one short line that can be shown as it is, and holds no secret.
func FuzzShown(f *testing.F) {
	for _, seed := range []string{"", "plain", "two\nlines\t and \r\n more", "\x1b[31mred\x1b[0m", "a\u202eb\u200bc", "\xff\xfe", "ä\u0300ö", strings.Repeat("ä", 300), "the pass\x00word is pass\nword"} {
		f.Add(seed, "password", 500)
		f.Add(seed, "pass word", 7)
	}
	f.Fuzz(func(t *testing.T, text, secret string, limit int) {
		limit = min(max(limit, len("…")), maxText)
		shown := Shown(text, limit)
		assert.Check(t, IsFit(shown, limit), "%q is shown as %q", text, shown)
		assert.Check(t, cmp.Equal(Shown(shown, limit), shown), "shown again")
		if len(secret) < 4 || strings.ContainsAny(secret, "*…") || oneLine(secret) != secret {
			return
		}
		c := &Client{Redact: func(text string) string { return strings.ReplaceAll(text, secret, "***") }}
		got := c.show(text, limit)
		assert.Check(t, IsFit(got, limit) && !strings.Contains(got, secret), "%q is shown as %q, with the secret %q", text, got, secret)
	})
}

// A server may send back what it was sent, in any place that an error or a log shows. Else nothing that was sent is there.
func TestRedact(t *testing.T) {
	const secret, sent = "hunter2 is a\tsecret", "hunter3"
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
		"refused":       answer(401, errorBody("APIC.7102", "Incorrect token")),
		"shape":         answer(200, `[]`),
		"ended":         hang,
	}
	silent := []string{"long redirect", "unknown place", "not JSON", "refused", "shape", "ended"} // show no place of a secret
	for name, st := range steps {
		timed(t, name, func(t *testing.T) {
			told := func(what string) {
				what = strings.Join(strings.Fields(what), " ")
				assert.Check(t, !strings.Contains(what, "hunter2") && !strings.Contains(what, sent), "%s tells a secret", what)
			}
			cl, _ := client(st)
			cl.Throttle = NewThrottle(0, 0)
			cl.Redact = strings.NewReplacer(secret, "***", Shown(secret, 100), "***").Replace
			cl.OnAttempt = func(_ context.Context, a Attempt) { told(fmt.Sprintf("%+v", a)) }
			req := request(http.MethodPost, map[string]string{"password": sent})
			req.Header = http.Header{"X-Auth-Token": {sent}, "Authorization": {sent}}
			req.URL.User, req.URL.RawQuery = url.UserPassword("me", sent), "token="+sent
			var into struct {
				Name    string
				Quoting quoting
			}
			for range 2 { // the second one may be held back
				ctx := within(t, 100*time.Millisecond)
				resp, err := cl.Do(ctx, req, &into)
				if err == nil {
					told(resp.RequestID)
					continue
				}
				told(err.Error())
				told(asError(t, err).RequestID)
				assert.Check(t, slices.Contains(silent, name) || strings.Contains(err.Error(), "***"), "%s does not show where a secret was", err)
				for e := err; e != nil; e = errors.Unwrap(e) { // a cause may hold what came back
					assert.Check(t, !strings.Contains(e.Error(), sent), "error %q tells a secret", e)
				}
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
