package sweep

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// orphaned is the index of orphans of a recordsAndTasks.
type orphaned struct{ *recordsAndTasks }

func (o orphaned) Orphaned(_ context.Context, _ string, before time.Time, cursor string, n int) ([]string, string, error) {
	var ids []string
	for id, r := range o.records {
		if r.CancelsOrphans() && r.UpdatedAt.Before(before) && id > cursor {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if len(ids) <= n {
		return ids, "", o.fail
	}
	return ids[:n], ids[n-1], o.fail
}

// An orphan whose cancel is gone gets it again, whatever has become of its
// campaign: nothing else would ever look at one that is over.
func TestSweepPutsBackTheCancelOfOrphans(t *testing.T) {
	t.Parallel()
	const old, young = time.Minute, 10 * time.Second
	orphans := func(list ...campaign.Orphan) func(*record.Record) {
		return func(r *record.Record) { r.Ticket, r.Orphans = "T9", list }
	}
	live := campaign.Orphan{Ticket: "T1", Tries: record.OrphanTries - 1}
	for _, tt := range []struct {
		name string
		r    record.Record
		task bool // its task is there
		want string
	}{
		{"of a campaign that is over", recordOf("a", campaign.StateSent, old, orphans(live)), false, "a cancel 1.0.2"},
		{"of one that was purged", recordOf("a", campaign.StatePurged, old, orphans(live)), false, "a cancel 1.0.2"},
		{"of two, one of them cancelled", recordOf("a", campaign.StateSent, old, orphans(campaign.Orphan{Ticket: "T0", Cancelled: true}, live)), false, "a cancel 1.0.3"},
		{"whose task is there", recordOf("a", campaign.StateSent, old, orphans(live)), true, ""},
		{"that came just now", recordOf("a", campaign.StateSent, young, orphans(live)), false, ""},
		{"cancelled", recordOf("a", campaign.StateSent, old, orphans(campaign.Orphan{Ticket: "T1", Cancelled: true})), false, ""},
		{"sent, and not by octoq", recordOf("a", campaign.StateSent, old, orphans(campaign.Orphan{Ticket: "T1", Sent: true})), false, ""},
		{"tried often enough", recordOf("a", campaign.StateSent, old, orphans(campaign.Orphan{Ticket: "T1", Tries: record.OrphanTries})), false, ""},
		{"that is the record's own ticket", recordOf("a", campaign.StateSent, old, orphans(campaign.Orphan{Ticket: "T9"})), false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, s := newRecordsAndTasks(tt.r)
			s.Orphans = orphaned{w}
			if tt.task {
				w.tasks[name("a", tt.r.OrphanStep())] = true
			}
			for range 2 { // the second finds what the first put back
				if _, err := s.Sweep(t.Context()); err != nil {
					t.Fatalf("sweep: %v", err)
				}
			}
			if got := strings.Join(w.put, ", "); got != tt.want {
				t.Errorf("put back: got %q, want %q", got, tt.want)
			}
			if got := w.records["a"]; got.Epoch != 0 {
				t.Errorf("epoch of the campaign's own step: got %d, want 0", got.Epoch)
			}
		})
	}
}

func TestSweepReportsOrphans(t *testing.T) {
	t.Parallel()
	r := recordOf("a", campaign.StateSent, time.Minute)
	r.Orphans = []campaign.Orphan{{Ticket: "T1"}}
	w, s := newRecordsAndTasks(r)
	s.Orphans = orphaned{w}
	if found, err := s.Sweep(t.Context()); err != nil || found[OrphansFound] != 1 {
		t.Errorf("got %v, %v, want one %s", found, err, OrphansFound)
	}
	w.stale = true
	w.tasks = map[string]bool{}
	if found, err := s.Sweep(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("a record that moved on: got %v, %v, want nothing", found, err)
	}
}
