package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/octopush"
	"github.com/octoq/octoq/internal/record"
)

// CheckAccount asks the API for the account's balance, once: the cheapest call
// that proves its credentials. The error is about the settings, which do not
// even allow to ask; whatever else happens is an outcome. Neither contains the
// key.
//
// It is for people who look for a fault, with or without a Redis: the call
// passes by the limits that workers share, and by a hold.
func CheckAccount(ctx context.Context, a Account) (record.Outcome, error) {
	a, faults := a.withDefaults()
	if err := errors.Join(faults...); err != nil {
		return record.Outcome{}, fmt.Errorf("worker: %w", err)
	}
	client, err := octopush.New(a.api())
	if err != nil {
		return record.Outcome{}, fmt.Errorf("worker: %w", err)
	}
	defer client.Close()
	return client.Do(ctx, record.Request{Call: campaign.CallBalance}), nil
}
