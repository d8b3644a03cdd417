package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// Vouched says what a vouch has done in one account. The JSON names are stable.
type Vouched struct {
	Account string `json:"account"`
	// Replaced are the moments at which workers first saw that Redis was restarted or
	// replaced, oldest first: the vouch covers all of them.
	Replaced []time.Time `json:"replaced"`
	// Resumed counts campaigns that waited because Redis was replaced, and go on.
	Resumed int `json:"resumed"`
	// Unmarked counts letters whose maybe_confirmed mark is gone.
	Unmarked int `json:"unmarked"`
}

// vouchPage is how many campaigns one look takes.
const vouchPage = 200

// Vouch is an operator's word, with the reason, that Redis has forgotten nothing of an
// account up to now: what waits because Redis was replaced goes on, and marks that
// this doubt alone has set on letters go. The word is on record with the account and
// on each campaign that it changes. To vouch again does what a call that broke off
// has left.
func (d *Service) Vouch(ctx context.Context, account, reason string) (Vouched, error) {
	done := Vouched{Account: account, Replaced: []time.Time{}}
	if reason == "" {
		return done, fmt.Errorf("%w: a vouch needs a reason, for those who read it later", campaign.ErrInvalid)
	}
	m, err := d.ledger.Vouch(ctx, account, d.who, reason)
	if err != nil {
		return done, err
	}
	d.noted(ctx, Note{Action: "vouch", Account: account, Detail: reason})
	for _, c := range m.Changes {
		if !c.Birth() {
			done.Replaced = append(done.Replaced, c.FirstSeen)
		}
	}
	until := m.Now.Add(time.Hour) // what is written meanwhile too
	err = d.each(ctx, account, campaign.StateAwaitingApproval, until, func(r record.Record) error {
		if !r.WaitsForVouch() {
			return nil
		}
		done.Resumed++
		return d.producer.PutStep(ctx, r, r.Next(), time.Time{})
	})
	if err != nil {
		return done, fmt.Errorf("the vouch is on record; its campaigns go on within some minutes: %w", err)
	}
	err = d.each(ctx, account, campaign.StateDead, until, func(r record.Record) error {
		unmarked, err := d.unmark(ctx, r, reason)
		if unmarked {
			done.Unmarked++
		}
		return err
	})
	if err != nil {
		return done, fmt.Errorf("the vouch is on record, but not all letters are rid of their marks: vouch again: %w", err)
	}
	return done, nil
}

// each walks over the records of a state.
func (d *Service) each(ctx context.Context, account string, s campaign.State, until time.Time, do func(record.Record) error) error {
	for cursor := ""; ; {
		ids, next, err := d.ledger.Idle(ctx, account, s, time.Time{}, until, cursor, vouchPage)
		if err != nil {
			return err
		}
		all, err := d.ledger.LoadAll(ctx, account, ids)
		if err != nil {
			return err
		}
		for _, r := range all.Records {
			if err := do(r); err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// unmark takes a letter's mark off that the doubt alone has set; its timeline has the
// reason.
func (d *Service) unmark(ctx context.Context, r record.Record, reason string) (bool, error) {
	if _, entries, err := r.Vouched(d.who); err != nil || len(entries) == 0 {
		return false, err
	}
	after, err := d.change(ctx, r.Account(), r.ID(), "vouch for", func(r record.Record, _ record.Snapshot) (record.Record, []campaign.Entry, error) {
		after, entries, err := r.Vouched(d.who)
		for i := range entries {
			entries[i].Why += ": " + reason
		}
		return after, entries, err
	})
	if errors.Is(err, campaign.ErrState) || errors.Is(err, campaign.ErrNotFound) {
		return false, nil // it was replayed or purged meanwhile
	}
	if err != nil {
		return false, err
	}
	if b, err := d.letters.At(ctx, r.Account(), r.ID(), after.Next()); err == nil {
		d.refresh(ctx, &found{record: after, buried: b})
	}
	return true, nil
}

// Changes lists the changes of Redis that put campaigns of an account in doubt.
func (d *Service) Changes(ctx context.Context, account string) ([]record.RedisChange, error) {
	return d.ledger.Changes(ctx, account)
}

// LastVouch is the last vouch for an account; nil if there was none.
func (d *Service) LastVouch(ctx context.Context, account string) (*record.Vouch, error) {
	return d.ledger.LastVouch(ctx, account)
}

// VouchAll vouches for every account that this Redis has seen.
func (d *Service) VouchAll(ctx context.Context, reason string) ([]Vouched, error) {
	accounts, err := d.ledger.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var all []Vouched
	for _, account := range accounts {
		v, err := d.Vouch(ctx, account, reason)
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}
