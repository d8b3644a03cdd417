package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
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
