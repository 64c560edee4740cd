// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
)

func TestOutages(t *testing.T) {
	t.Parallel()
	silent := &Error{Operation: "list", Kind: KindUnreachable, Err: errors.New("no answer")}
	for name, c := range map[string]struct {
		err         error
		tried       time.Duration
		exhausted   bool // it gave up before its caller's time was up
		interrupted bool // who has found out nothing then
		later, left time.Duration
		key         string
		want        bool
	}{
		"no answer":             {err: silent, tried: 5 * time.Minute, left: 5 * time.Minute, key: "gateway", want: true},
		"wrapped":               {err: fmt.Errorf("x: %w", silent), tried: 5 * time.Minute, left: 5 * time.Minute, key: "gateway", want: true},
		"another gateway":       {err: silent, tried: 5 * time.Minute, left: 5 * time.Minute, key: "region", want: true},
		"less time":             {err: silent, tried: 5 * time.Minute, left: time.Second, key: "gateway", want: true},
		"more time":             {err: silent, tried: 5 * time.Minute, left: 10 * time.Minute, key: "gateway"},
		"later":                 {err: silent, tried: 5 * time.Minute, later: 59 * time.Second, left: 5 * time.Minute, key: "gateway", want: true},
		"too late":              {err: silent, tried: 5 * time.Minute, later: time.Minute, left: 5 * time.Minute, key: "gateway"},
		"short, soon":           {err: silent, tried: 12 * time.Second, later: 11 * time.Second, left: 12 * time.Second, key: "gateway", want: true},
		"short, later":          {err: silent, tried: 12 * time.Second, later: 12 * time.Second, left: 12 * time.Second, key: "gateway"},
		"a blip":                {err: silent, tried: 9 * time.Second, exhausted: true, left: time.Second, key: "gateway"},
		"exhausted, more time":  {err: silent, tried: 20 * time.Second, exhausted: true, left: time.Hour, key: "gateway", want: true},
		"interrupted":           {err: silent, tried: time.Minute, exhausted: true, interrupted: true, left: time.Second, key: "gateway"},
		"server failed":         {err: &Error{Kind: KindServer, StatusCode: 500}, tried: time.Minute, left: time.Minute, key: "gateway", want: true},
		"another of the server": {err: &Error{Kind: KindServer, StatusCode: 500}, tried: time.Minute, left: time.Minute, key: "region"},
		"throttled":             {err: &Error{Kind: KindThrottled, StatusCode: 429}, tried: time.Minute, left: time.Minute, key: "gateway", want: true},
		"busy":                  {err: &Error{Kind: KindBusy, StatusCode: 409}, tried: time.Minute, left: time.Minute, key: "gateway"},
		"refused":               {err: &Error{Kind: KindForbidden, StatusCode: 403}, tried: time.Minute, left: time.Minute, key: "gateway"},
		"lasting":               {err: &Error{Kind: KindUnreachable, Lasting: true}, tried: time.Minute, left: time.Minute, key: "gateway"},
		"no call":               {err: context.DeadlineExceeded, tried: time.Minute, left: time.Minute, key: "gateway"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var o Outages
				limit := c.tried
				if c.exhausted {
					limit = time.Hour
				}
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				began := time.Now()
				passes(c.tried)
				synctest.Wait()
				if c.interrupted {
					cancel()
				}
				o.Note(ctx, began, c.err, "gateway", "region")
				passes(c.later)
				next := within(t, c.left)
				err := o.Recent(next, c.key)
				assert.Check(t, (err != nil) == c.want && (err == nil || errors.Is(err, c.err) && strings.Contains(err.Error(), "not tried")), "got %v", err)
				assert.Check(t, o.Recent(t.Context(), c.key) == nil, "who has all the time is not let try")
				o.Note(t.Context(), time.Now(), nil, "gateway", "region")
				assert.Check(t, o.Recent(next, "gateway", "region") == nil, "remembered after a success")
			})
		})
	}
}

// What one gateway answers is not what others answer, until a second one does.
func TestOutagesOfSeveral(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o Outages
		ctx := within(t, time.Minute)
		failed := &Error{Kind: KindServer, StatusCode: 500}
		began := time.Now()
		passes(time.Minute)
		synctest.Wait()
		next := within(t, time.Minute)
		for i, c := range []struct {
			gateway string
			err     error
			want    bool
		}{{"a", failed, false}, {"a", failed, false}, {"b", failed, true}, {"c", nil, false}, {"b", failed, false}} {
			o.Note(ctx, began, c.err, c.gateway, "region")
			err := o.Recent(next, "d", "region")
			assert.Check(t, (err != nil) == c.want, "%d: %v", i, err)
		}
	})
}

// What worked for others meanwhile is in no outage.
func TestOutagesBesideSuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o Outages
		ctx := within(t, time.Minute)
		began := time.Now()
		passes(30 * time.Second)
		o.Note(ctx, time.Now(), nil, "b", "region")
		passes(30 * time.Second)
		synctest.Wait()
		o.Note(ctx, began, &Error{Kind: KindUnreachable}, "a", "region")
		next := within(t, time.Minute)
		assert.Check(t, o.Recent(next, "a") != nil && o.Recent(next, "region") == nil, "a: %v, region: %v", o.Recent(next, "a"), o.Recent(next, "region"))
	})
}

// passes lets the fake time pass.
func passes(d time.Duration) { <-time.After(d) }
