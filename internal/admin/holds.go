package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/hold"
	"github.com/octoq/octoq/internal/holdstore"
	"github.com/octoq/octoq/internal/presence"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
)

// Holds lists the accounts on hold, among all that were ever used.
func (d *Service) Holds(ctx context.Context) ([]record.Hold, error) {
	accounts, err := d.ledger.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var held []record.Hold
	for _, account := range accounts {
		h, err := d.Hold(ctx, account)
		if err != nil {
			return nil, err
		}
		if h != nil {
			held = append(held, *h)
		}
	}
	return held, nil
}

// Hold is the hold of an account, nil for none.
func (d *Service) Hold(ctx context.Context, account string) (*record.Hold, error) {
	h, _, err := holdstore.New(d.rdb, account).Get(ctx)
	return h, err
}

// Stopped returns what keeps an account's campaigns waiting: its hold, nil for none,
// and the queues that an operator paused apart from it.
func (d *Service) Stopped(ctx context.Context, account string) (*record.Hold, []campaign.Stage, error) {
	h, err := d.Hold(ctx, account)
	if err != nil {
		return nil, nil, err
	}
	paused, err := d.inspector.Paused(ctx, account)
	if err != nil {
		return nil, nil, err
	}
	var byHand []campaign.Stage
	for _, s := range record.Stages() {
		if paused[s] && (h == nil || !slices.Contains(h.Paused, s)) {
			byHand = append(byHand, s)
		}
	}
	return h, byHand, nil
}

// Workers counts the workers that serve each of some accounts.
func (d *Service) Workers(ctx context.Context, accounts ...string) (map[string]int, error) {
	return presence.Workers(ctx, d.rdb, accounts)
}

// Waiting counts the tasks of an account that a worker would work on, those that
// are due later among them; dead letters are none.
func (d *Service) Waiting(ctx context.Context, account string) (int64, error) {
	depths, err := d.inspector.Depths(ctx, account)
	var n int64
	for stage, q := range depths {
		if stage != campaign.StageDead {
			n += tasksIn(q)
		}
	}
	return n, err
}

// Accounts lists the accounts that this Redis has ever seen.
func (d *Service) Accounts(ctx context.Context) ([]string, error) { return d.ledger.Accounts(ctx) }

// SetHold stops an account until ClearHold: no worker makes a call for it.
func (d *Service) SetHold(ctx context.Context, account, message string) error {
	c, err := d.holdOf(account)
	if err != nil {
		return err
	}
	if err := d.ledger.Announce(ctx, account); err != nil {
		return err
	}
	if err := c.Set(ctx, d.who, message); err != nil {
		return err
	}
	d.noted(ctx, Note{Action: "hold.set", Account: account, Detail: message})
	return nil
}

// ClearHold lifts an account's hold, however it was set, and reports whether there
// was one.
func (d *Service) ClearHold(ctx context.Context, account string) (bool, error) {
	c, err := d.holdOf(account)
	if err != nil {
		return false, err
	}
	was, err := c.Clear(ctx, d.who)
	if was && err == nil {
		d.noted(ctx, Note{Action: "hold.clear", Account: account})
	}
	return was, err
}

// holdOf controls the hold of an account.
func (d *Service) holdOf(account string) (*hold.Controller, error) {
	if !campaign.ValidAccount(account) {
		return nil, fmt.Errorf("%w: %q is no name of an account", campaign.ErrInvalid, account)
	}
	const leaseFor = 5 * time.Second
	holds := holdstore.New(d.rdb, account)
	return hold.NewController(account, hold.Config{}, hold.Ports{
		Store: holds, Marks: holds, Pauser: d.inspector.Pauses(account),
		Lease: d.ledger.Lease(account, hold.LeaseName, d.who+"/"+random.Token(), leaseFor),
	})
}
