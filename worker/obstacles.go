package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// named is how many campaigns of a kind a text names, and among how many of
// the latest letters it looks for tickets.
const (
	named   = 5
	letters = 50
)

// inTheWay names the tickets of ours that the API may mean by "another
// campaign awaits approval" (126), and says what to do. It reads a few records
// by their indexes.
func (a *account) inTheWay(ctx context.Context) (string, error) {
	orphans, all, err := a.ledger.Loose(ctx, a.name, named)
	if err != nil {
		return "", err
	}
	waiting, more, err := a.ledger.List(ctx, a.name, campaign.StateAwaitingApproval, "", named)
	if err != nil {
		return "", err
	}
	dead, _, err := a.ledger.List(ctx, a.name, campaign.StateDead, "", letters)
	if err != nil {
		return "", err
	}
	return obstacles(orphans, int(all), waiting, more != "", dead), nil
}

// obstacles is the text. all is how many campaigns have orphans; more, whether
// more campaigns wait than are given.
func obstacles(orphans []campaign.Record, all int, waiting []campaign.Record, more bool, dead []campaign.Record) string {
	var parts []string
	add := func(kind, rest, advice string, items []string) {
		if len(items) > 0 {
			parts = append(parts, kind+" "+strings.Join(items, ", ")+rest+" ("+advice+")")
		}
	}
	add("waiting for approval:", and(more, " and more"), `run "octoq approve ID" or "octoq cancel ID"`, each(waiting))
	add("orphans:", and(all > len(orphans), fmt.Sprintf(" and those of %d more", all-len(orphans))),
		"octoq cancels them; delete at Octopush what it has given up", orphanNames(orphans))
	add("of dead campaigns:", "", "delete them at Octopush", each(slices.DeleteFunc(slices.Clone(dead), func(r campaign.Record) bool {
		return r.Ticket == "" || r.MaybeConfirmed
	})))
	if len(parts) == 0 {
		parts = []string{"none that octoq knows of"}
	}
	return "tickets that may be in the way: " + strings.Join(parts, "; ") +
		`; look at Octopush for others; octoq tries again by itself, or at once after "octoq hold clear"`
}

func and(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

// each names the tickets of some campaigns.
func each(records []campaign.Record) []string {
	var names []string
	for _, r := range records[:min(len(records), named)] {
		names = append(names, r.Ticket+" of "+r.ID())
	}
	return names
}

// orphanNames names orphans, those that are tried no more as given up.
func orphanNames(records []campaign.Record) []string {
	var names []string
	for _, r := range records {
		for _, o := range r.LooseOrphans() {
			name := o.Ticket + " of " + r.ID()
			if o.Tries >= campaign.OrphanTries {
				name += " [given up]"
			}
			names = append(names, name)
		}
	}
	return names
}
