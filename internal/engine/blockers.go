package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
)

const (
	// mostNamed is how many campaigns of a kind a text names.
	mostNamed = 5
	// mostRead is among how many of the latest campaigns of a state it looks for
	// them.
	mostRead = 50
)

// blockersOf names the tickets of an account that the API may mean by "another
// campaign awaits approval" (126), and says what to do. It reads a few records
// by their indexes.
func blockersOf(ctx context.Context, store *ledger.Store, account string) (string, error) {
	var o blockers
	var all int64
	var more string
	var err error
	if o.orphaned, all, err = store.Loose(ctx, account, mostNamed); err != nil {
		return "", err
	}
	if o.waiting, more, err = store.List(ctx, account, campaign.StateAwaitingApproval, "", mostNamed); err != nil {
		return "", err
	}
	if o.ready, _, err = store.List(ctx, account, campaign.StateReady, "", mostRead); err != nil {
		return "", err
	}
	if o.dead, _, err = store.List(ctx, account, campaign.StateDead, "", mostRead); err != nil {
		return "", err
	}
	o.allOrphaned, o.moreWaiting = int(all), more != ""
	return o.String(), nil
}

// blockers are campaigns whose tickets are not confirmed.
type blockers struct {
	orphaned    []record.Record // with orphans
	allOrphaned int             // how many there are of them
	waiting     []record.Record // for approval
	moreWaiting bool            // than these
	ready       []record.Record // some of them for their window
	dead        []record.Record // some of them with a ticket
}

func (o blockers) String() string {
	var parts []string
	add := func(kind, rest, advice string, items []string) {
		if len(items) > 0 {
			parts = append(parts, kind+" "+strings.Join(items, ", ")+rest+" ("+advice+")")
		}
	}
	add("waiting for approval:", and(o.moreWaiting, " and more"), `run "octoq approve ID" or "octoq cancel ID"`, each(o.waiting))
	add("waiting for their sending window:", "", `confirmed when it opens; run "octoq cancel ID" for those that are to make way`,
		each(only(o.ready, func(r record.Record) bool { return !r.WaitingSince.IsZero() })))
	add("orphans:", and(o.allOrphaned > len(o.orphaned), fmt.Sprintf(" and those of %d more", o.allOrphaned-len(o.orphaned))),
		"octoq cancels them; delete at Octopush what it has given up", orphanNames(o.orphaned))
	add("of dead campaigns:", "", "delete them at Octopush",
		each(only(o.dead, func(r record.Record) bool { return r.Ticket != "" && !r.MaybeConfirmed })))
	if len(parts) == 0 {
		parts = []string{"none that octoq knows of"}
	}
	return "tickets that may be in the way: " + strings.Join(parts, "; ") +
		`; look at Octopush for others; octoq tries again by itself, or at once after "octoq hold clear"`
}

// only are the records of which something is true.
func only(records []record.Record, is func(record.Record) bool) []record.Record {
	return slices.DeleteFunc(slices.Clone(records), func(r record.Record) bool { return !is(r) })
}

func and(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

// each names the tickets of some campaigns.
func each(records []record.Record) []string {
	var names []string
	for _, r := range records[:min(len(records), mostNamed)] {
		names = append(names, r.Ticket+" of "+r.ID())
	}
	return names
}

// orphanNames names orphans, those that are tried no more as given up.
func orphanNames(records []record.Record) []string {
	var names []string
	for _, r := range records {
		for _, o := range r.LooseOrphans() {
			name := o.Ticket + " of " + r.ID()
			if o.Tries >= record.OrphanTries {
				name += " [given up]"
			}
			names = append(names, name)
		}
	}
	return names
}
