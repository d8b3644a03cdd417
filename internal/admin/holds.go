package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/hold"
	"github.com/octoq/octoq/internal/limit"
)

// Holds lists the accounts on hold, among all that were ever used.
func (d *Desk) Holds(ctx context.Context) ([]campaign.Hold, error) {
	accounts, err := d.ledger.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var held []campaign.Hold
	for _, account := range accounts {
		h, _, err := limit.NewHolds(d.rdb, account).Get(ctx)
		if err != nil {
			return nil, err
		}
		if h != nil {
			held = append(held, *h)
		}
	}
	return held, nil
}

// SetHold stops an account until ClearHold: no worker makes a call for it.
func (d *Desk) SetHold(ctx context.Context, account, message string) error {
	k, err := d.keeper(account)
	if err != nil {
		return err
	}
	if err := d.ledger.Announce(ctx, account); err != nil {
		return err
	}
	return k.Set(ctx, d.who, message)
}

// ClearHold lifts an account's hold, whoever set it, and reports whether there
// was one.
func (d *Desk) ClearHold(ctx context.Context, account string) (bool, error) {
	k, err := d.keeper(account)
	if err != nil {
		return false, err
	}
	return k.Clear(ctx, d.who)
}

func (d *Desk) keeper(account string) (*hold.Keeper, error) {
	if !campaign.ValidAccount(account) {
		return nil, fmt.Errorf("%w: %q is no name of an account", campaign.ErrInvalid, account)
	}
	const turn = 5 * time.Second
	holds := limit.NewHolds(d.rdb, account)
	return hold.NewKeeper(account, hold.Config{}, hold.Ports{
		Store: holds, Marks: holds, Pauser: d.inspector.Pauses(account),
		Lead: d.ledger.Lease(account, hold.Chore, d.who+"/"+token(), turn),
	})
}
