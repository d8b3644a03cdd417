package hub

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Of many readers that wait one asks at a time, all are woken when the stream moves, one takes
// over when the one that asks leaves, and what moved before the wait began is not missed.
func TestThoseWhoWaitAskTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNewest()
		var asked, end atomic.Int64
		look := func(context.Context) (position, error) { //nolint:unparam // as readers have it
			asked.Add(1)
			return position{id: fmt.Sprint(end.Load()), run: "a"}, nil
		}
		n.note(position{id: "0", run: "a"})
		first, leave := context.WithCancel(t.Context())
		var woken atomic.Int64
		var waiting sync.WaitGroup
		wait := func(ctx context.Context, moved <-chan struct{}) {
			waiting.Go(func() {
				if ended, err := n.wait(ctx, moved, nil, look); err == nil && !ended {
					woken.Add(1)
				} else if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, %v, want to be woken or cancelled", ended, err)
				}
			})
		}
		wait(first, n.move())
		synctest.Wait()
		for range 49 {
			wait(t.Context(), n.move())
		}
		<-time.After(10 * time.Second)                 // of the test's own clock
		if got := asked.Load(); got < 39 || got > 40 { // the last one is due just now
			t.Errorf("fifty in ten seconds: asked %d times, want 40", got)
		}
		leave()
		synctest.Wait()
		end.Store(1)
		<-time.After(lookEvery)
		waiting.Wait()
		if woken.Load() != 49 {
			t.Errorf("after the one that asked had left: got %d woken, want all 49 others", woken.Load())
		}
		moved := n.move()
		n.note(position{id: "2", run: "a"})
		if ended, err := n.wait(t.Context(), moved, nil, look); ended || err != nil {
			t.Errorf("moved before the wait: got %v, %v, want to be woken", ended, err)
		}
		end.Store(2)
		over := time.After(time.Second)
		if ended, err := n.wait(t.Context(), n.move(), over, look); !ended || err != nil {
			t.Errorf("nothing moves: got %v, %v, want its end", ended, err)
		}
	})
}
