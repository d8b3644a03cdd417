package limit

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
)

func queueOf(waiting map[rank]int) *waitQueue {
	q := newWaitQueue()
	for r, n := range waiting {
		for i := range n {
			q.join(&waiter{rank: r, id: fmt.Sprint(i)})
		}
	}
	return &q
}

func TestAlertsStandInFront(t *testing.T) {
	t.Parallel()
	wholesale := func(c campaign.Call) rank { return rank{call: c} }
	alert := func(c campaign.Call) rank { return rank{alert: true, call: c} }
	const many = 200
	for _, c := range []struct {
		name    string
		waiting map[rank]int
		want    map[rank]int // of 100 grants
	}{
		{
			"an alert's create before a wholesale campaign's confirm", map[rank]int{alert(campaign.CallCreate): 9, wholesale(campaign.CallConfirm): many},
			map[rank]int{alert(campaign.CallCreate): 9, wholesale(campaign.CallConfirm): 91},
		},
		{
			"wholesale keeps a tenth", map[rank]int{alert(campaign.CallCreate): many, wholesale(campaign.CallConfirm): many},
			map[rank]int{alert(campaign.CallCreate): 89, wholesale(campaign.CallConfirm): 11},
		},
		{
			"wholesale's tenth is shared as ever", map[rank]int{
				alert(campaign.CallConfirm): many, wholesale(campaign.CallConfirm): many, wholesale(campaign.CallCreate): many,
			},
			map[rank]int{alert(campaign.CallConfirm): 89, wholesale(campaign.CallConfirm): 10, wholesale(campaign.CallCreate): 1},
		},
		{
			"creates of alerts keep a tenth of theirs", map[rank]int{alert(campaign.CallConfirm): many, alert(campaign.CallCreate): many},
			map[rank]int{alert(campaign.CallConfirm): 90, alert(campaign.CallCreate): 10},
		},
		{
			"alerts alone take all", map[rank]int{alert(campaign.CallStatus): many}, map[rank]int{alert(campaign.CallStatus): 100},
		},
		{
			"the balance before all", map[rank]int{alert(campaign.CallConfirm): many, wholesale(campaign.CallBalance): 1},
			map[rank]int{alert(campaign.CallConfirm): 99, wholesale(campaign.CallBalance): 1},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q, got := queueOf(c.waiting), map[rank]int{}
			first := q.first(1)[0].rank
			for i := range 100 {
				r := q.pop().rank
				got[r]++
				if i == 0 && r != first {
					t.Errorf("served first: got %v, and %v is named first to the limiter", r, first)
				}
			}
			for r, want := range c.want {
				if got[r] != want {
					t.Errorf("of 100 grants, %v got %d, want %d", r, got[r], want)
				}
			}
		})
	}
}

// In front means from the first grant on, and in no place does a wholesale campaign
// wait for more than eight alerts.
func TestEightAlertsPassAtMost(t *testing.T) {
	t.Parallel()
	q := queueOf(map[rank]int{{alert: true, call: campaign.CallStatus}: 100, {call: campaign.CallCreate}: 100})
	var turns []int
	for i := range 100 {
		if !q.pop().alert {
			turns = append(turns, i)
		}
	}
	if want := []int{8, 17, 26, 35, 44, 53, 62, 71, 80, 89, 98}; !slices.Equal(turns, want) {
		t.Errorf("wholesale's turns: got %v, want %v", turns, want)
	}
}

// An alert that comes while others wait is let in with the next grant; alerts among
// themselves in their order.
func TestAnAlertPassesThoseThatWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, _ := bubbleGate(t, Limits{Rate: 5, Burst: 1, MaxInFlight: 1})
		var mu sync.Mutex
		var order []string
		var wg sync.WaitGroup
		enter := func(alert bool, id string) {
			wg.Go(func() {
				acquire := g.Acquire
				if alert {
					acquire = g.AcquireAlert
				}
				p, err := acquire(context.Background(), campaign.CallCreate, id)
				if err != nil {
					t.Errorf("%s: %v", id, err)
					return
				}
				mu.Lock()
				order = append(order, id)
				mu.Unlock()
				mustRelease(t, p, ok())
			})
			synctest.Wait()
		}
		for i := range 5 {
			enter(false, fmt.Sprint("w", i))
		}
		<-time.After(300 * time.Millisecond)
		mu.Lock()
		before := len(order)
		mu.Unlock()
		enter(true, "a0")
		enter(true, "a1")
		wg.Wait()
		if diff := cmp.Diff([]string{"a0", "a1"}, order[before:before+2]); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", order[:before], diff)
		}
	})
}
