package statsstore

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/stats"
)

const account = "shop"

// rig is a ledger and the figures of what it writes.
type rig struct {
	*Store
	tb     testing.TB
	rdb    redis.UniversalClient
	ledger *ledger.Store
	tokens int
}

func newRig(tb testing.TB, rdb redis.UniversalClient) *rig {
	tb.Helper()
	l, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return &rig{Store: New(rdb), tb: tb, rdb: rdb, ledger: l}
}

// priced is a campaign that is about to be confirmed.
func (r *rig) priced(id string, cost campaign.Money, labels map[string]string) record.Record {
	r.tb.Helper()
	c := campaign.Campaign{
		ID: id, Account: account, ListName: "customers", Text: "Hello, STOP au 30101",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, Labels: labels,
	}
	rec := record.New(c, time.UnixMilli(1_700_000_000_000), "origin")
	rec.State = campaign.StateCreating
	rec = r.put(nil, rec)
	return r.move(rec, campaign.StateComputing, func(n *record.Record) { n.Ticket, n.Cost, n.Contacts = "sms_"+id, cost, 20 })
}

// change is a write of a record; before is nil for its first.
func (r *rig) change(before *record.Record, after record.Record) record.Change {
	r.tb.Helper()
	_, now, err := r.ledger.Load(r.tb.Context(), account, after.ID())
	if err != nil && !errors.Is(err, campaign.ErrNotFound) {
		r.tb.Fatal(err)
	}
	r.tokens++
	return record.Change{Before: before, After: after, RunID: now.RunID, Token: "t" + strconv.Itoa(r.tokens)}
}

func (r *rig) commit(ch record.Change) record.Record {
	r.tb.Helper()
	if got, _, err := r.ledger.Commit(r.tb.Context(), ch); err != nil || got != record.CommitApplied {
		r.tb.Fatalf("commit %s: got %q, %v", ch.After.State, got, err)
	}
	return ch.Written()
}

func (r *rig) put(before *record.Record, after record.Record) record.Record {
	r.tb.Helper()
	return r.commit(r.change(before, after))
}

// move brings a record into a state.
func (r *rig) move(before record.Record, to campaign.State, with func(*record.Record)) record.Record {
	r.tb.Helper()
	after := before
	after.State, after.Step = to, before.Step+1
	if with != nil {
		with(&after)
	}
	return r.put(&before, after)
}

// replay begins the next run of a dead campaign: with its ticket, or by force with another.
func (r *rig) replay(before record.Record, force bool) record.Record {
	r.tb.Helper()
	if !force {
		return r.move(before, campaign.StateComputing, func(n *record.Record) { n.Run++ })
	}
	queued := r.move(before, campaign.StateQueued, func(n *record.Record) {
		n.Run++
		n.Ticket, n.Cost, n.Contacts, n.ConfirmTried = "", 0, 0, false
		n.ForcedRuns = append(n.ForcedRuns, n.Run)
	})
	creating := r.move(queued, campaign.StateCreating, nil)
	return r.move(creating, campaign.StateComputing, func(n *record.Record) {
		n.Ticket, n.Cost, n.Contacts = before.Ticket+"x", before.Cost+1, before.Contacts
	})
}

// buckets are those from a day ago to tomorrow.
func (r *rig) buckets(per stats.BucketSize) []stats.Bucket {
	r.tb.Helper()
	now := time.Now()
	dated, err := r.Read(r.tb.Context(), account, per, stats.TimeRange{From: now.Add(-25 * time.Hour), To: now.Add(25 * time.Hour)})
	if err != nil {
		r.tb.Fatal(err)
	}
	all := make([]stats.Bucket, 0, len(dated))
	for _, d := range dated {
		all = append(all, d.Bucket)
	}
	return all
}

// want compares the figures with what they should be, by each kind of bucket.
func (r *rig) want(what string, want stats.Figures) {
	r.tb.Helper()
	for _, per := range []stats.BucketSize{stats.PerMinute, stats.PerHour, stats.PerDay} {
		if got := stats.Total(r.buckets(per)); got != want {
			r.tb.Errorf("%s, by %s: got %+v, want %+v", what, per, got, want)
		}
	}
}
