// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package flight

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A call that ends late, after all had given up, does not end the sharing of the next one.
func TestCallThatEndsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f Group[string, int]
		var calls atomic.Int64
		slow := func(context.Context) (int, error) { // deaf to the context
			number := calls.Add(1)
			<-time.After(10 * time.Second)
			return int(number), nil
		}
		var group sync.WaitGroup
		join := func(after, patience time.Duration) {
			group.Go(func() {
				<-time.After(after)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if v, err := f.Do(ctx, "k", slow); patience > time.Minute && (err != nil || v != 2) {
					t.Errorf("got %d, %v", v, err)
				}
			})
		}
		join(0, time.Second)
		join(5*time.Second, time.Hour)
		join(12*time.Second, time.Hour) // the first call has ended by now
		group.Wait()
		if n := calls.Load(); n != 2 {
			t.Errorf("%d calls", n)
		}
	})
}
