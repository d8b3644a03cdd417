package enqueuetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
)

// Advance takes a campaign of the default account into a state, as a worker
// would have done, and returns its record. with, which may be nil, changes the
// record on the way: its ticket, cost, failure. No two campaigns have one ticket.
// The test fails at once if there is no such campaign, or no way into the state.
func (k *Kit) Advance(id string, state campaign.State, with func(*campaign.Record)) campaign.Record {
	k.tb.Helper()
	return k.AdvanceIn(campaign.DefaultAccount, id, state, with)
}

// AdvanceIn is Advance for another account.
func (k *Kit) AdvanceIn(account, id string, state campaign.State, with func(*campaign.Record)) campaign.Record {
	k.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := k.become(ctx, account, id, state, with); err != nil {
		k.tb.Fatalf("enqueuetest: take campaign %s/%s to %s: %v", account, id, state, err)
	}
	r, _ := k.FindIn(account, id)
	return r
}

func (k *Kit) become(ctx context.Context, account, id string, state campaign.State, with func(*campaign.Record)) error {
	r, err := k.client.Get(ctx, account, id)
	if err != nil {
		return err
	}
	way, ok := wayTo(r.State, state)
	if !ok {
		return fmt.Errorf("there is no way from %s", r.State)
	}
	for _, next := range way {
		if err := k.move(ctx, account, id, next, with); err != nil {
			return err
		}
	}
	return nil
}

// move writes one transition. A campaign that only waits in its queue has no
// record yet: the first move makes one.
func (k *Kit) move(ctx context.Context, account, id string, next campaign.State, with func(*campaign.Record)) error {
	before, m, err := k.ledger.Load(ctx, account, id)
	change := record.Change{Before: &before, RunID: m.RunID, Token: random.Token()}
	if errors.Is(err, campaign.ErrNotFound) {
		change.Before = nil
		before.Record, err = k.client.Get(ctx, account, id)
	}
	if err != nil {
		return err
	}
	after := before
	after.State, after.Step = next, before.Step+1
	if with != nil {
		with(&after.Record)
	}
	change.After = after
	change.Entries = []campaign.Entry{{What: string(next), Who: "enqueuetest", State: next}}
	verdict, _, err := k.ledger.Commit(ctx, change)
	if err == nil && verdict != record.CommitApplied {
		err = fmt.Errorf("it was changed meanwhile (%s)", verdict)
	}
	return err
}

// wayTo is the way of a worker from one state to another: through no state in which a
// campaign has ended or waits for a person, unless there is no other way.
func wayTo(from, to campaign.State) ([]campaign.State, bool) {
	if way, ok := shortestWay(from, to, func(s campaign.State) bool { return !s.Final() && s != campaign.StateAwaitingApproval }); ok {
		return way, true
	}
	return shortestWay(from, to, func(campaign.State) bool { return true })
}

// shortestWay is the shortest way by legal transitions through some states; staying
// where it is counts as one, so that the record can be changed.
func shortestWay(from, to campaign.State, through func(campaign.State) bool) ([]campaign.State, bool) {
	if from == to {
		return []campaign.State{to}, true
	}
	ways := [][]campaign.State{{from}}
	seen := map[campaign.State]bool{from: true}
	for ; len(ways) > 0; ways = ways[1:] {
		way := ways[0]
		for _, next := range campaign.States() {
			if seen[next] || !record.CanMove(way[len(way)-1], next) {
				continue
			}
			seen[next] = true
			longer := append(slices.Clone(way), next)
			if next == to {
				return longer[1:], true
			}
			if through(next) {
				ways = append(ways, longer)
			}
		}
	}
	return nil, false
}
