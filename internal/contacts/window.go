package contacts

import (
	"context"
	"sync"
)

// window has several batches under way at once, and settles them in the order in which
// they were begun.
type window struct {
	ctx    context.Context //nolint:containedctx // of the calls under way, which end with the push
	cancel context.CancelFunc
	push   *push
	most   int
	under  []*attempt // in their order
	calls  sync.WaitGroup
}

// attempt is one batch that is under way.
type attempt struct {
	rows    []Row
	numbers map[string]bool
	results []LineResult
	err     error
	done    chan struct{} // is closed once results or err is there
}

func newWindow(ctx context.Context, most int, p *push) *window {
	ctx, cancel := context.WithCancel(ctx)
	return &window{ctx: ctx, cancel: cancel, push: p, most: max(most, 1)}
}

// begin begins a batch, once there is room for it and no other with one of its numbers is
// under way: the later line overwrites the earlier one.
func (w *window) begin(rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	numbers := numbersOf(rows)
	for len(w.under) >= w.most || w.sharesNumber(numbers) {
		if err := w.settleFirst(); err != nil {
			return err
		}
	}
	a := &attempt{rows: rows, numbers: numbers, done: make(chan struct{})}
	w.under = append(w.under, a)
	w.calls.Go(func() {
		defer close(a.done)
		a.results, a.err = w.push.outcome(w.ctx, rows)
	})
	return nil
}

// numbersOf are the numbers of rows that are contacts.
func numbersOf(rows []Row) map[string]bool {
	numbers := make(map[string]bool, len(rows))
	for _, r := range rows {
		if r.Fault == "" {
			numbers[r.Contact.PhoneNumber] = true
		}
	}
	return numbers
}

// sharesNumber reports whether one of some numbers is under way.
func (w *window) sharesNumber(numbers map[string]bool) bool {
	for _, a := range w.under {
		for n := range numbers {
			if a.numbers[n] {
				return true
			}
		}
	}
	return false
}

// settleFirst waits for the batch that was begun first, and settles it.
func (w *window) settleFirst() error {
	a := w.under[0]
	w.under = w.under[1:]
	<-a.done
	if a.err != nil {
		return a.err
	}
	return w.push.settle(a.rows, a.results)
}

// end settles all that is under way.
func (w *window) end() error {
	for len(w.under) > 0 {
		if err := w.settleFirst(); err != nil {
			return err
		}
	}
	return nil
}

// close gives up what is under way, and waits for its calls.
func (w *window) close() {
	w.cancel()
	w.calls.Wait()
}
