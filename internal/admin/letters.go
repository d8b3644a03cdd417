package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/task"
	"github.com/octoq/octoq/internal/window"
)

// Letter is a dead letter as people see it. The JSON names are stable.
type Letter struct {
	ID       string            `json:"id"`
	Account  string            `json:"account"`
	Campaign campaign.Campaign `json:"campaign"`
	Failure  campaign.Failure  `json:"failure"`
	// Refused says why the last replay was refused.
	Refused string `json:"refused,omitempty"`
	// Unread is what stood in a task that could not be read.
	Unread string `json:"unread,omitempty"`
	// Running: it is being replayed.
	Running bool `json:"running,omitempty"`
	// Unreadable says why the letter cannot be read, and Payload is it.
	Unreadable string `json:"unreadable,omitempty"`
	Payload    string `json:"payload,omitempty"`
}

func letterOf(b queue.Buried) Letter {
	l := Letter{ID: b.Task.ID, Account: b.Task.Account, Running: b.Running}
	if b.Err != nil {
		l.Unreadable, l.Payload = b.Err.Error(), task.Printable(b.Payload)
		return l
	}
	if t := b.Task.Letter; t != nil {
		l.Campaign, l.Failure, l.Refused, l.Unread = t.Campaign, t.Failure, t.Refused, t.Unread
	}
	return l
}

// Letters lists up to limit dead letters by id, those behind the cursor; next
// is "" at the end.
func (d *Desk) Letters(ctx context.Context, account, cursor string, limit int) (letters []Letter, next string, err error) {
	buried, next, err := d.letters.List(ctx, account, cursor, limit)
	for _, b := range buried {
		letters = append(letters, letterOf(b))
	}
	return letters, next, err
}

// Letter reads the letter of a dead campaign. It fails with
// campaign.ErrNotFound, and with campaign.ErrState if the campaign lives.
func (d *Desk) Letter(ctx context.Context, account, id string) (Letter, error) {
	_, b, err := d.find(ctx, account, id, "show the dead letter of")
	if err != nil {
		return Letter{}, err
	}
	return letterOf(b), nil
}

// find reads a dead campaign's record and letter.
func (d *Desk) find(ctx context.Context, account, id, asked string) (campaign.Record, queue.Buried, error) {
	r, _, err := d.dead(ctx, account, id, asked)
	if err != nil {
		return r, queue.Buried{}, err
	}
	b, err := d.letters.At(ctx, account, id, r.Next())
	if errors.Is(err, campaign.ErrNotFound) {
		err = fmt.Errorf("the dead letter of campaign %s/%s is missing; a worker's sweep restores it within a minute or so: %w", account, id, err)
	}
	return r, b, err
}

func (d *Desk) dead(ctx context.Context, account, id, asked string) (campaign.Record, campaign.Moment, error) {
	if !campaign.ValidID(id) || !campaign.ValidAccount(account) {
		return campaign.Record{}, campaign.Moment{}, fmt.Errorf("campaign %s/%s: %w", account, id, campaign.ErrNotFound)
	}
	r, m, err := d.ledger.Load(ctx, account, id)
	if err != nil {
		return r, m, err
	}
	if r.State != campaign.StateDead {
		return r, m, &campaign.StateError{Account: account, ID: id, State: r.State, Asked: asked, Why: "only dead campaigns have a letter"}
	}
	return r, m, nil
}

// Edit mends fields of a letter's campaign, each a name and a value as in a
// CSV file; an empty value takes the field out. What would not be a valid
// campaign is refused (campaign.ErrInvalid) and changes nothing.
func (d *Desk) Edit(ctx context.Context, account, id string, sets [][2]string) (Letter, error) {
	r, b, err := d.find(ctx, account, id, "edit the dead letter of")
	if err != nil {
		return Letter{}, err
	}
	letter := task.Letter{Campaign: r.Campaign, Unread: r.Unread}
	if r.Failure != nil {
		letter.Failure = *r.Failure
	}
	if b.Err == nil && b.Task.Letter != nil {
		letter = *b.Task.Letter
	}
	edited := campaign.Edit(letter.Campaign)
	for _, set := range sets {
		edited.Set(set[0], set[1])
	}
	letter.Campaign, err = edited.Campaign()
	if err == nil {
		err = check(letter.Campaign)
	}
	if err != nil {
		return Letter{}, err
	}
	if letter.Campaign.ID != id || letter.Campaign.Account != account {
		return Letter{}, fmt.Errorf("%w: id and account cannot be changed; enqueue a new campaign instead", campaign.ErrInvalid)
	}
	if err := d.letters.Edit(ctx, b, letter); err != nil {
		return Letter{}, err
	}
	b.Task.Letter, b.Err = &letter, nil
	return letterOf(b), nil
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

// Replay lets a worker start the next run of a dead campaign. One that may have
// been confirmed is refused (campaign.ErrState) unless force is given, which
// goes on record. A letter that is still invalid is refused too.
func (d *Desk) Replay(ctx context.Context, account, id string, force bool) error {
	r, b, err := d.find(ctx, account, id, "replay")
	if err != nil {
		return err
	}
	switch {
	case b.Err != nil:
		return fmt.Errorf("%w: the letter cannot be read: %w; mend it with: octoq dead edit %s --set FIELD=VALUE", campaign.ErrInvalid, b.Err, id)
	case b.Task.Letter == nil:
		return fmt.Errorf("%w: the letter holds no campaign", campaign.ErrInvalid)
	}
	if err := check(b.Task.Letter.Campaign); err != nil {
		return err
	}
	if r.MaybeConfirmed && !r.Forced {
		if !force {
			return &campaign.StateError{
				Account: account, ID: id, State: r.State, Asked: "replay",
				Why: "it may have been sent already (maybe_confirmed). Look at Octopush first; to accept a second sending: --force",
			}
		}
		if err := d.force(ctx, account, id); err != nil {
			return err
		}
	}
	return d.letters.Run(ctx, account, id, r.Next())
}

// force puts on record that a second sending is accepted.
func (d *Desk) force(ctx context.Context, account, id string) error {
	name := token()
	for {
		r, m, err := d.dead(ctx, account, id, "replay")
		if err != nil {
			return err
		}
		after, entries, err := r.Force(d.who)
		if err != nil || len(entries) == 0 {
			return err
		}
		verdict, _, err := d.ledger.Commit(ctx, campaign.Change{
			Before: &r, After: after, RunID: m.RunID, Token: name, Entries: entries,
		})
		if err != nil || verdict == campaign.VerdictApplied {
			return err
		}
	}
}

// Purge removes a dead campaign and its letter. A tombstone keeps its id taken
// for a day, or for good if it may have been confirmed.
func (d *Desk) Purge(ctx context.Context, account, id string) error {
	name := token()
	for {
		r, m, err := d.dead(ctx, account, id, "purge")
		if err != nil {
			return err
		}
		if b, err := d.letters.At(ctx, account, id, r.Next()); err == nil && b.Running {
			return fmt.Errorf("purge campaign %s/%s: %w", account, id, queue.ErrBusy)
		}
		verdict, _, err := d.ledger.Purge(ctx, r, m.RunID, name, d.who)
		if err != nil {
			return err
		}
		if verdict == campaign.VerdictApplied {
			return d.letters.Delete(ctx, account, id, r.Next())
		}
	}
}
