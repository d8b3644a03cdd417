package queue

import (
	"context"

	"github.com/octoq/octoq/campaign"
)

// Pauses steers the pauses of one account's queues.
type Pauses struct {
	inspector *Inspector
	account   string
}

// Pauses gives access to the pauses of an account.
func (i *Inspector) Pauses(account string) *Pauses { return &Pauses{inspector: i, account: account} }

// Pause is Inspector.Pause for the account.
func (p *Pauses) Pause(ctx context.Context, s campaign.Stage) (bool, error) {
	return p.inspector.Pause(ctx, p.account, s)
}

// Unpause lets a stage's servers go on; one that is not paused is no error.
func (p *Pauses) Unpause(ctx context.Context, s campaign.Stage) error {
	_, err := p.inspector.Unpause(ctx, p.account, s)
	return err
}

// Paused reports whether a stage is paused, whoever did it.
func (p *Pauses) Paused(ctx context.Context, s campaign.Stage) (bool, error) {
	paused, err := p.inspector.Paused(ctx, p.account)
	return paused[s], err
}
