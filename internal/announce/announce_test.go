package announce

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/result"
)

// open is one ticket that waits to be looked at.
type open struct {
	until  time.Time
	closed bool
}

func (o *open) Open(_ context.Context, _ string, now time.Time, _ int) ([]string, error) {
	if o.closed || now.Before(o.until) {
		return nil, nil
	}
	return []string{"sms_1"}, nil
}

func (o *open) Close(context.Context, string, string) error {
	o.closed = true
	return nil
}

func (o *open) Postpone(_ context.Context, _, _ string, until time.Time) error {
	o.until = until
	return nil
}

func TestResultsAreAnnouncedOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	sent := campaign.Record{Campaign: campaign.Campaign{ID: "a", Account: "shop"}, State: campaign.StateSent, Ticket: "sms_1", Contacts: 2, UpdatedAt: now.Add(-time.Hour)}
	with := func(change func(*campaign.Record)) *campaign.Record {
		r := sent
		change(&r)
		return &r
	}
	for name, c := range map[string]struct {
		record  *campaign.Record // nil: the ticket is unknown
		pending int
		gone    bool
		later   bool
		emitted int
		closed  bool
		until   time.Time
	}{
		"all is reported":           {record: &sent, emitted: 1, closed: true},
		"something is pending":      {record: &sent, pending: 1, until: now.Add(71 * time.Hour)},
		"its time has passed":       {record: with(func(r *campaign.Record) { r.UpdatedAt = now.Add(-72 * time.Hour) }), pending: 1, emitted: 1, closed: true},
		"it is not sent yet":        {record: with(func(r *campaign.Record) { r.State = campaign.StateConfirming }), until: now.Add(time.Minute)},
		"it has another ticket":     {record: with(func(r *campaign.Record) { r.Ticket = "sms_2" }), closed: true},
		"which it may leave behind": {record: with(func(r *campaign.Record) { r.Ticket = "sms_2" }), later: true, until: now.Add(time.Minute)},
		"the ticket is unknown":     {until: now.Add(time.Minute)},
		"the results have expired":  {record: &sent, gone: true, closed: true},
		"unknown, and gone as well": {gone: true, closed: true},
	} {
		o, emitted := &open{}, []event.Event{}
		a := &Announcer{
			Reports: o, Final: 72 * time.Hour,
			Settle: func(context.Context, string, string) (bool, error) { return c.later, nil },
			Record: func(context.Context, string, string) (campaign.Record, error) {
				if c.record == nil {
					return campaign.Record{}, campaign.ErrNotFound
				}
				return *c.record, nil
			},
			Results: func(context.Context, string, string, int) (result.Results, bool, error) {
				return result.Results{Delivered: 2 - c.pending, Pending: c.pending}, !c.gone, nil
			},
			Emit: func(_ context.Context, e event.Event) error {
				emitted = append(emitted, e)
				return nil
			},
		}
		for range 2 {
			if err := a.Announce(t.Context(), "shop", now); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if len(emitted) != c.emitted || o.closed != c.closed || !o.until.Equal(c.until) {
			t.Errorf("%s: got %d events, closed %v, until %v, want %+v", name, len(emitted), o.closed, o.until, c)
		}
		if len(emitted) > 0 && (emitted[0].Type != event.Delivered || emitted[0].Campaign != "a" || emitted[0].Data.Results == nil || emitted[0].Data.Results.Pending != c.pending) {
			t.Errorf("%s: got %+v, want the results of a", name, emitted[0])
		}
	}
}

// An event that cannot be emitted is emitted in a later round.
func TestAnEventThatIsNotEmittedStaysOpen(t *testing.T) {
	t.Parallel()
	o, away := &open{}, errors.New("redis is away")
	a := &Announcer{
		Reports: o, Final: time.Hour,
		Settle: func(context.Context, string, string) (bool, error) { return false, nil },
		Record: func(context.Context, string, string) (campaign.Record, error) {
			return campaign.Record{State: campaign.StateSent, Ticket: "sms_1"}, nil
		},
		Results: func(context.Context, string, string, int) (result.Results, bool, error) {
			return result.Results{}, true, nil
		},
		Emit: func(context.Context, event.Event) error { return away },
	}
	if err := a.Announce(t.Context(), "shop", time.Now()); !errors.Is(err, away) || o.closed {
		t.Errorf("got %v, closed %v, want %v and still open", err, o.closed, away)
	}
}
