package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// sameListWithin is how near two sendings to one list are worth a warning.
const sameListWithin = 24 * time.Hour

// Sending is a campaign that was sent, or goes out without a further word of a person.
type Sending struct {
	ID                string
	ListName, TagName string
	State             campaign.State
	At                time.Time // when its messages go out, as far as is known
}

// lookedAt says how many campaigns of each state are looked at for a list, those that
// changed last.
func lookedAt() map[campaign.State]int {
	return map[campaign.State]int{
		campaign.StateSent: 300, campaign.StateReady: 200, campaign.StateAwaitingApproval: 200, campaign.StateConfirming: 50,
	}
}

// Sendings are campaigns of an account that went out in the last day or go out in the
// next one: of those that changed last a few hundred are looked at, so that this costs
// milliseconds however many there are.
func (d *Service) Sendings(ctx context.Context, account string, now time.Time) ([]Sending, error) {
	var all []Sending
	for _, state := range []campaign.State{campaign.StateAwaitingApproval, campaign.StateReady, campaign.StateConfirming, campaign.StateSent} {
		page, _, err := d.ledger.List(ctx, account, state, "", lookedAt()[state])
		if err != nil {
			return nil, fmt.Errorf("look for what else is sent: %w", err)
		}
		for _, r := range page {
			if s, ok := sendingOf(r.Record, now); ok {
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// sendingOf is when a campaign goes out; ok is false for one that does not, or not
// before a person has approved it.
func sendingOf(r campaign.Record, now time.Time) (s Sending, ok bool) {
	if r.State == campaign.StateAwaitingApproval && !r.Approved || r.CancelRequested || r.Campaign.SimulationMode || record.IsProof(r.Campaign) {
		return s, false
	}
	s = Sending{ID: r.ID(), ListName: r.Campaign.ListName, TagName: r.Campaign.TagName, State: r.State, At: now}
	if r.State == campaign.StateSent {
		s.At = r.UpdatedAt
	} else if r.DueAt.After(now) {
		s.At = r.DueAt
	}
	if r.Campaign.SendAt.After(s.At) {
		s.At = r.Campaign.SendAt
	}
	return s, true
}

// SameList warns of other sendings to the list, or by the tag, of a campaign that has not
// ended, within a day of when it would go out. Proofs are left out: the
// small list that they go to is meant to get many.
func SameList(r campaign.Record, others []Sending, now time.Time) []campaign.Warning {
	if r.State.Final() || r.Campaign.SimulationMode || record.IsProof(r.Campaign) {
		return nil
	}
	own := now
	if r.Campaign.SendAt.After(own) {
		own = r.Campaign.SendAt
	}
	near := slices.DeleteFunc(slices.Clone(others), func(o Sending) bool {
		same := o.ListName != "" && o.ListName == r.Campaign.ListName || o.TagName != "" && o.TagName == r.Campaign.TagName
		return o.ID == r.ID() || !same || o.At.Sub(own).Abs() > sameListWithin
	})
	slices.SortFunc(near, func(a, b Sending) int { return a.At.Compare(b.At) })
	const most = 3
	var found []campaign.Warning
	for i, o := range near {
		if i == most {
			found = append(found, campaign.Warning{Field: o.field(), Problem: fmt.Sprintf("and %d more", len(near)-most)})
			break
		}
		found = append(found, campaign.Warning{Field: o.field(), Problem: o.text(now)})
	}
	return found
}

func (s Sending) field() string {
	if s.ListName != "" {
		return "list_name"
	}
	return "tag_name"
}

// text says which other campaign goes to the same people, and when.
func (s Sending) text(now time.Time) string {
	at := s.At.UTC().Format("2006-01-02 15:04 MST")
	switch {
	case s.State == campaign.StateSent && !s.At.After(now):
		return fmt.Sprintf("campaign %s went to the same people at %s", s.ID, at)
	case s.At.After(now):
		return fmt.Sprintf("campaign %s goes to the same people at %s", s.ID, at)
	default:
		return fmt.Sprintf("campaign %s goes to the same people now", s.ID)
	}
}
