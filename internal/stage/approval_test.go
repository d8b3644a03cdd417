package stage

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// dearer makes every ticket cost 500 € from now on.
func (b *bench) dearer() { b.api.cost = 500 * campaign.Euro }

func TestNotConfirmedAboveTheApproval(t *testing.T) {
	t.Parallel()
	unanswered := &misstep{out: record.Outcome{Class: record.ClassUnanswered}}
	for name, c := range map[string]struct {
		edit  func(b *bench)
		state string
		asked int // the status, so often
		says  string
	}{
		"the same price": {func(*bench) {}, "sent approved", 2, ""},
		"approved late":  {func(b *bench) { b.clock.advance(time.Hour) }, "sent approved", 3, ""},
		"dearer, approved late": {
			func(b *bench) { b.clock.advance(time.Hour); b.dearer() }, "awaiting_approval", 3,
			"20 contacts, 500.00 €: not what was approved: the price went from 2.58 € to 500.00 €",
		},
		"more contacts": {
			func(b *bench) { b.clock.advance(time.Hour); b.api.contacts = 2000 }, "awaiting_approval", 3,
			"the contacts from 20 to 2000",
		},
		"dearer after an unanswered confirm": {
			func(b *bench) { b.api.wrong = once(campaign.CallConfirm, unanswered); b.dearer() }, "awaiting_approval tried maybe", 3,
			"from 2.58 € to 500.00 €",
		},
		"the same after an unanswered confirm": {
			func(b *bench) { b.api.wrong = once(campaign.CallConfirm, unanswered) }, "sent tried approved", 3, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, manual)
			b.drain(b.runner)
			b.is("awaiting_approval", 0)
			c.edit(b)
			if err := b.approve(); err != nil {
				t.Fatal(err)
			}
			b.drain(b.runner)
			sent := strings.Count(c.state, "sent")
			b.is(c.state, sent)
			if got := b.api.made(campaign.CallStatus); got != c.asked {
				t.Errorf("the status was asked %d times, want %d: %s", got, c.asked, b.story())
			}
			if got := b.record().Waiting; !strings.Contains(got, c.says) {
				t.Errorf("it says %q, want %q in it", got, c.says)
			}
			if sent > 0 {
				return
			}
			if err := b.approve(); err != nil { // what is shown now
				t.Fatal(err)
			}
			b.drain(b.runner)
			if got := b.api.sent(); got != 1 || b.record().State != campaign.StateSent {
				t.Errorf("approved at the new price: got %s, %d sent", recordtest.State(b.record()), got)
			}
		})
	}
}

// An approval from before there is a price lets the campaign go on by itself
// within its bound.
func TestApprovedUpToABound(t *testing.T) {
	t.Parallel()
	for bound, want := range map[campaign.Money]string{25800: "sent approved", 25799: "awaiting_approval"} {
		b := newBench(t, manual)
		err := b.command(func(r record.Record) (record.Record, []campaign.Entry, error) {
			return r.Approve("ann", campaign.UpTo(bound))
		})
		if err != nil {
			t.Fatal(err)
		}
		b.drain(b.runner)
		b.is(want, strings.Count(want, "sent"))
	}
}

// What an older octoq approved while the campaign waited covers the price that
// was there.
func TestApprovedByAnOlderOctoq(t *testing.T) {
	t.Parallel()
	for dear, want := range map[bool]string{false: "sent approved", true: "awaiting_approval"} {
		b := newBench(t, manual)
		b.drain(b.runner)
		if dear {
			b.dearer()
		}
		err := b.command(func(r record.Record) (record.Record, []campaign.Entry, error) {
			r.Approved, r.PricedAt = true, time.Time{}
			return r, []campaign.Entry{{What: "approved", Who: "ann", State: r.State}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		b.drain(b.runner)
		b.is(want, strings.Count(want, "sent"))
	}
}

// An approval ends with its run: the next one has another ticket, and perhaps
// another text.
func TestReplayAsksAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, manual)
	b.api.wrong = once(campaign.CallConfirm, &misstep{out: record.Outcome{Class: record.ClassRejected, Code: 202}})
	b.drain(b.runner)
	if err := b.approve(); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("dead approved", 0)
	letter, there := b.redis.letter()
	if !there {
		t.Fatal("there is no letter")
	}
	letter.letter.Text = "Summer is near. STOP au 30101"
	letter.at = time.Time{}
	b.redis.tasks[letter.key] = letter
	b.drain(b.runner)
	b.is("awaiting_approval", 0)
	if !strings.Contains(b.story(), "replayed, approval_void") {
		t.Errorf("timeline: got %q, want it said that the approval is void", b.story())
	}
}
