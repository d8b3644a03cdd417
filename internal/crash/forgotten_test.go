package crash

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/simulator"
)

// replays are the ways of a replay whose campaign has a ticket: it goes on with it, or
// deletes it first, and the API's answer decides.
func replays() []scenario {
	slowly := simulator.Rule{Call: simulator.CallStatus, Fault: simulator.FaultNeverReady, Times: 6}
	return []scenario{
		{name: "replay with its ticket", rules: []simulator.Rule{slowly}, goals: []goal{overdue(), replayedAsItIs()}},
		{
			name: "replay, delete unanswered", rules: []simulator.Rule{slowly, once(simulator.CallCancel, simulator.FaultDropAfter)},
			goals: []goal{overdue(), replayed()}, cancelled: true,
		},
		{
			name: "replay, delete of a failed ticket refused", rules: []simulator.Rule{once(simulator.CallCreate, simulator.FaultFailed), refusedDelete()},
			goals: []goal{replayed()}, cancelled: true,
		},
	}
}

// refusedDelete lets the API refuse to delete a ticket, once.
func refusedDelete() simulator.Rule {
	return simulator.Rule{Call: simulator.CallCancel, Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 202, Times: 1}
}

// forgotten are the ways of what may have been forgotten, and of what is cancelled
// before any worker has touched it.
func forgotten() []scenario {
	return []scenario{
		{name: "waits for a vouch", doubt: true, enqueue: (*trial).enqueueTooLate, goals: []goal{vouched()}},
		{name: "unmarked by a vouch", doubt: true, rules: []simulator.Rule{once(simulator.CallCreate, simulator.FaultDropAfter)}, goals: []goal{unmarked(), replayedAsItIs()}},
		{name: "cancel of an unclaimed campaign", enqueue: (*trial).enqueueHeld, goals: []goal{cancelled(campaign.StateQueued), released()}, end: campaign.StateCancelled},
		{
			name: "cancel of an unclaimed campaign, in two steps", apart: true,
			enqueue: (*trial).enqueueHeld, goals: []goal{cancelled(campaign.StateQueued), released()}, end: campaign.StateCancelled,
		},
	}
}

// enqueueTooLate enqueues a campaign under a Redis that has replaced another one which
// was last stamped longer ago than the API remembers request_ids.
func (t *trial) enqueueTooLate() {
	t.Helper()
	stamp := time.Now().Add(-30 * time.Hour).UnixMilli()
	if err := t.rdb.HSet(t.Context(), key.Meta(t.account), "run", "another", "stamp", strconv.FormatInt(stamp, 10)).Err(); err != nil {
		t.Fatal(err)
	}
	t.enqueue()
}

// enqueueHeld enqueues a campaign of an account that is on hold.
func (t *trial) enqueueHeld() {
	t.Helper()
	if err := t.desk.SetHold(t.Context(), t.account, "until it was cancelled"); err != nil {
		t.Fatal(err)
	}
	t.enqueue()
}

// released lifts the hold.
func released() goal {
	return goal{
		name: "released",
		met:  func(t *trial, _ campaign.Record) bool { return t.held(t.Context()) == "" },
		act: func(ctx context.Context, t *trial, _ campaign.Record) error {
			_, err := t.desk.ClearHold(ctx, t.account)
			return err
		},
	}
}

// overdue lets a day pass while the ticket is not ready, so that the campaign dies
// with it.
func overdue() goal {
	return goal{
		name: "overdue",
		met: func(_ *trial, r campaign.Record) bool {
			return r.Run > 1 || r.State.Final()
		},
		act: func(ctx context.Context, t *trial, r campaign.Record) error {
			if r.State != campaign.StateComputing {
				return nil
			}
			for call, start := range r.Started {
				start.At = start.At.Add(-25 * time.Hour)
				r.Started[call] = start
			}
			text, err := json.Marshal(r.Started)
			if err != nil {
				return err
			}
			// Another latest write: what the worker remembers is not the record any more.
			return t.rdb.HSet(ctx, key.Record(t.account, r.ID()), "started", text, "last", "a-day-later").Err()
		},
	}
}

// replayedAsItIs replays a dead campaign without any change.
func replayedAsItIs() goal {
	return goal{
		name: "replayed as it is",
		met: func(_ *trial, r campaign.Record) bool {
			return r.Run > 1 || r.State.Final() && (r.State != campaign.StateDead || r.MaybeConfirmed || refusedInDoubt(r))
		},
		act: func(ctx context.Context, t *trial, r campaign.Record) error {
			if r.State != campaign.StateDead {
				return nil
			}
			return t.desk.Replay(ctx, t.account, r.ID(), "", false)
		},
	}
}

// vouched vouches once the campaign waits for that. What the vouch itself does not
// wake, the sweep does.
func vouched() goal {
	return goal{
		name: "vouched",
		met:  func(t *trial, r campaign.Record) bool { return ended(t, r) || nothingChanged(t) },
		act: func(ctx context.Context, t *trial, r campaign.Record) error {
			if !r.WaitsForVouch() {
				return nil
			}
			_, err := t.desk.Vouch(ctx, t.account, "Redis has forgotten nothing")
			return err
		},
	}
}

// unmarked vouches until the mark is gone that the doubt alone has set, as an operator
// does whose command broke off.
func unmarked() goal {
	return goal{
		name: "unmarked",
		met: func(_ *trial, r campaign.Record) bool {
			return r.Run > 1 || r.State == campaign.StateSent || r.State == campaign.StateDead && !r.MaybeConfirmed
		},
		act: func(ctx context.Context, t *trial, r campaign.Record) error {
			if r.State != campaign.StateDead {
				return nil
			}
			_, err := t.desk.Vouch(ctx, t.account, "a new account")
			return err
		},
	}
}

// refusedInDoubt reports whether a replay was left to a person, because Redis may have
// forgotten one before it.
func refusedInDoubt(r campaign.Record) bool {
	return slices.ContainsFunc(r.Timeline, func(e campaign.Entry) bool {
		return e.What == "replay_refused" && strings.Contains(e.Why, "Redis may have forgotten")
	})
}

// nothingChanged reports whether the account's ledger knows of no change that counts.
func nothingChanged(t *trial) bool {
	list, err := t.desk.Changes(t.Context(), t.account)
	return err == nil && len(list) == 0
}
