package enqueue

import (
	"context"
	"time"

	"github.com/octoq/octoq/internal/ledger"
)

// walkStep is how many records a walk reads at once.
const walkStep = 250

// walk goes through the pages of an index for what fits a filter, until its page is
// full, its time is over, or nothing older fits.
func (l *listing) walk(ctx context.Context, f Filter) (Page, error) {
	began := time.Now()
	l.limit = walkStep
	if l.after == (ledger.Place{}) && !f.Until.IsZero() {
		l.after = ledger.Place{At: milliUp(f.Until)}
	}
	var page Page
	for {
		p, err := l.page(ctx)
		if err != nil {
			return Page{}, err
		}
		full, at := page.take(p, f)
		switch {
		case full:
			page.Next = l.cursor(at)
			return page, nil
		case p.next == (ledger.Place{}) || f.tooOld(p.next):
			return page, nil
		}
		l.after = p.next
		if f.Within > 0 && time.Since(began) >= f.Within {
			page.Next = l.cursor(l.after)
			return page, nil
		}
	}
}

// take adds what fits a filter. Once the page is full it says where the next one goes
// on, the zero place where nothing follows.
func (page *Page) take(p part, f Filter) (full bool, at ledger.Place) {
	for i, r := range p.records {
		if f.tooOld(p.places[i]) || !f.fits(r) {
			continue
		}
		if page.Records = append(page.Records, r); len(page.Records) < f.Limit {
			continue
		}
		if i == len(p.records)-1 {
			return true, p.next
		}
		return true, p.places[i]
	}
	return false, ledger.Place{}
}

// tooOld reports whether what stands at a place, or behind it, was enqueued before Since.
func (f Filter) tooOld(p ledger.Place) bool { return !f.Since.IsZero() && p.At < milliUp(f.Since) }

// milliUp is a moment in unix milliseconds, rounded up.
func milliUp(t time.Time) int64 { return t.Add(time.Millisecond - time.Nanosecond).UnixMilli() }
