// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// codeKinds are the codes that the tests' client knows to mean something else than their status.
var codeKinds = map[string]Kind{
	"Slow.1": KindThrottled, "Busy.1": KindBusy, "Locked.1": KindLocked, "Gone.1": KindNotFound, "Forbidden.1": KindForbidden,
	"APIGW.0308": KindThrottled, "APIC.7701": KindBusy, "APIC.7302": KindNotFound, "apic.9007": KindServer,
}

// classifyCode is a Client's Classify, by the code or by a message that is one.
func classifyCode(status int, code, message string) Kind {
	if kind, ok := codeKinds[code]; ok {
		return kind
	}
	if kind, ok := codeKinds[message]; ok {
		return kind
	}
	return KindOfStatus(status)
}

func TestKindOfStatus(t *testing.T) {
	for status, want := range map[int]Kind{
		200: KindInvalid, 302: KindInvalid, 400: KindInvalid, 401: KindUnauthenticated, 403: KindForbidden, 404: KindNotFound,
		405: KindInvalid, 408: KindServer, 409: KindInvalid, 412: KindUnsupported, 418: KindInvalid, 429: KindThrottled,
		500: KindServer, 502: KindServer, 503: KindServer, 504: KindServer, 599: KindServer,
	} {
		assert.Check(t, cmp.Equal(KindOfStatus(status), want), "%d", status)
	}
}

// Who asks what an answer means does not take the body away from who reads it.
func TestKindOf(t *testing.T) {
	long := errorBody("Forbidden.1", strings.Repeat("x", maxPage))
	for name, c := range map[string]struct {
		body string
		want Kind
	}{
		"code":    {errorBody("Forbidden.1", "no"), KindForbidden},
		"message": {errorBody("", "Forbidden.1"), KindForbidden},
		"unknown": {errorBody("New.1", "no"), KindUnauthenticated},
		"page":    {"<html>Forbidden.1", KindUnauthenticated},
		"empty":   {"", KindUnauthenticated},
		"long":    {long, KindUnauthenticated},
	} {
		cl, _ := client()
		whole, _ := answer(401, c.body)(nil)
		cut, _ := broken(401, c.body, io.ErrUnexpectedEOF)(nil)
		for _, got := range []*http.Response{whole, cut} {
			assert.Check(t, cmp.Equal(cl.KindOf(got), c.want), name)
			body, err := io.ReadAll(got.Body)
			assert.Check(t, string(body) == c.body && (err != nil) == (got == cut), "%s: %d bytes are left, of %d: %v", name, len(body), len(c.body), err)
		}
	}
}

// Every kind is tried as often as it makes sense: once, up to MaxRetries more, or until the context ends.
func TestAttemptsByKind(t *testing.T) {
	for _, c := range []struct {
		status  int
		code    string
		want    Kind
		endless bool
		tries   int
	}{
		{400, "APIC.7211", KindInvalid, false, 1},
		{401, "APIC.7102", KindUnauthenticated, false, 1},
		{403, "APIC.7106", KindForbidden, false, 1},
		{404, "APIC.7302", KindNotFound, false, 1},
		{412, "APIG.3458", KindUnsupported, false, 1},
		{409, "Locked.1", KindLocked, false, 1},
		{409, "Busy.1", KindBusy, true, 0},
		{400, "Busy.1", KindBusy, true, 0},
		{500, "Busy.1", KindBusy, true, 0},
		{400, "Slow.1", KindThrottled, true, 0},
		{429, "", KindThrottled, true, 0},
		{500, "Slow.1", KindThrottled, true, 0},
		{503, "Slow.1", KindThrottled, true, 0},
		{500, "Gone.1", KindNotFound, false, 1},
		{401, "Forbidden.1", KindForbidden, false, 1},
		{500, "APIC.9007", KindServer, false, 4},
		{502, "APIGW.0201", KindServer, false, 4},
		{504, "", KindServer, false, 4},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			timed(t, fmt.Sprintf("%s %d %s", method, c.status, c.code), func(t *testing.T) {
				cl, s := client(answer(c.status, errorBody(c.code, "told so"), "x-request-id: r-1"))
				ctx := within(t, time.Hour)
				var into struct{}
				_, err := cl.Do(ctx, request(method, nil), &into)
				e := asError(t, err)
				assert.Check(t, e.Kind == c.want && e.StatusCode == c.status && e.Code == c.code && e.RequestID == "r-1" && e.Message == "told so",
					"got %+v", e)
				assert.Check(t, e.Attempts == len(s.requests), "error tells of %d attempts, there were %d", e.Attempts, len(s.requests))
				assert.Check(t, len(s.requests) == c.tries || c.endless && len(s.requests) >= 100 && ctx.Err() != nil, "made %d attempts", len(s.requests))
			})
		}
	}
}
