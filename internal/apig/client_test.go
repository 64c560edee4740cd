// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

var gateway = Gateway{Region: "eu-west-101", ProjectID: "p1", InstanceID: "g1"}

// server is an API Gateway that a test's function answers for.
type server struct {
	mu       sync.Mutex
	requests []*http.Request
	client   *Client
}

// serve starts a server; answer gets the number of the request, from 0.
func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *server {
	t.Helper()
	s := &server{}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		n := len(s.requests)
		s.requests = append(s.requests, r)
		s.mu.Unlock()
		w.Header().Set("X-Request-Id", fmt.Sprintf("r-%d", n))
		answer(w, r, n)
	}))
	t.Cleanup(web.Close)
	s.client = New(&rest.Client{HTTP: web.Client()}, func(string) (*url.URL, error) { return url.Parse(web.URL + "/base/?x=y#z") })
	return s
}

// reply answers with JSON.
func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// connections are n connections, numbered from first.
func connections(first, n int) []endpoint.Connection {
	list := make([]endpoint.Connection, 0, n)
	for i := range n {
		list = append(list, endpoint.Connection{ID: fmt.Sprintf("e%05d", first+i), MarkerID: int64(first + i), Status: endpoint.StatusAccepted})
	}
	return list
}

func restError(t *testing.T, err error) *rest.Error {
	t.Helper()
	e, ok := errors.AsType[*rest.Error](err)
	assert.Assert(t, ok, "got error %v (%T), want a *rest.Error", err, err)
	return e
}

func TestRefusedIDs(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		reply(w, 200, map[string]any{"connections": []int{}})
	})
	for _, id := range []string{"", ".", "..", "a/b", `a\b`, "../x", "a\nb", "/"} {
		for _, gw := range []Gateway{{"r", id, "g"}, {"r", "p", id}} {
			for _, err := range s.client.ListConnections(t.Context(), gw, ConnectionFilter{}) {
				assert.Check(t, err != nil && restError(t, err).Kind == rest.KindInvalid, "%+v: got %v", gw, err)
			}
			_, err := s.client.AcceptOrReject(t.Context(), gw, endpoint.Accepted, []string{"e"})
			e := restError(t, err)
			assert.Check(t, e.Kind == rest.KindInvalid && e.Operation == OperationDecide && strings.Contains(err.Error(), "ID"), "%+v: got %v", gw, err)
		}
		_, err := s.client.AcceptOrReject(t.Context(), gateway, endpoint.Accepted, []string{id})
		assert.Check(t, restError(t, err).Kind == rest.KindInvalid, "endpoint %q: got %v", id, err)
	}
	assert.Check(t, len(s.requests) == 0, "%d calls were made", len(s.requests))
}

func TestEscapedIDs(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		reply(w, 200, map[string]any{"connections": []int{}})
	})
	gw := Gateway{ProjectID: "p ?#%2e", InstanceID: "g;ä:+"}
	_, err := s.client.AcceptOrReject(t.Context(), gw, endpoint.Rejected, []string{"e"})
	assert.NilError(t, err)
	r := s.requests[0]
	want := "/base/v2/p ?#%2e/apigw/instances/g;ä:+/vpc-endpoint/connections/action"
	assert.Check(t, r.URL.Path == want && r.URL.RawQuery == "", "got %q, query %q", r.URL.Path, r.URL.RawQuery)
	assert.Check(t, is.Equal(r.Header.Get("X-Project-Id"), gw.ProjectID), "X-Project-Id")
}

func TestEndpoint(t *testing.T) {
	trouble := errors.New("no such region")
	for name, c := range map[string]struct {
		endpoint *url.URL
		err      error
		want     string
	}{
		"error":   {nil, trouble, "no such region"},
		"none":    {nil, nil, "there is no endpoint for region"},
		"no host": {&url.URL{Path: "x"}, nil, "no host"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked string
			client := New(&rest.Client{}, func(region string) (*url.URL, error) {
				asked = region
				return c.endpoint, c.err
			})
			_, err := client.AcceptOrReject(t.Context(), gateway, endpoint.Accepted, []string{"e"})
			assert.Check(t, err != nil && strings.Contains(err.Error(), c.want) && asked == "eu-west-101", "got %v for region %q", err, asked)
			assert.Check(t, c.err == nil || errors.Is(err, c.err), "got %v", err)
		})
	}
}

// However the endpoint is written, what was called reads like an address.
func TestEndpointWithoutPath(t *testing.T) {
	for endpoint, want := range map[string]string{
		"https://h:1":     "GET h:1/v2/p1/apigw/",
		"https://h:1/":    "GET h:1/v2/p1/apigw/",
		"https://h:1/b":   "GET h:1/b/v2/p1/apigw/",
		"https://h:1/b//": "GET h:1/b/v2/p1/apigw/",
	} {
		broken := roundTripper(func(r *http.Request) (*http.Response, error) { return nil, errors.New("no network") })
		client := New(&rest.Client{HTTP: &http.Client{Transport: broken}}, func(string) (*url.URL, error) { return url.Parse(endpoint) })
		for _, err := range client.ListConnections(t.Context(), gateway, ConnectionFilter{}) {
			assert.Check(t, err != nil && strings.Contains(err.Error(), want), "%s: got %v", endpoint, err)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestGatewayString(t *testing.T) {
	assert.Check(t, is.Equal(gateway.String(), "gateway g1 (region eu-west-101, project p1)"))
}

func TestMarkerID(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "9167792784": 9167792784, `"9167792784"`: 9167792784, "9.167792784e9": 9167792784, "12E+1": 120, "5.0": 5,
		"9223372036854775807": 9223372036854775807, "null": 0,
	} {
		var c connection
		err := json.Unmarshal([]byte(`{"id":"a","status":"failed","marker_id":`+text+`}`), &c)
		assert.Check(t, err == nil && c.MarkerID == want, "%s: got %d, %v", text, c.MarkerID, err)
	}
}

func TestUnreadableConnection(t *testing.T) {
	for text, want := range map[string]string{
		`"status":null`: "no status",
		`"status":""`:   "no status",
		`"id":"a"`:      "no status",

		`"status":"failed","marker_id":1.5`:       "marker_id",
		`"status":"failed","marker_id":1e300`:     "marker_id",
		`"status":"failed","marker_id":1e999`:     "marker_id",
		`"status":"failed","marker_id":"many"`:    "marker_id",
		`"status":"failed","marker_id":""`:        "marker_id",
		`"status":"failed","marker_id":"-5"`:      "marker_id",
		`"status":"failed","marker_id":"1e3"`:     "marker_id",
		`"status":"failed","marker_id":true`:      "marker_id",
		`"status":"failed","marker_id":[1]`:       "marker_id",
		`"status":"failed","marker_id":{"id":1}`:  "marker_id",
		`"status":"failed\n"`:                     "can't be shown",
		`"status":"failed","domain_id":"\u001b["`: "can't be shown",
		`"status":"failed","created_at":"\u202e"`: "can't be shown",
		`"status":"failed","updated_at":"\u0000"`: "can't be shown",
		`"status":"failed","id":"a\u0007"`:        "can't be shown",
	} {
		err := json.Unmarshal([]byte(`{"id":"a",`+text+`}`), &connection{})
		assert.Check(t, err != nil && strings.Contains(err.Error(), want) && strings.HasPrefix(err.Error(), `connection "a`), "%s: got %v", text, err)
	}
}
