package event_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/record"
)

// at is a record in a state.
func at(state campaign.State, more func(*record.Record)) *record.Record {
	r := record.New(campaign.Campaign{Account: "a", ID: "c"}, time.UnixMilli(1), "run")
	r.State, r.Revision = state, 3
	if more != nil {
		more(&r)
	}
	return &r
}

func doubtful(r *record.Record)   { r.MaybeConfirmed = true }
func orphanSent(r *record.Record) { r.Orphans = []campaign.Orphan{{Ticket: "t", Sent: true}} }

// Each state that others wait for has one event, when a campaign comes into it, and no step
// on the way.
func TestTheEventsOfAChange(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after *record.Record
		want          []event.Type
	}{
		"a first write":              {nil, at(campaign.StateCreating, nil), nil},
		"a step":                     {at(campaign.StateCreating, nil), at(campaign.StateComputing, nil), nil},
		"cancelled before any write": {nil, at(campaign.StateCancelled, nil), []event.Type{event.Cancelled}},
		"sent":                       {at(campaign.StateConfirming, nil), at(campaign.StateSent, nil), []event.Type{event.Sent}},
		"sent and written again":     {at(campaign.StateSent, nil), at(campaign.StateSent, nil), nil},
		"simulated":                  {at(campaign.StateCreating, nil), at(campaign.StateSimulated, nil), []event.Type{event.Simulated}},
		"a person decides":           {at(campaign.StateReady, nil), at(campaign.StateAwaitingApproval, nil), []event.Type{event.AwaitingApproval}},
		"dead":                       {at(campaign.StateCreating, nil), at(campaign.StateDead, nil), []event.Type{event.Dead}},
		"dead and in doubt":          {at(campaign.StateCreating, nil), at(campaign.StateDead, doubtful), []event.Type{event.Dead, event.MaybeConfirmed}},
		"in doubt on the way":        {at(campaign.StateConfirming, nil), at(campaign.StateComputing, doubtful), nil},
		"in doubt as it is dead":     {at(campaign.StateDead, nil), at(campaign.StateDead, doubtful), []event.Type{event.MaybeConfirmed}},
		"still in doubt":             {at(campaign.StateDead, doubtful), at(campaign.StateDead, doubtful), nil},
		"an orphan was sent":         {at(campaign.StateSent, nil), at(campaign.StateSent, orphanSent), []event.Type{event.OrphanSent}},
	} {
		var got []event.Type
		for _, e := range event.OfChange(record.Change{Before: c.before, After: *c.after, Token: "w"}) {
			got = append(got, e.Type)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// An event has the same id each time that it is made, and no other event has it.
func TestIDsDistinguishEvents(t *testing.T) {
	t.Parallel()
	change := func(more func(*record.Change)) []event.Event {
		ch := record.Change{Before: at(campaign.StateCreating, nil), After: *at(campaign.StateDead, doubtful), Token: "w"}
		if more != nil {
			more(&ch)
		}
		return event.OfChange(ch)
	}
	if diff := cmp.Diff(change(nil), change(nil)); diff != "" {
		t.Errorf("the same change twice:\n%s", diff)
	}
	known := map[string]bool{}
	for _, events := range [][]event.Event{
		change(nil),
		change(func(ch *record.Change) { ch.Token = "x" }),
		change(func(ch *record.Change) { ch.Before.Revision = 4 }),
		change(func(ch *record.Change) { ch.After.Campaign.ID = "d" }),
		change(func(ch *record.Change) { ch.After.Campaign.Account = "b" }),
	} {
		for _, e := range events {
			if known[e.ID] {
				t.Errorf("two events have the id of %+v", e)
			}
			known[e.ID] = true
		}
	}
	if len(known) != 10 {
		t.Errorf("got %d ids, want 10", len(known))
	}
}

// A hold has an event when it begins and when it ends, and none when it changes.
func TestTheEventsOfAHold(t *testing.T) {
	t.Parallel()
	hold := &record.Hold{Account: "a", Reason: record.HoldReason("credit"), Code: 136, By: "c1"}
	for name, c := range map[string]struct {
		before, after *record.Hold
		want          event.Type
	}{
		"it begins": {nil, hold, event.Held}, "it ends": {hold, nil, event.Lifted}, "it changes": {hold, hold, ""}, "there is none": {nil, nil, ""},
	} {
		e, ok := event.OfHold("a", c.before, c.after, "w")
		if e.Type != c.want || ok != (c.want != "") || ok && e.Data.Code != 136 {
			t.Errorf("%s: got %+v, %v, want %s", name, e, ok, c.want)
		}
	}
}
