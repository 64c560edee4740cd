// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestClassify(t *testing.T) {
	cases := []struct {
		status int
		codes  []string
		want   Kind
	}{
		{400, []string{
			"APIC.7211", "APIG.2000", "APIG.2001", "APIG.2002", "APIG.2003", "APIG.2004", "APIG.2005", "APIG.2006",
			"APIG.2007", "APIG.2008", "APIG.2009", "APIG.2010", "APIG.2011", "APIG.2012", "",
		}, KindInvalid},
		{400, []string{"EndPoint.0022", "Endpoint.0022"}, KindThrottled},
		{401, []string{
			"APIC.7100", "APIC.7101", "APIC.7102", "APIC.7103", "APIC.7105", "APIC.7107", "APIGW.0301", "APIGW.0303",
			"APIGW.0307", "",
		}, KindUnauthenticated},
		{403, []string{
			"APIC.7106", "APIC.7109", "APIC.7110", "APIC.7111", "APIC.7118", "APIC.7130", "APIC.7134", "APIC.7300",
			"APIGW.0302", "APIGW.0802", "",
		}, KindForbidden},
		{404, []string{"APIC.7302", "APIG.3030", "APIC.7314", ""}, KindNotFound},
		{409, []string{"APIC.7701", "APIG.3718"}, KindBusy},
		{409, []string{"APIC.7000", ""}, KindInvalid},
		{412, []string{"APIG.3458", ""}, KindUnsupported},
		{429, []string{"APIGW.0308", "APIG.0308", ""}, KindThrottled},
		{500, []string{"APIC.9000", "APIC.9007", "APIC.9100", "9999", "APIG.9999", "APIC.9999", ""}, KindServer},
		{500, []string{"APIG.9008"}, KindThrottled},
		{502, []string{"APIGW.0201", "APIGW.0613", ""}, KindServer},
		{503, []string{"APIGW.0201", "APIGW.0613", ""}, KindServer},
		{503, []string{"APIGW.0308"}, KindThrottled},
		{504, []string{"APIGW.0201", "APIGW.0613", ""}, KindServer},
		{408, []string{""}, KindServer},
		{302, []string{""}, KindInvalid},
		{405, []string{""}, KindInvalid},
		{418, []string{"NEW.0001"}, KindInvalid},
	}
	for _, c := range cases {
		for _, code := range c.codes {
			t.Run(fmt.Sprintf("%d %s", c.status, code), func(t *testing.T) {
				if got := classify(c.status, code); got != c.want {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		}
	}
}

// Every kind is tried as often as it makes sense: once, up to MaxRetries more, or until the context ends.
func TestAttemptsByKind(t *testing.T) {
	cases := []struct {
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
		{409, "APIC.7701", KindBusy, true, 0},
		{409, "APIG.3718", KindBusy, true, 0},
		{400, "EndPoint.0022", KindThrottled, true, 0},
		{429, "APIGW.0308", KindThrottled, true, 0},
		{500, "APIG.9008", KindThrottled, true, 0},
		{503, "APIGW.0308", KindThrottled, true, 0},
		{500, "APIC.9007", KindServer, false, 4},
		{502, "APIGW.0201", KindServer, false, 4},
		{504, "", KindServer, false, 4},
	}
	for _, c := range cases {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(fmt.Sprintf("%s %d %s", method, c.status, c.code), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cl, s := client(answer(c.status, errorBody(c.code, "told so"), "x-request-id: r-1"))
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					var into struct{}
					_, err := cl.Do(ctx, request(method, nil), &into)
					e := asError(t, err)
					if e.Kind != c.want || e.StatusCode != c.status || e.Code != c.code || e.RequestID != "r-1" || e.Message != "told so" {
						t.Errorf("got %+v", e)
					}
					if e.Attempts != len(s.requests) {
						t.Errorf("error tells of %d attempts, there were %d", e.Attempts, len(s.requests))
					}
					if c.endless {
						if len(s.requests) < 100 || ctx.Err() == nil {
							t.Errorf("gave up after %d attempts", len(s.requests))
						}
					} else if len(s.requests) != c.tries {
						t.Errorf("made %d attempts, want %d", len(s.requests), c.tries)
					}
				})
			})
		}
	}
}

func TestKindString(t *testing.T) {
	for k := KindInvalid; k <= KindUnreadable; k++ {
		if _, ok := kindNames[k]; !ok {
			t.Errorf("kind %d has no name", int(k))
		}
	}
	if got := Kind(0).String(); got != "Kind(0)" {
		t.Errorf("got %q", got)
	}
}
