package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
)

// SettleReport writes down what a delivery report of a ticket proves of its campaign, and
// removes the letter of one that is sent. It reports whether the same report may prove
// something later: a campaign that is not at its end may still leave the ticket behind. A
// ticket that no campaign has proves nothing.
func (d *Service) SettleReport(ctx context.Context, account, ticket, status string, at time.Time) (later bool, err error) {
	id, err := d.ledger.ByTicket(ctx, account, ticket)
	if err == nil {
		later, err = d.settleReport(ctx, account, id, lifecycle.TicketReport{Ticket: ticket, Status: status, At: at})
	}
	switch {
	case errors.Is(err, campaign.ErrNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("settle a delivery report of ticket %s: %w", ticket, err)
	}
	return later, nil
}

func (d *Service) settleReport(ctx context.Context, account, id string, report lifecycle.TicketReport) (later bool, err error) {
	token := random.Token()
	for {
		r, m, err := d.ledger.Load(ctx, account, id)
		if err != nil {
			return false, err
		}
		decision, changes := lifecycle.SettleReport(r, report, m, d.who)
		if !changes {
			return !r.State.Final() || r.State == campaign.StateDead, nil
		}
		ch := record.Change{Before: &r, After: decision.After, RunID: m.RunID, Token: token, Entries: decision.Entries}
		verdict, _, err := d.ledger.Commit(ctx, ch)
		if err != nil {
			return false, err
		}
		if verdict != record.CommitApplied {
			continue
		}
		if r.State == campaign.StateDead && decision.After.State == campaign.StateSent {
			_ = d.letters.Delete(ctx, account, id, r.Next()) // run by a person, it would do nothing
		}
		return false, nil
	}
}
