package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
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
func (d *Service) Letters(ctx context.Context, account, cursor string, limit int) (letters []Letter, next string, err error) {
	buried, next, err := d.letters.List(ctx, account, cursor, limit)
	for _, b := range buried {
		letters = append(letters, letterOf(b))
	}
	return letters, next, err
}

// RunLetters lists the letters that have been run and that no worker has done with,
// by id, some thousands at most; more reports that there are others. Letters does not
// list them.
func (d *Service) RunLetters(ctx context.Context, account string) (letters []Letter, more bool, err error) {
	buried, more, err := d.letters.AllRun(ctx, account)
	for _, b := range buried {
		letters = append(letters, letterOf(b))
	}
	return letters, more, err
}

// Letter reads the letter of a dead campaign. It fails with
// campaign.ErrNotFound, and with campaign.ErrState if the campaign lives.
func (d *Service) Letter(ctx context.Context, account, id string) (Letter, error) {
	f, err := d.find(ctx, account, id, "show the dead letter of")
	if err != nil {
		return Letter{}, err
	}
	return f.letter(), nil
}

// found is a dead campaign: its record, the moment in which that was read, and its
// letter.
type found struct {
	record record.Record
	moment record.Snapshot
	buried queue.Buried
}

// letter is what people see of it. Once the letter was edited, the record says what
// the campaign is.
func (f found) letter() Letter {
	l := letterOf(f.buried)
	if f.record.Edited {
		l.Campaign, l.Unreadable, l.Payload = f.record.Campaign, "", ""
	}
	return l
}

// content is the campaign that the next run would send: that of the record once the
// letter was edited. An older octoq edited the letter alone.
func (f found) content() campaign.Campaign {
	if t := f.buried.Task.Letter; !f.record.Edited && f.buried.Err == nil && t != nil {
		return t.Campaign
	}
	return f.record.Campaign
}

// find reads a dead campaign's record and letter.
func (d *Service) find(ctx context.Context, account, id, asked string) (found, error) {
	r, m, err := d.dead(ctx, account, id, asked)
	if err != nil {
		return found{}, err
	}
	b, err := d.letters.At(ctx, account, id, r.Next())
	if errors.Is(err, campaign.ErrNotFound) {
		err = fmt.Errorf("the dead letter of campaign %s/%s is missing; a worker's sweep restores it within a minute or so: %w", account, id, err)
	}
	return found{record: r, moment: m, buried: b}, err
}

func (d *Service) dead(ctx context.Context, account, id, asked string) (record.Record, record.Snapshot, error) {
	if !campaign.ValidID(id) || !campaign.ValidAccount(account) {
		return record.Record{}, record.Snapshot{}, fmt.Errorf("campaign %s/%s: %w", account, id, campaign.ErrNotFound)
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

// Edit changes fields of a dead campaign, each a name and a value as in a CSV file;
// an empty value takes the field out. The ledger has the change, with who made it;
// the letter is refreshed behind it. What would not be a valid campaign is refused
// (campaign.ErrInvalid) and changes nothing.
func (d *Service) Edit(ctx context.Context, account, id string, sets [][2]string) (Letter, error) {
	var f found
	after, err := d.change(ctx, account, id, "edit the dead letter of", func(r record.Record, m record.Snapshot) (record.Record, []campaign.Entry, error) {
		b, err := d.letters.At(ctx, account, id, r.Next())
		if err != nil && !errors.Is(err, campaign.ErrNotFound) {
			return r, nil, err
		}
		f = found{record: r, moment: m, buried: b}
		if err := f.replayable("edit the dead letter of"); err != nil {
			return r, nil, err
		}
		c, err := edited(f.content(), sets)
		if err != nil {
			return r, nil, err
		}
		return r.Edit(c, d.who)
	})
	if err != nil {
		return Letter{}, err
	}
	f.record = after
	d.refresh(ctx, &f)
	return f.letter(), nil
}

func edited(c campaign.Campaign, sets [][2]string) (campaign.Campaign, error) {
	e := input.Edit(c)
	for _, set := range sets {
		e.Set(set[0], set[1])
	}
	c, err := e.Campaign()
	if err == nil {
		err = check(c)
	}
	return c, err
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

// Replay lets a worker start the next run of a dead campaign. One that may have
// been sent is refused (campaign.ErrState) unless force is given, which goes on
// record, as does who asked. A campaign that is still invalid is refused too.
func (d *Service) Replay(ctx context.Context, account, id string, force bool) error {
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
		content := found{record: r, buried: f.buried}.content()
		if err := check(content); err != nil {
			return r, nil, err
		}
		r.Edited = r.Edited || !r.Campaign.Same(content)
		if why := lifecycle.RefusesReplay(r, m); why != "" && !force {
			return r, nil, &campaign.StateError{Account: account, ID: id, State: r.State, Asked: "replay", Why: why}
		}
		return r.RequestReplay(d.who, force && lifecycle.NeedsForce(r, m))
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

// change writes what an operator decides on a dead campaign's record, and decides
// again if that has changed meanwhile.
func (d *Service) change(
	ctx context.Context, account, id, asked string,
	decide func(record.Record, record.Snapshot) (record.Record, []campaign.Entry, error),
) (record.Record, error) {
	name := random.Token()
	for {
		r, m, err := d.dead(ctx, account, id, asked)
		if err != nil {
			return r, err
		}
		after, entries, err := decide(r, m)
		if err != nil || len(entries) == 0 {
			return r, err
		}
		verdict, _, err := d.ledger.Commit(ctx, record.Change{
			Before: &r, After: after, RunID: m.RunID, Token: name, Entries: entries,
		})
		if err != nil || verdict == record.CommitApplied {
			return after, err
		}
	}
}

// Purge removes a dead campaign and its letter. A tombstone keeps its id taken
// for a day, or for good if it may have been confirmed. Should Redis fail behind
// that, the letter stays in the list, where running it does nothing; purging the
// campaign again removes it.
func (d *Service) Purge(ctx context.Context, account, id string) error {
	name := random.Token()
	for {
		r, m, err := d.dead(ctx, account, id, "purge")
		if r.State == campaign.StatePurged {
			return d.dropLeftover(ctx, account, id, err)
		}
		if err != nil {
			return err
		}
		verdict, _, err := d.ledger.Purge(ctx, r, lifecycle.InDoubt(r, m), m.RunID, name, d.who)
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
