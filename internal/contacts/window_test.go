package contacts

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
)

// slowly answers later calls sooner than those before, and notes how many were under way.
func (f *fake) slowly(most *int, failing string) {
	under := 0
	f.answer = func(contacts []campaign.Contact) (CallAnswer, error) {
		f.mu.Lock()
		under++
		*most = max(*most, under)
		pause := time.Second / time.Duration(len(f.calls))
		f.mu.Unlock()
		<-time.After(pause)
		f.mu.Lock()
		under--
		f.mu.Unlock()
		if contacts[0].PhoneNumber == failing {
			return CallAnswer{}, errFailed
		}
		return CallAnswer{Class: "ok"}, nil
	}
}

var errFailed = errors.New("failed")

func TestCallsAtOnceAreSettledInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, most := &fake{atOnce: 4}, 0
		f.slowly(&most, "")
		var lines []int
		var last PushProgress
		err := f.pusher(10).Push(t.Context(), PushProgress{}, seq(rows(95)), func(results []LineResult, p PushProgress) error {
			for _, r := range results {
				lines = append(lines, r.Line)
			}
			last = p
			return nil
		})
		if err != nil || most != 4 || len(lines) != 95 || !slices.IsSorted(lines) || last.Added != 95 || len(f.writes) != 95 {
			t.Errorf("got %v, %d calls at once, lines %v, %+v", err, most, lines, last)
		}
		if again := f.pusher(10).Push(t.Context(), last, seq(rows(95)), ignore); again != nil || len(f.calls) != 10 {
			t.Errorf("once more: got %v and %d calls, want no more than 10", again, len(f.calls))
		}
	})
}

// What stands behind a call that has failed is not settled, though it may have been added.
func TestNothingBehindAFailedCallIsSettled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, most := &fake{atOnce: 3}, 0
		f.slowly(&most, number(20))
		var last PushProgress
		note := func(_ []LineResult, p PushProgress) error { last = p; return nil }
		if err := f.pusher(10).Push(t.Context(), PushProgress{}, seq(rows(100)), note); !errors.Is(err, errFailed) {
			t.Fatalf("got %v", err)
		}
		if last.Rows != 20 || len(f.calls) > 5 {
			t.Errorf("got %d rows settled and %d calls, want 20, and no call after the failure", last.Rows, len(f.calls))
		}
		f.slowly(&most, "")
		if err := f.pusher(10).Push(t.Context(), last, seq(rows(100)), note); err != nil || last.Added != 100 || len(f.writes) != 100 {
			t.Errorf("again: got %v, %+v and %d numbers", err, last, len(f.writes))
		}
	})
}

// Of a number that is there twice the later line counts, so its call waits for the earlier one.
func TestANumberIsUnderWayOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, most := &fake{atOnce: 8}, 0
		f.slowly(&most, "")
		all := rows(4)
		all[1].Contact.PhoneNumber = number(0)
		var began []time.Duration
		start, slow := time.Now(), f.answer
		f.answer = func(contacts []campaign.Contact) (CallAnswer, error) {
			f.mu.Lock()
			began = append(began, time.Since(start))
			f.mu.Unlock()
			return slow(contacts)
		}
		if err := f.pusher(1).Push(t.Context(), PushProgress{}, seq(all), ignore); err != nil {
			t.Fatal(err)
		}
		if want := []time.Duration{0, time.Second, time.Second, time.Second}; !cmp.Equal(began, want) {
			t.Errorf("calls began after %v, want %v", began, want)
		}
	})
}
