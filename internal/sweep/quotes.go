package sweep

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// Quotes says which quotes of an account are kept no longer.
type Quotes interface {
	Ended(ctx context.Context, account string, now time.Time) ([]string, error)
}

// QuoteRecords reads the campaigns that wait for an approval, and marks them.
type QuoteRecords interface {
	List(ctx context.Context, account string, state campaign.State, cursor string, limit int) (page []record.Record, next string, err error)
	Load(ctx context.Context, account, id string) (record.Record, record.Snapshot, error)
	Commit(ctx context.Context, ch record.Change) (record.CommitResult, record.Snapshot, error)
}

// QuoteEnder asks that campaigns be cancelled whose quote was not approved in time, and
// wakes them up. Its fields are set once, before use.
type QuoteEnder struct {
	Quotes Quotes
	Ledger QuoteRecords
	Queue  Steps
	Label  string // of campaigns, whose value is the name of their quote
	Who    string
	Token  func() string
	Clock  func(context.Context) (time.Time, error) // Redis's

	round int
}

// quotesEvery is how many sweeps pass between two looks at quotes: they end after days,
// and an idle account should cost Redis little.
const quotesEvery = 12

// End marks the campaigns of ended quotes, and returns how many.
func (e *QuoteEnder) End(ctx context.Context, account string) (int, error) {
	e.round++
	if e.round%quotesEvery != 1 {
		return 0, nil
	}
	now, err := e.Clock(ctx)
	if err != nil {
		return 0, err
	}
	ended, err := e.Quotes.Ended(ctx, account, now)
	if err != nil || len(ended) == 0 {
		return 0, err
	}
	var sum int
	for cursor := ""; ; {
		page, next, err := e.Ledger.List(ctx, account, campaign.StateAwaitingApproval, cursor, expirePage)
		if err != nil {
			return sum, err
		}
		for _, r := range page {
			if !lifecycle.WaitsForPerson(r) || !slices.Contains(ended, r.Campaign.Labels[e.Label]) {
				continue
			}
			if err := e.cancel(ctx, account, r.ID()); err != nil {
				return sum, err
			}
			sum++
		}
		if cursor = next; cursor == "" {
			return sum, nil
		}
	}
}

// cancel asks for the cancel of one campaign, unless it has been approved meanwhile.
func (e *QuoteEnder) cancel(ctx context.Context, account, id string) error {
	before, now, err := e.Ledger.Load(ctx, account, id)
	if err != nil || !lifecycle.WaitsForPerson(before) {
		return err
	}
	after, entries, err := before.RequestCancel(e.Who, "its quote was not approved in time")
	if err != nil || len(entries) == 0 {
		return nil //nolint:nilerr // a confirm of it may have arrived: it waits on
	}
	verdict, _, err := e.Ledger.Commit(ctx, record.Change{Before: &before, After: after, RunID: now.RunID, Token: e.Token(), Entries: entries})
	if err != nil {
		return fmt.Errorf("cancel campaign %s/%s of an ended quote: %w", account, id, err)
	}
	if verdict != record.CommitApplied { // it was overtaken; the next round sees by what
		return nil
	}
	// The request is written: what fails from here on, the sweep makes good.
	_ = e.Queue.Put(ctx, after, after.NextIn(campaign.StageCancel), time.Time{})
	return nil
}
