package sweep

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// quoteLedger has the campaigns that wait for an approval, and says that some quotes have
// ended.
type quoteLedger struct {
	records   map[string]record.Record
	ended     []string
	asked     int
	overtakes string   // the campaign that changes while it is looked at
	woken     []string // the campaigns whose cancel was queued
}

// Put refuses every task once it is noted: the mark is written by then.
func (l *quoteLedger) Put(_ context.Context, r record.Record, step record.Step, at time.Time) error {
	if step.Stage == campaign.StageCancel && step.Epoch == r.Epoch && at.IsZero() {
		l.woken = append(l.woken, r.ID())
	}
	return errors.New("out of reach")
}

func (l *quoteLedger) Ended(context.Context, string, time.Time) ([]string, error) {
	l.asked++
	return l.ended, nil
}

// List gives a page of one campaign each, by the order of their ids.
func (l *quoteLedger) List(_ context.Context, _ string, state campaign.State, cursor string, _ int) ([]record.Record, string, error) {
	var ids []string
	for id, r := range l.records {
		if r.State == state && id > cursor {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, "", nil
	}
	next := slices.Min(ids)
	return []record.Record{l.records[next]}, next, nil
}

func (l *quoteLedger) Load(_ context.Context, _, id string) (record.Record, record.Snapshot, error) {
	return l.records[id], record.Snapshot{RunID: "run"}, nil
}

func (l *quoteLedger) Commit(_ context.Context, ch record.Change) (record.CommitResult, record.Snapshot, error) {
	if ch.After.ID() == l.overtakes {
		return record.CommitStale, record.Snapshot{}, nil
	}
	l.records[ch.After.ID()] = ch.After
	return record.CommitApplied, record.Snapshot{}, nil
}

func TestWhatIsNotApprovedInTimeIsCancelled(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	l := &quoteLedger{records: map[string]record.Record{}, ended: []string{"spring"}}
	waiting := func(id, quote string, with func(*record.Record)) {
		r := record.New(campaign.Campaign{ID: id, Account: "shop", Labels: map[string]string{"quote": quote}}, now, "run")
		r.State, r.Ticket = campaign.StateAwaitingApproval, "sms_"+id
		if with != nil {
			with(&r)
		}
		l.records[id] = r
	}
	waiting("a", "spring", nil)
	waiting("b", "summer", nil)
	waiting("c", "spring", func(r *record.Record) { r.Approved = true })
	waiting("d", "spring", func(r *record.Record) { r.ConfirmTried = true })
	waiting("e", "spring", nil)
	waiting("g", "spring", nil)
	l.overtakes = "g"
	e := &QuoteEnder{
		Quotes: l, Ledger: l, Queue: l, Label: "quote", Who: "w", Token: func() string { return "t" },
		Clock: func(context.Context) (time.Time, error) { return now, nil },
	}
	if _, err := e.End(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"a": true, "b": false, "c": false, "d": false, "e": true, "g": false} {
		if got := l.records[id].CancelRequested; got != want {
			t.Errorf("%s: asked to be cancelled: %v, want %v", id, got, want)
		}
	}
	if want := []string{"a", "e"}; !slices.Equal(l.woken, want) {
		t.Errorf("woken: got %q, want %q", l.woken, want)
	}
	for range quotesEvery - 1 {
		if _, err := e.End(t.Context(), "shop"); err != nil || l.asked != 1 {
			t.Errorf("in the next sweep: looked %d times, %v, want once", l.asked, err)
		}
	}
	waiting("f", "spring", nil) // it was not priced before
	if _, err := e.End(t.Context(), "shop"); err != nil || !l.records["f"].CancelRequested {
		t.Errorf("priced after the end: got %+v, %v, want it asked to be cancelled", l.records["f"], err)
	}
}
