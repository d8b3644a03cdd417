package stage

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// A price that comes is held against what was approved. The answer is always
// 2.58 € for 20 contacts.
func TestPriceAgainstApproval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, after, says, why string }{
		{"computing manual approved", "ready approved", "", "exactly what was approved"},
		{"computing manual up_to=25800", "ready approved", "", "exactly the bound"},
		{"computing manual up_to=30000", "ready approved", "", "cheaper"},
		{"computing manual up_to=25799", "awaiting_approval", "the price went from 2.5799 € to 2.58 €", "dearer by the least that there is"},
		{"computing auto up_to=25799", "awaiting_approval", "the price went from 2.5799 € to 2.58 €", "a bound is one where nobody had to ask for it, too"},
		{"computing manual approved_other", "awaiting_approval", "the content is another", "another text"},
		{"computing manual max_cost=1 approved", "ready approved", "", "who approves may go beyond max_cost"},
		{"computing manual tried up_to=25799", "awaiting_approval tried maybe", "the price went", "nor is an unanswered ticket confirmed again above it"},
		{"computing manual tried", "awaiting_approval tried maybe", "", "an account that asks by now asks for the next confirm, too"},
		{"computing manual approved_blank priced=25800", "ready approved", "", "an older approval covers the price that there was"},
		{"computing manual approved_blank priced=25799", "awaiting_approval", "the price went from 2.5799 € to 2.58 €", "and no other"},
		{"computing manual approved_blank priced=25800 contacts=19", "awaiting_approval", "the contacts from 19 to 20", "nor more contacts"},
		{"computing manual approved_blank", "awaiting_approval", "", "one from before there was a price covers none"},
		{"computing auto approved_blank", "ready", "", "which does not stop what need not be approved"},
		{"computing max_cost=25799 approved_blank", "awaiting_approval", "more than max_cost, 2.5799 €", "and does not let anything past max_cost"},
	} {
		r, m, p := given(t, c.before)
		after := settle(r, campaign.CallStatus, answer(t, "ok ready"), m, p).after
		if got := state(after); got != c.after {
			t.Errorf("%s: %s: got %q, want %q", c.why, c.before, got, c.after)
		}
		if !strings.Contains(after.Waiting, c.says) {
			t.Errorf("%s: %s: it says %q, want %q in it", c.why, c.before, after.Waiting, c.says)
		}
		if asks := after.State == campaign.StateAwaitingApproval; asks && (after.Approved || after.Cover != nil) {
			t.Errorf("%s: %s: it asks, and has the approval still: %+v", c.why, c.before, after.Cover)
		}
		if after.Approved && after.Cover == nil {
			t.Errorf("%s: %s: it goes on with an approval of any price", c.why, c.before)
		}
	}
}

// A confirm is planned on a price that is fresh, and within what was approved.
func TestConfirmAgainstApproval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, plan, why string }{
		{"awaiting_approval approved asked=15", "call confirm under claim: confirming approved", "a quarter of an hour is fresh"},
		{"awaiting_approval approved asked=16", "write computing approved", "more is not: the status is asked first"},
		{"ready approved asked=16", "write computing approved", "the same on the second way"},
		{"ready max_cost=25800 asked=16", "write computing", "max_cost is compared, too"},
		{"ready asked=600", "call confirm under claim: confirming", "no price is compared, so none has to be fresh"},
		{"ready tried approved asked=16", "write computing tried maybe approved", "the unanswered ticket likewise"},
		{"awaiting_approval approved_blank priced=25800", "write computing approved", "when an older octoq asked is not known"},
		{"awaiting_approval up_to=25799", "write awaiting_approval", "dearer than approved, whoever let it come so far"},
		{"ready approved_other", "write awaiting_approval", "another text"},
		{"ready max_cost=25799", "write awaiting_approval", "dearer than max_cost: an older octoq let it pass"},
		{"ready approved asked=16 cancel", "write cancelling approved cancel", "a cancel goes first"},
		{"ready approved asked=16 expired", "write dead approved", "so does its time"},
	} {
		r, m, p := given(t, c.before)
		if got := planned(open(r, r.Next(), m, p, "mine")); got != c.plan {
			t.Errorf("%s: %s: got %q, want %q", c.why, c.before, got, c.plan)
		}
	}
}

// The request itself is not written later than its price is fresh.
func TestConfirmEndsWithItsPrice(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "ready approved asked=14")
	if got, want := turnOf(r, campaign.CallConfirm, m, p).end, m.Now.Add(time.Minute); !got.Equal(want) {
		t.Errorf("end: got %s, want %s", got, want)
	}
	if m.Now = m.Now.Add(2 * time.Minute); !missed(r, campaign.CallConfirm, m, p) {
		t.Error("behind the gate the price is too old, and it was not noticed")
	}
}

// dearer makes every ticket cost 500 € from now on.
func (b *bench) dearer() { b.api.cost = 500 * campaign.Euro }

func TestNotConfirmedAboveTheApproval(t *testing.T) {
	t.Parallel()
	unanswered := &misstep{out: campaign.Outcome{Class: campaign.ClassUnanswered}}
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
				t.Errorf("approved at the new price: got %s, %d sent", state(b.record()), got)
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
		err := b.command(func(r campaign.Record) (campaign.Record, []campaign.Entry, error) {
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
		err := b.command(func(r campaign.Record) (campaign.Record, []campaign.Entry, error) {
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
	b.api.wrong = once(campaign.CallConfirm, &misstep{out: campaign.Outcome{Class: campaign.ClassRejected, Code: 202}})
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
