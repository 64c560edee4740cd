// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package apig makes the calls of API Gateway's VPC endpoint management. It knows nothing of what a decision is for: it says what the
// API answered.
package apig

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// Operations: the words for the calls in errors and logs.
const (
	OperationList   = "list connections"
	OperationDecide = "accept or reject connections"

	OperationListPermissions   = "list permissions"
	OperationAddPermissions    = "add permissions"
	OperationDeletePermissions = "delete permissions"
)

// PermissionGetGateway is the permission that every call needs beside its own.
const PermissionGetGateway = "apig:instance:get"

// PermissionFor is the permission that an operation needs beside PermissionGetGateway; "" for one that is not of this package.
func PermissionFor(operation string) string { return permissions[operation] }

var permissions = map[string]string{
	OperationList:              "apig:instance:listVpcEndpoint",
	OperationDecide:            "apig:instance:acceptOrRejectVpcEndpointConnection",
	OperationListPermissions:   "apig:instance:listVpcEndpointPermission",
	OperationAddPermissions:    "apig:instance:batchAddVpcEndpointPermission",
	OperationDeletePermissions: "apig:instance:batchDeleteVpcEndpointPermission",
}

// MaxBatch is how many endpoints one call can decide, and how many permissions one can add or delete.
const MaxBatch = 50

// Gateway names a dedicated gateway. It is comparable.
type Gateway struct {
	Region, ProjectID, InstanceID string
}

// String names the gateway in messages.
func (g Gateway) String() string {
	return fmt.Sprintf("gateway %s (region %s, project %s)", rest.Shown(g.InstanceID, maxText), rest.Shown(g.Region, maxText), rest.Shown(g.ProjectID, maxText))
}

// Client makes the calls. It is safe for concurrent use.
type Client struct {
	rest *rest.Client
	base func(region string) (*url.URL, error)
}

// New makes a client. It calls by a copy of restClient that knows the API's codes (Classify). endpoint gives the base URL of API
// Gateway in a region, with or without a path; its error is given back as it is.
func New(restClient *rest.Client, endpoint func(region string) (*url.URL, error)) *Client {
	client := *restClient
	client.Classify = Classify
	return &Client{rest: &client, base: endpoint}
}

func (c *Client) request(operation, method string, gw Gateway, path ...string) (rest.Request, error) {
	req := rest.Request{Operation: operation, Method: method}
	if err := errors.Join(checkSegment("project ID", gw.ProjectID), checkSegment("instance ID", gw.InstanceID)); err != nil {
		return req, invalid(req, err)
	}
	base, err := c.base(gw.Region)
	if err != nil {
		return req, err
	}
	if base == nil {
		return req, invalid(req, fmt.Errorf("there is no endpoint for region %q", gw.Region))
	}
	segments := append([]string{"v2", url.PathEscape(gw.ProjectID), "apigw", "instances", url.PathEscape(gw.InstanceID), "vpc-endpoint"}, path...)
	req.URL = rest.Join(base, segments...)
	req.URL.RawQuery, req.URL.Fragment, req.URL.RawFragment = "", "", ""
	req.Header = http.Header{"X-Project-Id": {gw.ProjectID}}
	return req, nil
}

// checkSegment refuses what would not stay one segment of a path.
func checkSegment(name, id string) error {
	switch {
	case id == "":
		return fmt.Errorf("the %s is empty", name)
	case id == ".", id == "..", strings.ContainsAny(id, `/\`):
		return fmt.Errorf("%q can't be a %s", rest.Shown(id, shown), name)
	case !rest.IsFit(id, maxText):
		return fmt.Errorf("%q can't be a %s: it is too long, or has control characters", rest.Shown(id, shown), name)
	}
	return nil
}

// invalid is the error of a call that is not made because it could only be wrong.
func invalid(req rest.Request, cause error) error {
	return &rest.Error{Operation: req.Operation, Method: req.Method, Kind: rest.KindInvalid, Err: cause}
}

func checkBatch(name string, ids []string) error {
	if len(ids) < 1 || len(ids) > MaxBatch {
		return fmt.Errorf("one call takes 1 to %d %ss, not %d", MaxBatch, name, len(ids))
	}
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if err := checkSegment(name+" ID", id); err != nil {
			return err
		}
		if seen[id] {
			return fmt.Errorf("%s %s is given twice", name, id)
		}
		seen[id] = true
	}
	return nil
}

const (
	maxText = 255 // so many bytes an ID, a status or a time may have; those of the platform have 36 at most
	shown   = 60  // so much of a text is shown that is none of these
)

// checkTexts refuses a thing that has a text which is not kept.
func checkTexts(what, name string, texts ...string) error {
	for _, text := range texts {
		switch {
		case rest.IsFit(text, maxText):
		case len(text) > maxText:
			return fmt.Errorf("%s %q has a text of %d bytes, and no more than %d are read", what, rest.Shown(name, shown), len(text), maxText)
		default:
			return fmt.Errorf("%s %q has characters that can't be shown: %q", what, rest.Shown(name, shown), text)
		}
	}
	return nil
}
