// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"context"
	"fmt"
	"net/http"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// MaxBatch is how many endpoints one call can decide, and how many permissions one can add or delete.
const MaxBatch = 50

// AcceptOrReject decides 1 to MaxBatch different endpoints of a gateway in one call (POST .../connections/action). It
// gives what the answer says of them, which is not to be relied on: it may show an older status, or nothing.
//
// An error is or wraps a *rest.Error; a wrong number of endpoints is one before any call.
func (c *Client) AcceptOrReject(ctx context.Context, gw Gateway, decision endpoint.Decision, endpoints []string) ([]endpoint.Connection, error) {
	req, err := c.request(OperationDecide, http.MethodPost, gw, "connections", "action")
	if err != nil {
		return nil, err
	}
	action, known := actions[decision]
	if !known {
		return nil, invalid(req, fmt.Errorf("%q is no action", string(decision)))
	}
	if err := checkBatch("endpoint", endpoints); err != nil {
		return nil, invalid(req, err)
	}
	req.Body = map[string]any{"action": action, "endpoints": endpoints}
	var answer struct {
		Connections []connection `json:"connections"`
	}
	if _, err := c.rest.Do(ctx, req, &answer); err != nil {
		return nil, err
	}
	return domain(answer.Connections), nil
}

// checkBatch refuses a batch that is of the wrong size or names something twice.
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

// unreadable is the error of an answer that can't be what the API documents.
func unreadable(req rest.Request, resp *rest.Response, cause error) error {
	return &rest.Error{
		Operation: req.Operation, Method: req.Method, Host: req.URL.Host, Path: req.URL.Path,
		StatusCode: resp.StatusCode, RequestID: resp.RequestID, Kind: rest.KindUnreadable, Err: cause,
	}
}
