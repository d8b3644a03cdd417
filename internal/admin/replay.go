package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
)

// Replay lets a worker start the next run of a dead campaign. One that may have
// been sent is refused (campaign.ErrState) unless force is given, which goes on
// record, as do the actor and the reason, which may be empty. A campaign that is
// still invalid is refused too.
func (d *Service) Replay(ctx context.Context, account, id, reason string, force bool) error {
	if err := record.CheckReason(reason); err != nil {
		return err
	}
	f, err := d.find(ctx, account, id, "replay")
	if err != nil {
		return err
	}
	if f.buried.Running { // a write would only make the worker begin anew
		return fmt.Errorf("replay campaign %s/%s: %w", account, id, queue.ErrBusy)
	}
	if err := f.readable(id); err != nil {
		return err
	}
	if err := f.replayable("replay"); err != nil {
		return err
	}
	after, err := d.change(ctx, account, id, "replay", func(r record.Record, m record.Snapshot) (record.Record, []campaign.Entry, error) {
		if err := (found{record: r, moment: m}).replayable("replay"); err != nil {
			return r, nil, err
		}
		asked := found{record: r, buried: f.buried}.content()
		if err := check(asked); err != nil {
			return r, nil, err
		}
		r.Edited = r.Edited || !content.Same(r.Campaign, asked)
		if why := lifecycle.RefusesReplay(r, m); why != "" && !force {
			return r, nil, &campaign.StateError{Account: account, ID: id, State: r.State, Asked: "replay", Why: why}
		}
		return r.RequestReplay(d.who, reason, force && lifecycle.NeedsForce(r, m))
	})
	if err != nil {
		return err
	}
	err = d.letters.Run(ctx, account, id, after.Next())
	if errors.Is(err, queue.ErrBusy) { // it was run with asynq's own tools as well: the record says who asked here
		err = nil
	}
	return err
}

// ResumeReplay runs the letter of a replay that was asked for by the write of that token,
// if nothing was written since: the process that wrote it may have died before running the letter.
// One that has been run is left alone.
func (d *Service) ResumeReplay(ctx context.Context, account, id, token string) error {
	r, _, err := d.ledger.Load(ctx, account, id)
	switch {
	case errors.Is(err, campaign.ErrNotFound), errors.Is(err, campaign.ErrVersion):
		return nil // it has gone on since
	case err != nil:
		return err
	case r.State != campaign.StateDead || r.LastToken != token:
		return nil
	}
	err = d.letters.Run(ctx, account, id, r.Next())
	if errors.Is(err, queue.ErrBusy) || errors.Is(err, campaign.ErrNotFound) {
		return nil
	}
	return err
}

// RefusesReplay is what says of dead campaigns of an account why Replay would refuse
// them without force, "" for those that it would not.
func (d *Service) RefusesReplay(ctx context.Context, account string) (func(campaign.Record) string, error) {
	m, err := d.ledger.Observe(ctx, account)
	if err != nil {
		return nil, err
	}
	return func(r campaign.Record) string {
		switch known := (record.Record{Record: r}); {
		case r.State != campaign.StateDead:
			return "only a dead campaign is replayed"
		case r.ReplayBy != "":
			return "a replay of it was asked for by " + r.ReplayBy
		default:
			return lifecycle.RefusesReplay(known, m)
		}
	}, nil
}

// askedLately is how long a replay that was asked for may take until its letter is run.
const askedLately = 10 * time.Second

// replayable refuses what would change a replay that was asked for already: the
// campaign that goes out would not be the one that was asked for.
func (f found) replayable(asked string) error {
	r := f.record
	lately := r.ReplayBy != "" && f.moment.Now.Sub(r.UpdatedAt) < askedLately
	if !f.buried.Running && !lately {
		return nil
	}
	by := r.ReplayBy
	if by == "" {
		by = "a user of asynq's own tools"
	}
	return &campaign.StateError{
		Account: r.Account(), ID: r.ID(), State: r.State, Asked: asked,
		Why: "a replay of it was asked for by " + by + "; to take that back: octoq cancel " + r.ID(),
	}
}

// readable refuses a letter that says nothing, where the record does not know better.
func (f found) readable(id string) error {
	switch {
	case f.record.Edited:
		return nil
	case f.buried.Err != nil:
		return fmt.Errorf("%w: the letter cannot be read: %w; correct it with: octoq dead edit %s --set FIELD=VALUE", campaign.ErrInvalid, f.buried.Err, id)
	case f.buried.Task.Letter == nil:
		return fmt.Errorf("%w: the letter holds no campaign", campaign.ErrInvalid)
	}
	return nil
}
