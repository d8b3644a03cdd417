package admin

import (
	"context"
	"errors"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/record"
)

// Purge removes a dead campaign and its letter. A tombstone keeps its id taken
// for a day, or for good if it may have been confirmed. Should Redis fail behind
// that, the letter stays in the list, where running it does nothing; purging the
// campaign again removes it. The reason, which may be empty, is in the tombstone's
// timeline.
func (d *Service) Purge(ctx context.Context, account, id, reason string) error {
	if err := record.CheckReason(reason); err != nil {
		return err
	}
	guard := ledger.GuardOf(ctx)
	name := guard.Name()
	for {
		r, m, err := d.dead(ctx, account, id, "purge")
		if r.State == campaign.StatePurged {
			return d.dropLeftover(ctx, account, id, err)
		}
		if err == nil {
			err = guard.Allows(r)
		}
		if err != nil {
			return err
		}
		verdict, _, err := d.ledger.PurgeAppending(ctx, r, lifecycle.InDoubt(r, m), m.RunID, name, d.who, reason, guard.Then)
		if err != nil {
			return err
		}
		if verdict == record.CommitApplied {
			_ = d.letters.Delete(ctx, account, id, r.Next()) // the campaign is purged either way
			return nil
		}
	}
}

// dropLeftover removes the letter that an earlier purge left; without one, purging
// again fails as it always does.
func (d *Service) dropLeftover(ctx context.Context, account, id string, purged error) error {
	b, err := d.letters.Get(ctx, account, id)
	if errors.Is(err, campaign.ErrNotFound) {
		return purged
	}
	if err != nil {
		return err
	}
	return d.letters.Delete(ctx, account, id, b.Task.Step)
}
