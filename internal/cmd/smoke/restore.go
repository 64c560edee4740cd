// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// restore brings the endpoint to where the run was to leave it, and returns the status that it has then. It does
// nothing where that is so already, or where nothing was decided. An error says what is wrong with that status.
func (c *course) restore(ctx context.Context) (endpoint.Status, error) {
	c.relay.drain()
	last := lastDecision(c.relay.exchanges(0), c.endpoint)
	if last == "" {
		return c.found.Status, nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.times.restoring)
	defer cancel()
	now, err := c.status(ctx)
	if err != nil {
		c.Say("The gateway does not tell the endpoint's status: %v", err)
	}
	if !mustAccept(c.found.Status, now, last) {
		return c.settle(ctx, now, false)
	}
	c.Say("Restoring the endpoint, which is %s: accepting it again.", orAbsent(now))
	if _, err := c.client.AcceptOrReject(ctx, c.gateway, endpoint.Accepted, []string{c.endpoint}); err != nil {
		c.Say("The gateway refused: %v", err)
		// It may be accepted already. A listing may be older than the rejection, so that the first one proves nothing.
		if err := pause(ctx, c.times.doubt); err != nil {
			return now, err
		}
		if now, err = c.status(ctx); err == nil && now != endpoint.StatusAccepted && now != endpoint.StatusCreating {
			return now, fmt.Errorf("it is %s and can't be accepted again", orAbsent(now))
		}
	}
	return c.settle(ctx, now, true)
}

// lastDecision returns the last decision that may have taken effect on an endpoint, "" if none may.
func lastDecision(exchanges []exchange, endpoint string) apig.Action {
	var last apig.Action
	for _, x := range exchanges {
		if x.mayHaveDecided(endpoint) {
			last = x.Action
		}
	}
	return last
}

// mustAccept says whether restoring takes an acceptance, by the first status, the one listed now and the last action.
func mustAccept(found, now endpoint.Status, last apig.Action) bool {
	switch {
	case last == apig.ActionReject:
		return true // a listing may be older than that
	case now == endpoint.StatusAccepted, now == endpoint.StatusCreating:
		return false
	default:
		// One that was pending is left as it is, unless a rejection came in between.
		return found == endpoint.StatusAccepted || now == endpoint.StatusRejected
	}
}

// settle waits until the endpoint is accepted, or pending as it was found. Right after an acceptance any other status
// may be one from before; otherwise only `creating` is worth waiting for.
func (c *course) settle(ctx context.Context, now endpoint.Status, accepted bool) (endpoint.Status, error) {
	for {
		latest, err := c.status(ctx)
		if err == nil {
			now = latest
		}
		switch {
		case err == nil && now == endpoint.StatusAccepted, err == nil && now == endpoint.StatusPendingAcceptance && now == c.found.Status:
			return now, nil
		case err == nil && !accepted && now != endpoint.StatusCreating:
			return now, fmt.Errorf("it is %s", orAbsent(now))
		case pause(ctx, c.times.poll) != nil:
			return now, fmt.Errorf("it is still %s after %s", orAbsent(now), c.times.restoring)
		}
	}
}

// pause lets a time pass, or returns the context's end.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
