package stage

import (
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// A vouch takes off a mark that the doubt about Redis alone has set, and no other.
func TestVouchTakesOffWhatTheDoubtHasSet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words string
		class campaign.FailureClass
		edit  func(*record.Record)
		off   bool
	}{
		{"dead maybe", campaign.FailDuplicate, nil, true},
		{"dead maybe", campaign.FailForgotten, nil, true},
		{"dead maybe", campaign.FailRejected, nil, false},
		{"dead tried", campaign.FailDuplicate, nil, false},
		{"dead forced", campaign.FailDuplicate, nil, false},
		{"dead maybe", campaign.FailDuplicate, func(r *record.Record) { r.Orphans = []campaign.Orphan{{Ticket: "T0", Sent: true}} }, false},
		{"dead maybe", campaign.FailDuplicate, func(r *record.Record) { r.Forced = true }, false},
		{"dead", campaign.FailDuplicate, nil, false},
		{"sent maybe", campaign.FailDuplicate, nil, false},
	} {
		r, _ := recordtest.Given(t, c.words)
		r.Failure = &campaign.Failure{Class: c.class, MaybeConfirmed: r.MaybeConfirmed}
		if c.edit != nil {
			c.edit(&r)
		}
		after, entries, err := r.Vouched("ann")
		marked := r.MaybeConfirmed && !c.off
		if err != nil || after.MaybeConfirmed != marked || after.Failure.MaybeConfirmed != marked || (len(entries) == 1) != c.off {
			t.Errorf("%s of %s: got marked %v (%v in its failure), entries %v, %v, want marked %v",
				c.words, c.class, after.MaybeConfirmed, after.Failure.MaybeConfirmed, entries, err, marked)
		}
		if r.Failure.MaybeConfirmed != r.MaybeConfirmed {
			t.Errorf("%s of %s: the record that it was decided on was changed", c.words, c.class)
		}
	}
}
