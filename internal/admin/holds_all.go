package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/octoq/octoq/internal/presence"
	"github.com/octoq/octoq/internal/record"
)

// StoppedAccount is an account that is on hold by hand, with what held it before.
type StoppedAccount struct {
	Account string
	Before  *record.Hold // nil: it was not on hold
}

// HoldAll stops every account that this Redis has seen, that a worker serves, or that
// others names. Trouble with one account keeps no other going: it is in the error, and
// the accounts that are on hold are returned all the same.
func (d *Service) HoldAll(ctx context.Context, message string, others ...string) ([]StoppedAccount, error) {
	accounts, err := d.everyAccount(ctx, others)
	if err != nil {
		return nil, err
	}
	stopped := []StoppedAccount{}
	var faults []error
	for _, account := range accounts {
		before, err := d.Hold(ctx, account)
		if err == nil {
			err = d.SetHold(ctx, account, message)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("account %s: %w", account, err))
			continue
		}
		stopped = append(stopped, StoppedAccount{Account: account, Before: before})
	}
	return stopped, errors.Join(faults...)
}

// everyAccount lists the accounts that anything knows.
func (d *Service) everyAccount(ctx context.Context, others []string) ([]string, error) {
	seen, err := d.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	served, err := presence.Served(ctx, d.rdb)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(seen, served, others)
	slices.Sort(all)
	return slices.Compact(all), nil
}

// LiftAll lifts every hold that was set by hand, and returns whose they were. Trouble
// with one account keeps no other on hold: it is in the error.
func (d *Service) LiftAll(ctx context.Context) ([]string, error) {
	held, err := d.Holds(ctx)
	if err != nil {
		return nil, err
	}
	lifted := []string{}
	var faults []error
	for _, h := range held {
		if h.Reason != record.HoldOperator {
			continue
		}
		was, err := d.ClearHold(ctx, h.Account)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("account %s: %w", h.Account, err))
		case was:
			lifted = append(lifted, h.Account)
		}
	}
	return lifted, errors.Join(faults...)
}
