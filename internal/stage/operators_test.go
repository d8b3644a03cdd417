package stage

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// TestOperators holds what operators may ask for in each state against what
// the stages make of their flags. The claim of a state is in flight.
func TestOperators(t *testing.T) {
	t.Parallel()
	approve := approval
	cancel := func(r record.Record) (record.Record, []campaign.Entry, error) { return r.RequestCancel("ann", "") }
	reject := func(r record.Record) (record.Record, []campaign.Entry, error) {
		return r.Reject("ann", "not this one", r.UpdatedAt)
	}
	replay := func(r record.Record) (record.Record, []campaign.Entry, error) {
		return r.RequestReplay("ann", "", false)
	}
	force := func(r record.Record) (record.Record, []campaign.Entry, error) {
		return r.RequestReplay("ann", "", true)
	}
	for _, c := range []struct {
		asked  string
		do     func(record.Record) (record.Record, []campaign.Entry, error)
		before string
		after  string // "" when it is refused
		what   string // the entries of the timeline
	}{
		{"approve", approve, "queued", "queued approved", "approved"},
		{"approve", approve, "creating", "creating approved", "approved"},
		{"approve", approve, "computing", "computing approved", "approved"},
		{"approve", approve, "awaiting_approval", "awaiting_approval approved", "approved"},
		{"approve", approve, "awaiting_approval approved", "awaiting_approval approved", ""},
		{"approve", approve, "awaiting_approval cancel", "", ""},
		{"approve", approve, "cancelling", "", ""},
		{"approve", approve, "sent", "", ""},
		{"approve", approve, "dead", "", ""},
		{"approve", approve, "purged", "", ""},

		{"cancel", cancel, "queued", "cancelled cancel", "cancel_requested cancelled"},
		{"cancel", cancel, "creating", "creating cancel", "cancel_requested"},
		{"cancel", cancel, "creating unclaimed", "creating cancel", "cancel_requested"},
		{"cancel", cancel, "computing", "computing cancel", "cancel_requested"},
		{"cancel", cancel, "ready", "ready cancel", "cancel_requested"},
		{"cancel", cancel, "awaiting_approval approved", "awaiting_approval approved cancel", "cancel_requested"},
		{"cancel", cancel, "awaiting_approval cancel", "awaiting_approval cancel", ""},
		{"cancel", cancel, "cancelling", "cancelling cancel", ""},
		{"cancel", cancel, "cancelled", "cancelled", ""},
		{"cancel", cancel, "confirming", "", ""},
		{"cancel", cancel, "computing tried", "", ""},
		{"cancel", cancel, "ready tried", "", ""},
		{"cancel", cancel, "sent", "", ""},
		{"cancel", cancel, "simulated", "", ""},
		{"cancel", cancel, "dead", "", ""},
		{"cancel", cancel, "purged", "", ""},

		{"reject", reject, "queued", "cancelled cancel", "rejected cancel_requested cancelled"},
		{"reject", reject, "creating", "creating cancel", "rejected cancel_requested"},
		{"reject", reject, "awaiting_approval approved", "awaiting_approval approved cancel", "rejected cancel_requested"},
		{"reject", reject, "awaiting_approval cancel", "awaiting_approval cancel", "rejected"},
		{"reject", reject, "awaiting_approval tried maybe", "dead tried maybe", "rejected died"},
		{"reject", reject, "computing tried maybe", "dead tried maybe", "rejected died"},
		{"reject", reject, "ready tried maybe", "dead tried maybe", "rejected died"},
		{"reject", reject, "confirming", "", ""},
		{"reject", reject, "confirming tried", "", ""},
		{"reject", reject, "cancelled", "", ""},
		{"reject", reject, "sent", "", ""},
		{"reject", reject, "dead", "", ""},
		{"reject", reject, "purged", "", ""},

		{"replay", force, "dead maybe", "dead maybe", "replay_requested forced"},
		{"replay", force, "dead", "dead maybe", "replay_requested forced"},
		{"replay", replay, "dead maybe", "dead maybe", "replay_requested"},
		{"replay", replay, "sent", "", ""},
		{"replay", force, "sent maybe", "", ""},
		{"replay", force, "purged maybe", "", ""},
		{"replay", force, "ready maybe", "", ""},
	} {
		r, _ := recordtest.Given(t, c.before)
		after, entries, err := c.do(r)
		if c.after == "" {
			var refused *campaign.StateError
			if !errors.As(err, &refused) || refused.State != r.State || refused.Asked != c.asked || len(entries) != 0 {
				t.Errorf("%s on %s: got error %v and entries %v, want a refusal that names the state", c.asked, c.before, err, entries)
			}
			continue
		}
		var what string
		for _, e := range entries {
			what = joined(what, e.What)
		}
		if err != nil || recordtest.State(after) != c.after || what != c.what {
			t.Errorf("%s on %s: got %q, entries %q, error %v, want %q, %q", c.asked, c.before, recordtest.State(after), what, err, c.after, c.what)
		}
		if !record.CanMove(r.State, after.State) || (after.Claim == nil) != (r.Claim == nil) || after.Revision != r.Revision {
			t.Errorf("%s on %s: the claim, the revision or the table of moves was broken", c.asked, c.before)
		}
		if forced := strings.HasSuffix(c.what, "forced"); after.Forced != forced {
			t.Errorf("%s on %s: got force %v, want %v", c.asked, c.before, after.Forced, forced)
		}
	}
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}

// A tombstone keeps the id taken, and what is known of a sending; it keeps no
// text.
func TestTombstone(t *testing.T) {
	t.Parallel()
	r, _ := recordtest.Given(t, "dead maybe")
	r.Failure = &campaign.Failure{Class: campaign.FailDuplicate, MaybeConfirmed: true}
	r.Orphans, r.ForcedRuns = []campaign.Orphan{{Ticket: "T0"}}, []int{2}
	got := r.Tombstone()
	if got.State != campaign.StatePurged || !record.CanMove(r.State, got.State) || got.Next().Stage != "" {
		t.Errorf("got %s, waiting for %q, want purged and nothing", got.State, got.Next().Stage)
	}
	if got.ID() != r.ID() || got.Account() != r.Account() || got.Ticket != "T1" || !got.MaybeConfirmed || got.Failure == nil ||
		!slices.Equal(got.Orphans, r.Orphans) || !slices.Equal(got.ForcedRuns, r.ForcedRuns) || got.EnqueuedRunID != r.EnqueuedRunID || got.Revision != r.Revision {
		t.Errorf("got %+v, want what is known of a sending", got)
	}
	if got.Campaign.Text != "" {
		t.Errorf("got text %q, want none", got.Campaign.Text)
	}
}
