package outbox_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "github.com/lib/pq"              // the driver "postgres"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue/outbox"
	"github.com/octoq/octoq/internal/campaigntest"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/input"
)

// inTx runs a transaction of one driver and commits it if do says so.
type inTx func(t *testing.T, do func(outbox.Tx) (commit bool))

func drivers(w *world) map[string]inTx {
	bySQL := func(driver string) inTx {
		return func(t *testing.T, do func(outbox.Tx) bool) {
			t.Helper()
			db, err := sql.Open(driver, w.url)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			end := tx.Rollback
			if do(outbox.SQL(tx)) {
				end = tx.Commit
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return map[string]inTx{"pq": bySQL("postgres"), "pgx by database/sql": bySQL("pgx"), "pgx": func(t *testing.T, do func(outbox.Tx) bool) {
		t.Helper()
		tx, err := w.pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		end := tx.Rollback
		if do(tx) {
			end = tx.Commit
		}
		if err := end(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
	}}
}

// What commits is enqueued, what rolls back is not, whatever the driver.
func TestTheTransactionDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []string
	for name, tx := range drivers(w) {
		for _, commit := range []bool{true, false} {
			tx(t, func(tx outbox.Tx) bool {
				receipt, err := outbox.Enqueue(t.Context(), tx, order(""))
				if err != nil || len(receipt.ID) != 36 || receipt.Account != campaign.DefaultAccount {
					t.Errorf("%s: got %+v, %v, want a chosen id", name, receipt, err)
				}
				if commit {
					want = append(want, receipt.ID)
				}
				return commit
			})
		}
	}
	w.relay(t, nil)
	w.untilEmpty(t)
	got := w.queued(t, campaign.DefaultAccount)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("enqueued: got %q, want %q", got, want)
	}
}

// An invalid campaign is an error with all its faults, and the transaction goes on.
func TestAnInvalidCampaignLeavesTheTransactionAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := order("bad")
	bad.Type, bad.Purpose, bad.Window = "fax", "fun", ""
	nowhere := order("nowhere")
	nowhere.Window = "08:00-20:00 Mars/Phobos"
	for name, tx := range drivers(w) {
		tx(t, func(tx outbox.Tx) bool {
			_, err := outbox.Enqueue(t.Context(), tx, bad)
			var invalid *campaign.ValidationError
			if !errors.As(err, &invalid) || len(invalid.Faults) != 2 || invalid.Error() != err.Error() {
				t.Errorf("%s: got %v, want both faults", name, err)
			}
			if _, err := outbox.Enqueue(t.Context(), tx, nowhere); !errors.Is(err, campaign.ErrInvalid) {
				t.Errorf("%s: got %v, want the window refused", name, err)
			}
			_, err = outbox.EnqueueAll(t.Context(), tx, []campaign.Campaign{order("fine"), bad})
			var at *outbox.InvalidError
			if !errors.As(err, &at) || at.Index != 1 || !errors.Is(err, campaign.ErrInvalid) {
				t.Errorf("%s: got %v, want item 1", name, err)
			}
			if _, err := outbox.Enqueue(t.Context(), tx, order("a"), outbox.By("a\nb")); err == nil {
				t.Errorf("%s: got no error, want the name refused", name)
			}
			if _, err := outbox.Enqueue(t.Context(), tx, order("good")); err != nil {
				t.Errorf("%s: got %v, want the transaction to go on", name, err)
			}
			return true
		})
	}
	if got := w.status(t).Waiting; got != int64(len(drivers(w))) {
		t.Errorf("waiting: got %d, want the good ones", got)
	}
}

// Whatever the outbox takes comes out of the database as it went in, and it takes all
// that is valid in JSON.
func TestEveryValidCampaignComesThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	full := campaigntest.Full()
	full.ID = "full"
	want := map[string]campaign.Campaign{"full": full}
	for name, change := range campaigntest.Accepted() {
		c := order("")
		change(&c)
		c.ID = fmt.Sprintf("id-%d", len(want))
		w.do(t, func(tx pgx.Tx) error {
			_, err := outbox.Enqueue(t.Context(), tx, c)
			text, encodes := json.Marshal(c)
			if _, reads := input.Decode(text); (err == nil) != (reads == nil && encodes == nil) {
				t.Errorf("%s: got %v, want what the reader says: %v, %v", name, err, reads, encodes)
			}
			if err == nil {
				want[c.ID] = c
			}
			return nil
		})
	}
	w.put(t, full)
	w.relay(t, nil)
	w.untilEmpty(t)
	if refused := w.status(t).Refused; refused != 0 || len(want) < 10 {
		t.Fatalf("refused: got %d of %d, want none of many\n%s", refused, len(want), w.log)
	}
	c := client(t, w.redis.URL())
	for id, asked := range want {
		account := content.WithDefaults(asked).Account
		got, err := c.Get(t.Context(), account, id)
		if err != nil || !content.Same(got.Campaign, asked) {
			t.Errorf("%s: got %v and %s", id, err, cmp.Diff(asked, got.Campaign, cmpopts.EquateEmpty()))
		}
	}
}

// Who enqueued is kept, and an alert overtakes what waits.
func TestWhoAndAlertsFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(t, order("a"), order("b"))
	alert := order("urgent")
	alert.Purpose = campaign.PurposeAlert
	w.do(t, func(tx pgx.Tx) error {
		_, err := outbox.Enqueue(t.Context(), tx, alert, outbox.By("shop"))
		return err
	})
	w.exec(t, `INSERT INTO octoq_outbox (campaign) VALUES ('{"id":"by-sql","list_name":"l","text":"x","type":"sms_premium","purpose":"wholesale"}')`)
	w.relay(t, func(c *outbox.Config) { c.Batch = 1 })
	w.untilEmpty(t)
	c := client(t, w.redis.URL())
	first, err := c.Get(t.Context(), "", "urgent")
	if err != nil || first.EnqueuedBy != "shop" {
		t.Fatalf("got %+v, %v, want it enqueued by shop", first, err)
	}
	var times []int64
	for _, id := range []string{"a", "b", "by-sql"} {
		r, err := c.Get(t.Context(), "", id)
		if err != nil {
			t.Fatal(err)
		}
		if id == "by-sql" && r.EnqueuedBy != "relay" {
			t.Errorf("a row without who: got %q, want the relay's name", r.EnqueuedBy)
		}
		times = append(times, r.EnqueuedAt.UnixMilli())
	}
	if !slices.IsSorted(times) || first.EnqueuedAt.UnixMilli() > times[0] {
		t.Errorf("enqueued at: got %v for the alert and %v, want the alert first and then the others in order", first.EnqueuedAt, times)
	}
}
