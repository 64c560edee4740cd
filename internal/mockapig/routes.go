// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The operations of a gateway, as faults and the journal name them.
const (
	OpListConnections   = "listConnections"
	OpAcceptOrReject    = "acceptOrReject"
	OpListPermissions   = "listPermissions"
	OpAddPermissions    = "addPermissions"
	OpDeletePermissions = "deletePermissions"
)

// vpcEndpoint begins the paths of all calls of "VPC Endpoint Management".
const vpcEndpoint = "/v2/{project_id}/apigw/instances/{instance_id}/vpc-endpoint"

type operationRoute struct {
	operation string
	method    string
	pattern   string
	iam       bool
	handle    handler
}

// routes has a row for each operation.
var routes = slices.Concat(gatewayRoutes, iamRoutes, metadataRoutes)

var gatewayRoutes = []operationRoute{
	{operation: OpListConnections, method: http.MethodGet, pattern: vpcEndpoint + "/connections", handle: atGateway((*Server).listConnections)},
	{operation: OpAcceptOrReject, method: http.MethodPost, pattern: vpcEndpoint + "/connections/action", handle: atGateway((*Server).acceptOrReject)},
	{operation: OpListPermissions, method: http.MethodGet, pattern: vpcEndpoint + "/permissions", handle: atGateway((*Server).listPermissions)},
	{operation: OpAddPermissions, method: http.MethodPost, pattern: vpcEndpoint + "/permissions/batch-add", handle: atGateway((*Server).addPermissions)},
	{operation: OpDeletePermissions, method: http.MethodPost, pattern: vpcEndpoint + "/permissions/batch-delete", handle: atGateway((*Server).deletePermissions)},
}

// route finds the operation of a request. It never cleans a path: what a client sends must be right as it is.
func route(r *http.Request) (*call, handler) {
	c := &call{Request: r, requestID: newID()}
	var allowed []string
	for _, candidate := range routes {
		params, ok := match(candidate.pattern, r.URL.EscapedPath())
		if !ok {
			continue
		}
		c.iam = candidate.iam
		if candidate.method == r.Method {
			c.operation, c.params = candidate.operation, params
			return c, candidate.handle
		}
		allowed = append(allowed, candidate.method)
	}
	if len(allowed) == 0 {
		return c, refuse(&refusal{status: http.StatusNotFound, code: codeUnknownPath, message: "The API does not exist"})
	}
	slices.Sort(allowed)
	return c, refuse(&refusal{
		status: http.StatusMethodNotAllowed, code: codeUnknownPath, message: "The API does not have this method",
		header: http.Header{"Allow": {strings.Join(allowed, ", ")}},
	})
}

// match compares a path with a pattern and gives the values of the pattern's {placeholders}, none of them empty.
func match(pattern, escapedPath string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(escapedPath, "/")
	if len(want) != len(got) {
		return nil, false
	}
	params := map[string]string{}
	for i, segment := range want {
		value, err := url.PathUnescape(got[i])
		if err != nil {
			return nil, false
		}
		switch name, isPlaceholder := strings.CutPrefix(segment, "{"); {
		case !isPlaceholder && value != segment, isPlaceholder && value == "":
			return nil, false
		case isPlaceholder:
			params[strings.TrimSuffix(name, "}")] = value
		}
	}
	return params, true
}
