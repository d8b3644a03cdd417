package ledger

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/record"
)

// entryForm is an entry of the timeline as it is stored.
type entryForm struct {
	At    int64          `json:"at,omitempty"` // unix milliseconds
	What  string         `json:"what"`
	Who   string         `json:"who,omitempty"`
	Why   string         `json:"why,omitempty"`
	State campaign.State `json:"state,omitempty"`
}

// encodeEntries gives the commit script two items for each entry: when, or "" for the
// moment of the write, and the rest as JSON.
func encodeEntries(entries []campaign.Entry) ([]string, error) {
	var out []string
	for _, e := range entries {
		b, err := json.Marshal(entryForm{What: e.What, Who: e.Who, Why: e.Why, State: e.State})
		if err != nil {
			return nil, fmt.Errorf("write timeline: %w", err)
		}
		out = append(out, formatNumber(toMilli(e.At)), string(b))
	}
	return out, nil
}

// entriesOf are the entries that a change appends to the list of the timeline: a packed
// record has no such list.
func entriesOf(ch record.Change) []campaign.Entry {
	if ch.Before == nil || ch.Before.Packed == nil {
		return ch.Entries
	}
	return slices.Concat(ch.Before.Packed.Timeline, ch.Entries)
}

// encodeEvents are the events of a change, in the outbox's form.
func encodeEvents(ch record.Change) ([]string, error) {
	var out []string
	for _, e := range event.OfChange(ch) {
		b, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("write event: %w", err)
		}
		out = append(out, string(b))
	}
	return out, nil
}

func decodeEntries(items []string) ([]campaign.Entry, error) {
	var out []campaign.Entry
	for _, item := range items {
		var e entryForm
		if err := json.Unmarshal([]byte(item), &e); err != nil {
			return nil, fmt.Errorf("read timeline: %w", err)
		}
		out = append(out, campaign.Entry{At: fromMilli(e.At), What: e.What, Who: e.Who, Why: e.Why, State: e.State})
	}
	return out, nil
}
