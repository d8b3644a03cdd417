// Package announce says when the results of a campaign are final: once nothing is
// pending, or a while after it was sent.
package announce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/result"
)

// Reports knows what was reported.
type Reports interface {
	// Open lists tickets whose results are not final and that are to be looked at, at
	// most n of them.
	Open(ctx context.Context, account string, now time.Time, n int) ([]string, error)
	// Close takes a ticket out of these; Postpone has it looked at later, or when
	// something more is reported of it.
	Close(ctx context.Context, account, ticket string) error
	Postpone(ctx context.Context, account, ticket string, until time.Time) error
}

// Announcer emits the event campaign.delivered. All fields are required.
type Announcer struct {
	Reports Reports
	// Record finds a ticket's campaign; it fails with campaign.ErrNotFound.
	Record func(ctx context.Context, account, ticket string) (campaign.Record, error)
	// Settle has what is reported of a ticket end the doubt about its campaign, and reports
	// whether it may do so later.
	Settle func(ctx context.Context, account, ticket string) (later bool, err error)
	// Results are those of a ticket; ok is false where they are gone.
	Results func(ctx context.Context, account, ticket string, contacts int) (r result.Results, ok bool, err error)
	// Emit publishes an event, at least once: its id is the same each time.
	Emit func(context.Context, event.Event) error
	// Final is how long after it was sent a campaign's results are final at the latest.
	Final time.Duration
}

const (
	// batch is how many tickets one round looks at.
	batch = 200
	// unsentPause is how long a ticket waits whose campaign is not known to be sent.
	unsentPause = time.Minute
)

// Announce looks at the tickets of an account that something was reported of.
func (a *Announcer) Announce(ctx context.Context, account string, now time.Time) error {
	for {
		tickets, err := a.Reports.Open(ctx, account, now, batch)
		if err != nil {
			return err
		}
		for _, ticket := range tickets {
			if err := a.look(ctx, account, ticket, now); err != nil {
				return fmt.Errorf("look at the results of ticket %s of account %s: %w", ticket, account, err)
			}
		}
		if len(tickets) < batch {
			return nil
		}
	}
}

func (a *Announcer) look(ctx context.Context, account, ticket string, now time.Time) error {
	later, err := a.Settle(ctx, account, ticket)
	if err != nil {
		return err
	}
	r, err := a.Record(ctx, account, ticket)
	unknown := errors.Is(err, campaign.ErrNotFound)
	if err != nil && !unknown {
		return err
	}
	results, there, err := a.Results(ctx, account, ticket, r.Contacts)
	switch {
	case err != nil:
		return err
	case !there, !unknown && r.Ticket != ticket && !later: // it says nothing more of the campaign
		return a.Reports.Close(ctx, account, ticket)
	case unknown, r.Ticket != ticket, r.State != campaign.StateSent:
		return a.Reports.Postpone(ctx, account, ticket, now.Add(unsentPause))
	}
	if end := r.UpdatedAt.Add(a.Final); results.Pending > 0 && now.Before(end) {
		return a.Reports.Postpone(ctx, account, ticket, end)
	}
	if err := a.Emit(ctx, event.OfResults(r, results)); err != nil {
		return err
	}
	return a.Reports.Close(ctx, account, ticket)
}
