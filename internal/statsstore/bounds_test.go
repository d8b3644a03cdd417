package statsstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/stats"
)

// Values beyond the limits of a day are counted together, and what is taken back is
// taken from where it was.
func TestADayKeepsOnlySoManyValues(t *testing.T) {
	t.Parallel()
	r := newRig(t, redistest.Start(t).Client())
	r.each, r.all = 3, 7 // list, purpose and type take three of them
	var other record.Record
	for i := range 5 {
		dead := r.move(r.priced(fmt.Sprintf("c%d", i), 10, map[string]string{"order": fmt.Sprintf("&o=%d#", i)}), campaign.StateDead, nil)
		if _, err := r.Fold(t.Context(), account); err != nil {
			t.Fatal(err)
		}
		other = dead
	}
	groups := stats.Groups(r.buckets(stats.PerDay), "label.order")
	if len(groups) != 4 || groups[0].Value != "&o=0#" || groups[3].Kind != stats.KindOther || groups[3].Dead != 2 {
		t.Fatalf("got %+v, want three values and two others", groups)
	}
	r.move(r.replay(other, false), campaign.StateSent, nil)
	groups = stats.Groups(r.buckets(stats.PerDay), "label.order")
	if last := groups[len(groups)-1]; last.Kind != stats.KindOther || last.Dead != 1 || last.Sent != sum(1, 10) {
		t.Errorf("after a replay: got %+v, want one of the others sent", last)
	}

	labels := map[string]string{}
	for i := range 5 {
		labels[fmt.Sprintf("k%d", i)] = "v"
	}
	r.move(r.priced("many", 10, labels), campaign.StateDead, nil)
	fields := r.rdb.HKeys(t.Context(), key.Stats(account, string(stats.PerDay), fmt.Sprint(stats.PerDay.Index(time.Now())))).Val()
	buckets := r.buckets(stats.PerDay)
	for _, b := range buckets {
		for d := range b.Values {
			if d == "label.k1" || d == "label.k4" {
				t.Errorf("the day is full, and keeps %s: %q", d, fields)
			}
		}
	}
	if got := stats.Total(buckets).Dead; got != 5 {
		t.Errorf("in all %d are dead, want 5", got)
	}
}

// Nothing is kept for good, and what is taken back after its bucket has gone is left.
func TestBucketsExpire(t *testing.T) {
	t.Parallel()
	r := newRig(t, redistest.Start(t).Client())
	now := time.Now()
	old := now.Add(-stats.HourRetention - 2*time.Hour).UnixMilli()
	for _, entry := range []string{
		fmt.Sprintf("+%d sent 20 25800 list=a", now.UnixMilli()),
		fmt.Sprintf("-%d unknown 20 25800 list=a", old),
		fmt.Sprintf("-%d unknown 20 25800 list=a", now.Add(-500*24*time.Hour).UnixMilli()),
		"what an octoq of another time has written",
	} {
		r.rdb.RPush(t.Context(), key.Figures(account), entry)
	}
	if n, err := r.Fold(t.Context(), account); err != nil || n != 4 {
		t.Fatalf("fold: got %d, %v, want 4", n, err)
	}
	names := r.rdb.Keys(t.Context(), "octoq:{shop}:*").Val()
	if len(names) != 4 { // three of now, and the old day
		t.Errorf("got %q, want four buckets", names)
	}
	for per, keep := range map[stats.BucketSize]time.Duration{stats.PerMinute: 6 * time.Hour, stats.PerHour: 64 * 24 * time.Hour, stats.PerDay: 400 * 24 * time.Hour} {
		left := r.rdb.PTTL(t.Context(), key.Stats(account, string(per), fmt.Sprint(per.Index(now)))).Val()
		if left < keep || left > keep+per.Length() {
			t.Errorf("%s is kept for %s, want %s and what is left of it", per, left, keep)
		}
	}
}

// Several processes add up at once.
func TestFoldIsSharedByMany(t *testing.T) {
	t.Parallel()
	r := newRig(t, redistest.Start(t).Client())
	const entries = 3*foldBatch + 1
	for range entries {
		r.rdb.RPush(t.Context(), key.Figures(account), fmt.Sprintf("+%d sent 1 3 list=a&type=b", time.Now().UnixMilli()))
	}
	counts := make(chan int, 4)
	for range cap(counts) {
		go func() {
			n, err := r.Fold(t.Context(), account)
			if err != nil {
				t.Error(err)
			}
			counts <- n
		}()
	}
	folded := 0
	for range cap(counts) {
		folded += <-counts
	}
	if got := stats.Total(r.buckets(stats.PerDay)).Sent; folded != entries || got != (stats.Sum{Campaigns: entries, Contacts: entries, Cost: 3 * entries}) {
		t.Errorf("added up %d, got %+v, want %d", folded, got, entries)
	}
}
