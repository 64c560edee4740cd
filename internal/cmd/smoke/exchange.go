// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// exchange is one call of the gateway API and its answer.
type exchange struct {
	asked
	answered

	began, ended time.Time
}

// asked is a listing, or a decision if it has an action.
type asked struct {
	Action    apig.Action `json:"action"`
	Endpoints []string    `json:"endpoints"`
	filter    string      // the id that a listing asks for
}

// answered is what a report needs of an answer.
type answered struct {
	status int // 0 when there was none

	Code        string       `json:"error_code"`
	Message     string       `json:"error_msg"`
	Connections []connection `json:"connections"`
	Total       *json.Number `json:"total"`
}

// connection is an entry of an answer.
type connection struct {
	ID      string          `json:"id"`
	Status  endpoint.Status `json:"status"`
	Created string          `json:"created_at"`
}

// readAsked reads a call of the API.
func readAsked(method string, query url.Values, body []byte) (asked, error) {
	if method == http.MethodGet {
		return asked{filter: query.Get("id")}, nil
	}
	var a asked
	err := json.Unmarshal(body, &a)
	return a, err
}

// readAnswered reads an answer as far as it can be read.
func readAnswered(status int, body []byte) answered {
	var a answered
	_ = json.Unmarshal(body, &a) // what is no JSON has nothing for the report; the client tells of it
	a.status = status
	return a
}

// works reports whether the gateway did what it was asked.
func (e exchange) works() bool { return e.status >= 200 && e.status < 300 }

// about reports whether the answer is about what was asked, and not about who asked, or how often.
func (e *exchange) about() bool {
	return e != nil && e.status != 0 && !slices.Contains([]int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	}, e.status)
}

// decides reports whether the call is a decision that names the endpoint.
func (e exchange) decides(endpoint string) bool {
	return e.Action != "" && slices.Contains(e.Endpoints, endpoint)
}

// mayHaveDecided reports whether the call may have taken effect on the endpoint: it was not refused as wrong.
func (e exchange) mayHaveDecided(endpoint string) bool {
	return e.decides(endpoint) && (e.status < 400 || e.status >= 500)
}

// statusOf returns what the answer says of an endpoint, "" if nothing.
func (e exchange) statusOf(endpoint string) endpoint.Status {
	for _, c := range e.Connections {
		if c.ID == endpoint {
			return c.Status
		}
	}
	return ""
}

// lists returns what a listing says of an endpoint, "" if it is no listing or doesn't have it.
func (e exchange) lists(endpoint string) endpoint.Status {
	if e.Action != "" || !e.works() {
		return ""
	}
	return e.statusOf(endpoint)
}
