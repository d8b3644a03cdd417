// Package quote says what campaigns that wait to be approved as a whole will cost. Their
// label says which quote they are part of; internal/quotestore keeps until when they wait.
package quote

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/quotestore"
)

// Label is the label of the campaigns of a quote; its value is the quote's name.
const Label = quotestore.Label

// DefaultKeep is how long campaigns wait to be approved, unless something else is asked for.
const DefaultKeep = 7 * 24 * time.Hour

// NameAt is the name of a quote that was given none.
func NameAt(now time.Time) string { return "q-" + now.UTC().Format("20060102T150405Z") }

// CheckName says what is wrong with the name of a quote.
func CheckName(name string) error {
	if !campaign.ValidID(name) {
		return fmt.Errorf("is %q: want 1 to 64 of A-Z a-z 0-9 . _ -", name)
	}
	return nil
}

// ParseKeep reads how long campaigns wait to be approved: Go's durations, and whole days.
func ParseKeep(text string) (time.Duration, error) {
	const day, most = 24 * time.Hour, 36500
	keep, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		if n, err = strconv.Atoi(days); n <= most {
			keep = time.Duration(n) * day
		}
	}
	if err != nil || keep <= 0 {
		return 0, fmt.Errorf("is %q: want a duration such as 12h or 7d", text)
	}
	return keep, nil
}

// PartOf makes campaigns part of a quote, or says why they cannot be priced now. It comes
// before enqueue.NameByContent, so that the quote's name is part of the content.
func PartOf(name string) enqueue.Rule {
	return func(item campaign.Campaign) (campaign.Campaign, error) {
		if f := unpriceable(item, name, time.Now()); f != (campaign.Fault{}) {
			return item, &campaign.ValidationError{ID: item.ID, Faults: []campaign.Fault{f}}
		}
		labels := map[string]string{Label: name}
		maps.Copy(labels, item.Labels)
		item.Labels, item.Confirm = labels, campaign.ConfirmManual
		return item, nil
	}
}

// unpriceable is why a campaign cannot be part of a quote.
func unpriceable(item campaign.Campaign, name string, now time.Time) campaign.Fault {
	switch other, has := item.Labels[Label]; {
	case has && other != name:
		return campaign.Fault{Field: "labels." + Label, Problem: "is that of another quote: a campaign is part of one"}
	case item.NotBefore.After(now):
		return campaign.Fault{Field: "not_before", Problem: "is not over yet, and before that there is no price: quote it then, or use send_at"}
	case item.SimulationMode:
		return campaign.Fault{Field: "simulation_mode", Problem: "has no price"}
	default:
		return campaign.Fault{}
	}
}
