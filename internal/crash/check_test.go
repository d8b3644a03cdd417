package crash

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// open says what is still to be done, "" when everything has ended. It does
// the operators' part on the way.
func (t *trial) open() string {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := t.client.Get(ctx, t.account, t.id())
	if err != nil {
		return fmt.Sprintf("the campaign is not found: %v", err)
	}
	for _, g := range t.script.goals {
		if !g.met(t, r) {
			return fmt.Sprintf("state %s, not yet %s: %v", r.State, g.name, g.act(ctx, t, r))
		}
	}
	if !r.State.Final() {
		return "state " + string(r.State)
	}
	for _, p := range t.traces {
		if open := p.unfinished(r, t.sim.Tickets()); open != "" {
			return open
		}
	}
	for _, o := range r.Orphans {
		if !o.Cancelled && o.Tries < 5 && o.Ticket != r.Ticket {
			return "orphan " + o.Ticket
		}
	}
	if r.State == campaign.StateDead {
		if l, err := t.desk.Letter(ctx, t.account, t.id()); err != nil || l.Running {
			return fmt.Sprintf("letter: %+v, %v", l, err)
		}
	}
	return t.held(ctx)
}

// held reports a hold, or a pause that outlives it; "" for neither.
func (t *trial) held(ctx context.Context) string {
	keys := []string{key.Hold(t.account)}
	for _, s := range record.Stages() {
		keys = append(keys, "asynq:{"+key.Queue(t.account, s)+"}:paused")
	}
	if n, err := t.rdb.Exists(ctx, keys...).Result(); n > 0 || err != nil {
		return fmt.Sprintf("held: %d, %v", n, err)
	}
	return ""
}

// check compares what the ledger says with what the API did. A Redis that has
// forgotten something may leave a campaign to a person, marked; none may
// without that.
func (t *trial) check(forgot bool) {
	t.Helper()
	r, err := t.client.Get(t.Context(), t.account, t.id())
	if err != nil {
		t.Fatalf("lost: %v\n%s", err, t.tale())
	}
	sends, left := 0, []string{}
	for _, k := range t.sim.Tickets() {
		sends += k.Sends
		if k.State != simulator.StateSent && k.State != simulator.StateCancelled {
			left = append(left, k.Ticket)
		}
	}
	sent := r.State == campaign.StateSent
	marked := r.State == campaign.StateDead && (r.MaybeConfirmed || forgot && refusedInDoubt(r))
	fault := func(bad bool, what string) {
		if bad {
			t.Errorf("%s: record %s, maybe_confirmed %v, sends %d", what, r.State, r.MaybeConfirmed, sends)
		}
	}
	fault(sends > 1, "sent twice")
	fault(!r.State.Final(), "open")
	fault(sent && sends != 1, "sent says the record, and it was not")
	fault(sends == 1 && !sent && !marked, "sent, and the record does not know")
	if !forgot {
		fault(r.State != t.script.end, "ended as it should not, want "+string(t.script.end))
		fault(r.MaybeConfirmed, "marked without a reason")
		fault(t.script.cancelled && len(t.known(r, left)) > 0, "tickets are left at the API, unsent: "+fmt.Sprint(left))
	} else {
		fault(r.State != t.script.end && !marked, "ended as it should not, want "+string(t.script.end)+" or marked")
	}
	if t.Failed() {
		t.Log(t.tale())
	}
}

// awaitExpiry fails if the record of a campaign that has ended is there for good, but
// for that of a dead one. A living worker sees to it a moment after the end; one that
// dies leaves some of that to later sweeps.
func (t *trial) awaitExpiry() {
	t.Helper()
	const look = 20 * time.Millisecond
	end, tick := time.After(patience), time.NewTicker(look)
	defer tick.Stop()
	for {
		left, err := t.rdb.PTTL(t.Context(), key.Record(t.account, t.id())).Result()
		if err == nil && (left > 0) == (t.script.end != campaign.StateDead) {
			return
		}
		select {
		case <-end:
			t.Errorf("the record of a campaign that is %s: got %v left to live, %v", t.script.end, left, err)
			return
		case <-tick.C:
		}
	}
}

// known are those tickets that the record knows of: one whose answer was lost cannot
// be cancelled.
func (t *trial) known(r campaign.Record, tickets []string) []string {
	var out []string
	for _, k := range tickets {
		if knows(r, k) {
			out = append(out, k)
		}
	}
	return out
}

func knows(r campaign.Record, ticket string) bool {
	return r.Ticket == ticket || slices.ContainsFunc(r.Orphans, func(o campaign.Orphan) bool { return o.Ticket == ticket })
}

// tale is all that happened, for people who look for a fault.
func (t *trial) tale() string {
	var b strings.Builder
	for i, p := range t.traces {
		p.mu.Lock()
		fmt.Fprintf(&b, "worker %d, dying %s:\n", i+1, p.target)
		for _, line := range p.trace {
			fmt.Fprintf(&b, "  %s\n", line)
		}
		p.mu.Unlock()
	}
	if r, err := t.client.Get(context.Background(), t.account, t.id()); err == nil {
		fmt.Fprintf(&b, "record: %s run %d try %d step %d epoch %d, ticket %s, claim %+v\n",
			r.State, r.Run, r.Try, r.Step, r.Epoch, r.Ticket, r.Claim)
		for _, e := range r.Timeline {
			fmt.Fprintf(&b, "  %s %s by %s: %s %s\n", e.At.Format(time.StampMilli), e.State, e.Who, e.What, e.Why)
		}
	}
	for _, c := range t.sim.Log() {
		fmt.Fprintf(&b, "  %s api: %s %s %s → %d %d %s\n", c.Time.Format(time.StampMilli), c.Call, c.RequestID, c.Ticket, c.HTTPStatus, c.Code, c.Fault)
	}
	return b.String()
}

func (p *point) GoString() string { return p.String() }
