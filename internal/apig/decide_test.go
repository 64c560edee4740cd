// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

func TestAcceptOrReject(t *testing.T) {
	const full = `{"connections":[{"id":"9cf1","marker_id":9167792784,"created_at":"2021-05-07T14:20:14Z",` +
		`"updated_at":"2021-05-07T14:30:25Z","domain_id":"c90f","status":"accepted","new":1}]}`
	for name, c := range map[string]struct {
		answer string
		want   []endpoint.Connection
	}{
		"documented": {full, []endpoint.Connection{{ID: "9cf1", MarkerID: 9167792784, DomainID: "c90f", Status: endpoint.StatusAccepted, CreatedAt: "2021-05-07T14:20:14Z", UpdatedAt: "2021-05-07T14:30:25Z"}}},
		"nothing":    {`{}`, nil},
		"null":       {`{"connections":null}`, nil},
		"new status": {`{"connections":[{"id":"a","status":"frozen"}]}`, []endpoint.Connection{{ID: "a", Status: "frozen"}}},
		"bare":       {`{"connections":[{"id":"a","marker_id":null,"status":"failed"}]}`, []endpoint.Connection{{ID: "a", Status: endpoint.StatusFailed}}},
	} {
		var body string
		s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			sent, _ := io.ReadAll(r.Body)
			body = r.Method + " " + r.URL.Path + " " + string(sent)
			_, _ = io.WriteString(w, c.answer)
		})
		got, err := s.client.AcceptOrReject(t.Context(), gateway, endpoint.Accepted, []string{"a", "b"})
		assert.Check(t, err == nil && slices.Equal(got, c.want), "%s: got %+v, %v", name, got, err)
		want := `POST /base/v2/p1/apigw/instances/g1/vpc-endpoint/connections/action {"action":"receive","endpoints":["a","b"]}`
		assert.Check(t, body == want, "%s: sent %s", name, body)
	}
}

func TestAcceptOrRejectUnreadable(t *testing.T) {
	for name, answer := range map[string]string{
		"without an ID": `{"connections":[{"status":"accepted"}]}`,
		"null":          `{"connections":[null]}`,
		"no list":       `{"connections":{"id":"a"}}`,
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = io.WriteString(w, answer) })
		_, err := s.client.AcceptOrReject(t.Context(), gateway, endpoint.Accepted, []string{"a"})
		e := restError(t, err)
		assert.Check(t, e.Kind == rest.KindUnreadable && e.RequestID == "r-0" && e.Operation == OperationDecide, "%s: got %+v", name, e)
	}
}

func TestRefusedDecisions(t *testing.T) {
	ids := func(n int) []string {
		list := make([]string, 0, n)
		for _, c := range connections(0, n) {
			list = append(list, c.ID)
		}
		return list
	}
	cases := map[string]struct {
		action    endpoint.Decision
		endpoints []string
		want      string
	}{
		"none":      {endpoint.Accepted, nil, "1 to 50 endpoints, not 0"},
		"51":        {endpoint.Rejected, ids(51), "1 to 50 endpoints, not 51"},
		"verb":      {"accept", ids(1), `"accept" is no action`},
		"duplicate": {endpoint.Accepted, []string{"a", "b", "a"}, "endpoint a is given twice"},
	}
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { reply(w, 200, struct{}{}) })
	for name, c := range cases {
		_, err := s.client.AcceptOrReject(t.Context(), gateway, c.action, c.endpoints)
		assert.Check(t, restError(t, err).Kind == rest.KindInvalid && strings.Contains(err.Error(), c.want), "%s: got %v", name, err)
	}
	assert.Check(t, len(s.requests) == 0, "%d calls were made", len(s.requests))
	_, err := s.client.AcceptOrReject(t.Context(), gateway, endpoint.Rejected, ids(MaxBatch))
	assert.Check(t, err)
}

func TestCount(t *testing.T) {
	for text, want := range map[string]count{
		"0": 0, "7": 7, `"7"`: 7, "9007199254740993": 9007199254740993, "null": -1, "-3": -1, "1.5": -1, `"x"`: -1, "{}": -1, "[1]": -1, "true": -1,
	} {
		got := count(5)
		err := json.Unmarshal([]byte(text), &got)
		assert.Check(t, err == nil && (text == "null" || got == want) && (text != "null" || got == -1), "%s: got %d, %v", text, got, err)
	}
}

// What a failed call may have done, by what it failed with: whatever it was signed in with, and told by the API alone.
func TestEffectOf(t *testing.T) {
	t.Parallel()
	for kind, effect := range map[rest.Kind]rest.Effect{
		rest.KindInvalid: rest.EffectRefused, rest.KindNotFound: rest.EffectRefused,
		rest.KindServer: rest.EffectUnknown, rest.KindUnreachable: rest.EffectUnknown, rest.KindUnreadable: rest.EffectUnknown,
		rest.KindUnauthenticated: rest.EffectNone, rest.KindForbidden: rest.EffectNone, rest.KindLocked: rest.EffectNone,
		rest.KindBusy: rest.EffectNone, rest.KindUnsupported: rest.EffectNone, rest.KindThrottled: rest.EffectNone,
	} {
		for operation, own := range map[string]bool{OperationDecide: true, OperationAddPermissions: true, "create IAM token": false, "authorize the request": false} {
			for _, unsure := range []bool{false, true} {
				want := effect
				if unsure {
					want = rest.EffectUnknown
				}
				if !own {
					want = rest.EffectNone
				}
				e := rest.Error{Operation: operation, StatusCode: 404, Code: "EndPoint.2006", Kind: kind, Unsure: unsure}
				assert.Check(t, is.Equal(EffectOf(fmt.Errorf("wrapped: %w", &e)), want), "%s, %s, unsure %t: effect", operation, kind, unsure)
				assert.Check(t, is.Equal(IsBusy(&e), own && kind == rest.KindBusy && !unsure), "%s, %s, unsure %t", operation, kind, unsure)
			}
		}
	}
	for _, code := range []string{"APIC.7302", "APIC.7314"} {
		e := rest.Error{StatusCode: 404, Code: code, Kind: rest.KindNotFound}
		assert.Check(t, EffectOf(&e) == rest.EffectNone, "%s may be on account of what the call named", code)
		e.Unsure = true
		assert.Check(t, EffectOf(&e) == rest.EffectUnknown, "%s after a call that was lost: what that did is known", code)
	}
	assert.Check(t, EffectOf(nil) == rest.EffectNone && EffectOf(context.DeadlineExceeded) == rest.EffectUnknown, "of no failure, or of a caller who left")
}
