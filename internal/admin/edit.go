package admin

import (
	"context"
	"errors"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
	"github.com/octoq/octoq/internal/window"
)

// Edit changes fields of a dead campaign, each a name and a value as in a CSV file;
// an empty value takes the field out. The ledger has the change, with its author;
// the letter is refreshed behind it. What would not be a valid campaign is refused
// (campaign.ErrInvalid) and changes nothing.
func (d *Service) Edit(ctx context.Context, account, id string, sets [][2]string) (Letter, error) {
	f, err := d.edit(ctx, account, id, func(record.Record) error { return nil }, func(c campaign.Campaign) (campaign.Campaign, error) {
		e := input.Edit(c)
		for _, set := range sets {
			e.Set(set[0], set[1])
		}
		return e.Campaign()
	})
	if err != nil {
		return Letter{}, err
	}
	return f.letter(), nil
}

// edit changes the content of a dead campaign. Where the record is written by others
// meanwhile, it is asked once more whether that may be done, and made anew.
func (d *Service) edit(
	ctx context.Context, account, id string, may func(record.Record) error, change func(campaign.Campaign) (campaign.Campaign, error),
) (found, error) {
	const asked = "edit the dead letter of"
	var f found
	after, err := d.change(ctx, account, id, asked, func(r record.Record, m record.Snapshot) (record.Record, []campaign.Entry, error) {
		if err := may(r); err != nil {
			return r, nil, err
		}
		b, err := d.letters.At(ctx, account, id, r.Next())
		if err != nil && !errors.Is(err, campaign.ErrNotFound) {
			return r, nil, err
		}
		f = found{record: r, moment: m, buried: b}
		if err := f.replayable(asked); err != nil {
			return r, nil, err
		}
		c, err := change(f.content())
		if err == nil {
			err = check(c)
		}
		if err != nil {
			return r, nil, err
		}
		return r.Edit(c, d.who)
	})
	if err != nil {
		return found{}, err
	}
	f.record = after
	d.refresh(ctx, &f)
	return f, nil
}

// refresh writes the letter anew from the record, for asynq's own tools to show. The
// record is what counts: a letter that could not be refreshed is only out of date.
func (d *Service) refresh(ctx context.Context, f *found) {
	letter := task.LetterOf(f.record)
	if t := f.buried.Task.Letter; f.buried.Err == nil && t != nil {
		letter.Refused = t.Refused
	}
	if d.letters.Edit(ctx, f.buried, letter) == nil {
		f.buried.Task.Letter, f.buried.Err = &letter, nil
	}
}

// check refuses a campaign that is not valid, and one whose window names a zone
// or a country that is not known: it would be created, and die at its confirm.
func check(c campaign.Campaign) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if _, err := window.Parse(c.Window); err != nil {
		return &campaign.ValidationError{ID: c.ID, Faults: []campaign.Fault{{Field: "window", Problem: err.Error()}}}
	}
	return nil
}

// change writes what an operator decides on a dead campaign's record, and decides
// again if that has changed meanwhile. It returns the record as it is written.
func (d *Service) change(
	ctx context.Context, account, id, asked string,
	decide func(record.Record, record.Snapshot) (record.Record, []campaign.Entry, error),
) (record.Record, error) {
	guard := ledger.GuardOf(ctx)
	name := guard.Name()
	for {
		r, m, err := d.dead(ctx, account, id, asked)
		if err == nil {
			err = guard.Allows(r)
		}
		if err != nil {
			return r, err
		}
		after, entries, err := decide(r, m)
		if err != nil || len(entries) == 0 {
			return r, err
		}
		ch := record.Change{Before: &r, After: after, RunID: m.RunID, Token: name, Entries: entries}
		verdict, _, err := d.ledger.CommitAppending(ctx, ch, guard.Then)
		if err != nil || verdict == record.CommitApplied {
			return ch.Written(), err
		}
	}
}
