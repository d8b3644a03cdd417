package ledger

import (
	"errors"
	"strconv"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// A record is read from the oldest version to the present one, and written in
// the one that it needs; what is newer, or broken, is left alone.
func TestVersionsOfRecords(t *testing.T) {
	t.Parallel()
	f := newForm()
	r := record.New(campaign.Campaign{ID: "a", Account: "default"}, fromMilli(1), "")
	for _, c := range []struct {
		edit func(*record.Record)
		want string
	}{
		{func(*record.Record) {}, "1"},
		{func(r *record.Record) { r.Campaign.Window = "08:00-20:00 UTC" }, "2"},
		{func(r *record.Record) { r.Campaign.Late = campaign.LateSend }, "2"},
		{func(r *record.Record) { r.AskRun = 1 }, "3"},
		{func(r *record.Record) {
			r.State, r.Waiting = campaign.StateAwaitingApproval, record.WaitingRedisReplaced
		}, "3"},
		{func(r *record.Record) { r.Approved, r.PricedAt = true, fromMilli(2) }, "1"},
		{func(r *record.Record) { r.Approved, r.Cover = true, &campaign.Cover{Cost: 1} }, "3"},
	} {
		r := r
		c.edit(&r)
		d, err := f.compare(&r, r)
		if err != nil || len(d.set) < 2 || d.set[0] != versionField || d.set[1] != c.want {
			t.Errorf("a write without a change of %+v: got %q, %v, want version %s in it", r, d.set, err, c.want)
		}
	}
	for v, known := range map[string]bool{
		strconv.Itoa(record.OldestVersion): true, strconv.Itoa(record.BudgetedVersion): true,
		strconv.Itoa(record.OldestVersion - 1): false, strconv.Itoa(record.NewestVersion + 1): false, "": false, "one": false,
	} {
		if _, err := f.decode(map[string]string{versionField: v, "state": "sent"}); errors.Is(err, campaign.ErrVersion) == known {
			t.Errorf("version %q: got %v, want it known: %v", v, err, known)
		}
	}
	for name, broken := range map[string]string{"run": "x", "campaign": "{", "approved": "yes", "updated_at": "noon", "state": "asleep"} {
		hash := map[string]string{versionField: "1", "state": "sent"}
		hash[name] = broken
		if _, err := f.decode(hash); !errors.Is(err, campaign.ErrVersion) {
			t.Errorf("%s %q: got %v, want ErrVersion, which everybody passes over", name, broken, err)
		}
	}
}
