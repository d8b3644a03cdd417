// Package proof sends the text of a campaign to a small list first, as a campaign of its own.
package proof

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/quotestore"
	"github.com/octoq/octoq/internal/record"
)

// most is how many proofs of a campaign are looked for.
const most = 100

// Of is a proof of a campaign, without an id. It reads as the campaign does, and has its
// labels, which budgets and rules go by; but that it is part of a quote is left out.
func Of(of campaign.Campaign, list string) (campaign.Campaign, error) {
	if list == of.ListName {
		fault := campaign.Fault{Field: "list_name", Problem: "is the list of the campaign itself: a proof goes to another one, which is small"}
		return campaign.Campaign{}, &campaign.ValidationError{Faults: []campaign.Fault{fault}}
	}
	labels := map[string]string{}
	maps.Copy(labels, of.Labels)
	delete(labels, quotestore.Label)
	labels[record.ProofLabel] = of.ID
	confirm := of.Confirm
	if confirm == "" {
		confirm = campaign.ConfirmManual
	}
	return campaign.Campaign{
		Account: of.Account, ListName: list, Text: of.Text, Sender: of.Sender, Type: of.Type, Purpose: of.Purpose,
		WithReplies: of.WithReplies, AutoOptimizeText: of.AutoOptimizeText, AutoRemoveBlacklistedNumbers: of.AutoRemoveBlacklistedNumbers,
		SimulationMode: of.SimulationMode, Window: of.Window, Confirm: confirm, Labels: labels,
	}, nil
}

// Client enqueues and finds campaigns; enqueue.Client is one.
type Client interface {
	Get(ctx context.Context, account, id string) (campaign.Record, error)
	Enqueue(ctx context.Context, item campaign.Campaign, opts ...enqueue.Option) (enqueue.Receipt, error)
}

// Proofs makes proofs.
type Proofs struct {
	Client Client
	// Allow is a proof as the actor may enqueue it, or why the actor may not.
	Allow enqueue.Rule
}

// Made is a proof: what was enqueued, and as what.
type Made struct {
	Proof   campaign.Campaign
	Receipt enqueue.Receipt
	// Known reports that the same proof is under way already: nothing was enqueued.
	Known bool
}

// Make enqueues a proof of a campaign. The same proof is made again only once the one
// before it has ended, so that asking twice sends one.
func (p Proofs) Make(ctx context.Context, account, id, list string) (Made, error) {
	r, err := p.Client.Get(ctx, account, id)
	if err != nil {
		return Made{}, err
	}
	if r.State == campaign.StatePurged || r.Campaign.Text == "" {
		return Made{}, &campaign.StateError{Account: account, ID: id, State: r.State, Asked: "make a proof of", Why: "its text is not kept"}
	}
	item, err := Of(r.Campaign, list)
	if err == nil {
		item, err = p.Allow(item)
	}
	if err != nil {
		return Made{}, err
	}
	return p.enqueue(ctx, item, r)
}

// enqueue gives a proof the first id that is not that of another one, or of one that has
// ended.
func (p Proofs) enqueue(ctx context.Context, item campaign.Campaign, of campaign.Record) (Made, error) {
	for n := range most {
		item.ID = idOf(of.ID(), n+1)
		receipt, err := p.Client.Enqueue(ctx, item)
		duplicate, taken := errors.AsType[*campaign.DuplicateError](err)
		switch {
		case !taken:
			return Made{Proof: item, Receipt: receipt}, err
		case duplicate.Same && !duplicate.State.Final():
			return Made{Proof: item, Receipt: enqueue.Receipt{Account: of.Account(), ID: item.ID, State: duplicate.State}, Known: true}, nil
		}
	}
	return Made{}, &campaign.StateError{
		Account: of.Account(), ID: of.ID(), State: of.State, Asked: "make another proof of", Why: fmt.Sprintf("it has %d already", most),
	}
}

// idOf is the id of the n-th proof of a campaign. Of a long id the end is left out: another
// campaign whose proofs have the same id has them under the next numbers.
func idOf(of string, n int) string {
	const longest = 64
	end := fmt.Sprintf("-proof-%d", n)
	return of[:min(len(of), longest-len(end))] + end
}
