package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

func TestWhatIsInTheWayIsNamed(t *testing.T) {
	t.Parallel()
	recordOf := func(id, ticket string, orphans ...campaign.Orphan) record.Record {
		return record.Record{Record: campaign.Record{Campaign: campaign.Campaign{ID: id}, Ticket: ticket, Orphans: orphans}}
	}
	marked := recordOf("sent?", "T7")
	marked.MaybeConfirmed = true
	shut := recordOf("w", "T8")
	shut.WaitingSince = time.Date(2026, 6, 1, 20, 0, 0, 0, time.UTC)
	const octopush, lift = "look at Octopush", "octoq hold clear"
	for _, c := range []struct {
		name      string
		is        blockers
		want, not []string
	}{
		{name: "nothing of ours", want: []string{"none that octoq knows of", octopush, lift}},
		{
			name: "orphans", is: blockers{allOrphaned: 3, orphaned: []record.Record{
				recordOf("a", "T9", campaign.Orphan{Ticket: "T1"}, campaign.Orphan{Ticket: "T2", Cancelled: true}, campaign.Orphan{Ticket: "T3", Tries: record.OrphanTries}),
			}},
			want: []string{"orphans: T1 of a, T3 of a [given up] and those of 2 more", octopush, lift}, not: []string{"T2", "T9", "approve"},
		},
		{
			name: "campaigns that wait for a person", is: blockers{waiting: []record.Record{recordOf("b", "T4"), recordOf("c", "T5")}, moreWaiting: true},
			want: []string{"waiting for approval: T4 of b, T5 of c and more", "octoq approve ID", "octoq cancel ID"}, not: []string{"orphans"},
		},
		{
			name: "campaigns that wait for their window", is: blockers{ready: []record.Record{recordOf("soon", "T1"), shut}},
			want: []string{"sending window: T8 of w (", "octoq cancel ID"}, not: []string{"soon", "approve"},
		},
		{
			name: "dead ones with a ticket", is: blockers{dead: []record.Record{recordOf("dd", ""), recordOf("e", "T6"), marked}},
			want: []string{"of dead campaigns: T6 of e (delete"}, not: []string{"T7", " of dd"},
		},
	} {
		got := c.is.String()
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: got %q, want it to say %q", c.name, got, want)
			}
		}
		for _, not := range c.not {
			if strings.Contains(got, not) {
				t.Errorf("%s: got %q, want nothing of %q", c.name, got, not)
			}
		}
	}
}
