package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// recordOf is the key of a campaign's record.
func recordOf(id string) string { return "octoq:{default}:c:" + id }

// change writes to a record as another octoq, or another time, would have it.
func (r *rig) change(id string, fields map[string]any, gone ...string) {
	r.t.Helper()
	rdb := r.redis.Client()
	if err := rdb.HSet(r.t.Context(), recordOf(id), fields).Err(); err != nil {
		r.t.Fatal(err)
	}
	if len(gone) > 0 {
		if err := rdb.HDel(r.t.Context(), recordOf(id), gone...).Err(); err != nil {
			r.t.Fatal(err)
		}
	}
}

// reprices makes the tickets of a list cost something else from their next status on.
func (r *rig) reprices(list string, cost float64, contacts int) {
	r.t.Helper()
	r.rule(simulator.Rule{Call: simulator.CallStatus, ListName: list, Fault: simulator.FaultCost, Cost: &cost, Contacts: &contacts})
}

// asksAgain waits until a campaign asks for approval because of what it became,
// and was not sent; then it is approved by the command that status prints.
func (r *rig) asksAgain(id, why string) {
	r.t.Helper()
	r.until(30*time.Second, id+" asks again", func() (bool, string) {
		s := r.status(id)
		return s.State == campaign.StateAwaitingApproval && s.Cover == nil && strings.Contains(s.Waiting, why), fmt.Sprintf("%+v", s)
	})
	if n := r.carriedOutFor(simulator.CallSend, id); n > 0 {
		r.t.Errorf("%s: got %d sends that nobody approved", id, n)
	}
	text := r.must(0, "status", id).out
	_, command, found := strings.Cut(text, "octoq approve ")
	command, _, _ = strings.Cut(command, "\n")
	if !found || !strings.Contains(text, why) || !strings.Contains(text, `"Hello, `) {
		r.t.Fatalf("status %s: got no reason, text or command in\n%s", id, text)
	}
	r.must(0, append([]string{"approve"}, strings.Fields(command)...)...)
	r.await(20*time.Second, id, campaign.StateSent)
}

// An approval is for a price: what is dearer by then, goes to more contacts or
// has another text waits for approval once more.
func TestApprovalCoversWhatWasShown(t *testing.T) {
	t.Parallel()
	setUp := func(t *testing.T, id string) *rig {
		r := newRig(t, simulator.Config{Contacts: 40, PricePerContact: 0.05})
		r.quick()
		r.worker("--confirm", "manual")
		r.enqueue(toList(id, ""))
		r.await(30*time.Second, id, campaign.StateAwaitingApproval)
		return r
	}
	// longAgo is when the price was asked for that a person sees.
	longAgo := map[string]any{"priced_at": time.Now().Add(-16 * time.Minute).UnixMilli()}

	t.Run("dearer", func(t *testing.T) {
		t.Parallel()
		r := setUp(t, "dearer")
		r.change("dearer", longAgo)
		r.reprices("dearer", 500, 40)
		if s := r.status("dearer"); s.Cover != nil {
			t.Errorf("before it is approved: got the cover %+v", s.Cover)
		}
		r.must(0, "approve", "dearer", "--cost", "2.00")
		r.asksAgain("dearer", "40 contacts, 500.00 €: not what was approved: the price went from 2.00 € to 500.00 €")
		if s := r.status("dearer"); s.Cover == nil || s.Cover.Cost != 500*campaign.Euro || *s.Cover.Contacts != 40 {
			t.Errorf("cover: got %+v, want 500 € and 40 contacts", s.Cover)
		}
	})
	t.Run("more contacts", func(t *testing.T) {
		t.Parallel()
		r := setUp(t, "more")
		r.change("more", longAgo)
		r.reprices("more", 2, 4000)
		r.must(0, "approve", "more", "--cost", "2.00", "--contacts", "40")
		r.asksAgain("more", "the contacts from 40 to 4000")
	})
	t.Run("cheaper", func(t *testing.T) {
		t.Parallel()
		r := setUp(t, "cheaper")
		r.change("cheaper", longAgo)
		r.reprices("cheaper", 1, 20)
		r.must(0, "approve", "cheaper", "--cost", "2.00", "--contacts", "40")
		if s := r.await(20*time.Second, "cheaper", campaign.StateSent); s.Cost != campaign.Euro {
			t.Errorf("got it sent for %s, want the new price", s.Cost)
		}
	})
	t.Run("unanswered confirm", func(t *testing.T) {
		t.Parallel()
		r := setUp(t, "unanswered")
		r.rule(simulator.Rule{Call: simulator.CallSend, Fault: simulator.Fault500, Times: 1})
		r.reprices("unanswered", 500, 40)
		r.must(0, "approve", "unanswered", "--cost", "2.00")
		r.asksAgain("unanswered", "the price went from 2.00 € to 500.00 €")
		if n := len(r.calls(simulator.CallSend, "unanswered")); n != 2 {
			t.Errorf("got %d confirms, want the refused one and the approved one", n)
		}
	})
	t.Run("edited", func(t *testing.T) {
		t.Parallel()
		r := setUp(t, "edited")
		r.rule(simulator.Rule{Call: simulator.CallSend, Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 202, Times: 1})
		r.must(0, "approve", "edited", "--cost", "2.00")
		r.await(20*time.Second, "edited", campaign.StateDead)
		r.must(0, "dead", "edit", "edited", "--set", "text=Hello, half price. STOP au 30101")
		r.must(0, "dead", "replay", "edited")
		r.asksAgain("edited", "40 contacts, 2.00 €")
	})
	t.Run("approved by an older octoq", func(t *testing.T) {
		t.Parallel()
		r := setUp(t, "old")
		r.reprices("old", 500, 40)
		// As version 1 wrote it, with the wake-up that it put.
		r.change("old", map[string]any{"approved": "1", "v": "1"}, "priced_at", "cover")
		s := r.status("old")
		queue := asynq.NewClientFromRedisClient(r.redis.Client())
		_, err := queue.EnqueueContext(t.Context(), asynq.NewTask("campaign:confirm", []byte(`{"v":1}`)),
			asynq.Queue("default.confirm"), asynq.TaskID(fmt.Sprintf("old~%d.%d.0", s.Run, s.Step)))
		if err != nil {
			t.Fatal(err)
		}
		r.asksAgain("old", "the price went from 2.00 € to 500.00 €")
	})
}

// Before there is a price an approval needs a bound, and the campaign goes on
// by itself within it.
func TestApproveUpToABound(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{Contacts: 40, PricePerContact: 0.05})
	r.quick()
	r.enqueue(toList("within", "") + toList("beyond", ""))
	if o := r.must(2, "approve", "within"); !strings.Contains(o.err, "--up-to") || !strings.Contains(o.err, "no price yet") {
		t.Errorf("no price yet: got %q, want --up-to named", o.err)
	}
	if o := r.must(1, "approve", "within", "--cost", "2"); !strings.Contains(o.err, "it has no price yet") {
		t.Errorf("a price that was never shown: got %q", o.err)
	}
	r.must(0, "approve", "within", "--up-to", "2.00")
	r.must(0, "approve", "beyond", "--up-to", "1.9999")
	r.worker("--confirm", "manual")
	r.await(30*time.Second, "within", campaign.StateSent)
	r.asksAgain("beyond", "the price went from 1.9999 € to 2.00 €")
	r.onceEach()
}

// Without a terminal the command says what to give, and refuses less than there is.
func TestApproveWithoutATerminal(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{Contacts: 40, PricePerContact: 0.05})
	r.quick()
	r.worker("--confirm", "manual")
	r.enqueue(toList("a", ""))
	r.await(30*time.Second, "a", campaign.StateAwaitingApproval)
	for _, c := range []struct {
		code int
		args string
		says []string
	}{
		{2, "", []string{"--cost 2.00 --contacts 40", "--up-to", "2.00 € for 40 contacts"}},
		{2, "--json", []string{"--cost 2.00 --contacts 40"}},
		{2, "--cost 2.00 --up-to 3", []string{"both cost and up_to"}},
		{2, "--contacts 40", []string{"names no price"}},
		{2, "--cost -1", []string{"below zero"}},
		{2, "--cost 2,00", []string{"--cost", "2.58"}},
		{2, "--up-to 1.00001", []string{"--up-to", "four decimals"}},
		{2, "--cost 2 --contacts -1", []string{"fewer contacts than none"}},
		{1, "--cost 1.99", []string{"its price is 40 contacts, 2.00 €", "more than the 1.99 €", "octoq status a"}},
		{1, "--up-to 1.99", []string{"its price is 40 contacts, 2.00 €"}},
		{1, "--cost 2 --contacts 39", []string{"its price is 40 contacts, 2.00 €", "39"}},
		{1, "--up-to 2 --contacts 39", []string{"its price is 40 contacts, 2.00 €", "39"}},
	} {
		o := r.must(c.code, append([]string{"approve", "a"}, strings.Fields(c.args)...)...)
		for _, want := range c.says {
			if !strings.Contains(o.err, want) {
				t.Errorf("approve a %s: got %q, want %q in it", c.args, o.err, want)
			}
		}
	}
	if s := r.status("a"); s.State != campaign.StateAwaitingApproval || s.Cover != nil {
		t.Errorf("after what was refused: got %s, %+v", s.State, s.Cover)
	}
	r.must(0, "approve", "a", "--cost", "2", "--contacts", "40")
	r.await(20*time.Second, "a", campaign.StateSent)
	r.must(0, "approve", "a") // nothing more to do, and nothing to ask
}
