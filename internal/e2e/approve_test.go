package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/simulator"
)

// Where campaigns are confirmed by hand, a priced one waits, showing contacts
// and cost, until it is approved.
func TestApprove(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{Contacts: 40, PricePerContact: 0.05})
	r.worker("--confirm", "manual", "--poll-first", "500ms", "--max-in-flight", "5", "--rate", "50", "--burst", "50")
	r.enqueue(toList("waits", "") + toList("dear", `,"confirm":"auto","max_cost":1.5`) +
		toList("cheap", `,"confirm":"auto","max_cost":2`) + toList("early", forever))
	r.must(0, "approve", "early", "--up-to", "2") // before it is priced

	for _, id := range []string{"waits", "dear", "cheap"} { // the account's manual is a floor
		s := r.await(30*time.Second, id, campaign.StateAwaitingApproval)
		if s.Contacts != 40 || s.Cost.String() != "2.00 €" {
			t.Errorf("%s: got %d contacts and %s, want 40 and 2.00 €", id, s.Contacts, s.Cost)
		}
		if o := r.must(0, "status", id); !strings.Contains(o.out, "40 contacts, 2.00 €") || !strings.Contains(o.out, "awaiting_approval") {
			t.Errorf("status %s: got no price in\n%s", id, o.out)
		}
	}
	for _, id := range []string{"waits", "dear", "cheap"} {
		if n := len(r.calls(simulator.CallSend, id)); n > 0 {
			t.Errorf("%s: got %d sends before it was approved, want none", id, n)
		}
		r.must(0, "approve", id, "--cost", "2.00")
		r.await(20*time.Second, id, campaign.StateSent)
		if o := r.octoq("approve", id, "--cost", "2.00"); o.code != 0 {
			t.Errorf("approve %s again: got exit code %d, want 0: %s", id, o.code, o.err)
		}
	}
	r.must(3, "approve", "nobody")
	r.must(1, "approve", "cheap", "--cost", "9.00")
	r.onceEach()
}

// An approval that arrives while the price is being asked, and in the very
// moment the answer is settled, is never lost: every campaign is sent without
// the sweep's help, which takes 45 s.
func TestApproveInTheMoment(t *testing.T) {
	t.Parallel()
	const (
		n       = 80
		latency = 300 * time.Millisecond
		early   = 10 * time.Millisecond  // before the answer the first of them come
		spread  = 150 * time.Millisecond // until the last of them; most are near the answer
		surely  = 8                      // of them come after the answer, however slow the worker is
	)
	r := newRig(t, simulator.Config{})
	r.rule(simulator.Rule{Call: simulator.CallStatus, Fault: simulator.FaultLatency, LatencyMS: int(latency.Milliseconds())})
	r.worker("--confirm", "manual", "--rate", "60", "--burst", "10", "--max-in-flight", "40", "--concurrency", "40", "--poll-first", "500ms")
	r.enqueue(campaigns("m", n, ""))
	client, err := enqueue.New(enqueue.Config{RedisURL: r.redis.URL()})
	if err != nil {
		t.Fatalf("make a client: %v", err)
	}
	defer func() { _ = client.Close() }()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	moment := approvals{rig: r, client: client, seen: map[string]campaign.State{}}
	var group sync.WaitGroup
	for i, id := range idsOf("m", n) {
		offset := latency - early + spread*time.Duration(i*i)/(n*n)
		group.Go(func() { moment.approve(ctx, id, offset, i >= n-surely) })
	}
	group.Wait()
	r.until(25*time.Second, "all are sent", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent] == n, fmt.Sprint(counts)
	})
	r.onceEach()
	states := map[campaign.State]int{}
	for _, s := range moment.seen {
		states[s]++
	}
	t.Logf("states in which the approvals arrived: %v", states)
	if states[campaign.StateComputing] == 0 || states[campaign.StateAwaitingApproval] == 0 {
		t.Errorf("states in which the approvals arrived: got %v, want some before and some after the answer", states)
	}
}

type approvals struct {
	rig    *rig
	client *enqueue.Client
	mu     sync.Mutex
	seen   map[string]campaign.State
}

// awaitWaiting waits until a campaign waits for its approval.
func (a *approvals) awaitWaiting(ctx context.Context, id string) {
	for tick := time.Tick(20 * time.Millisecond); ; {
		r, err := a.client.Get(ctx, "", id)
		if err == nil && r.State == campaign.StateAwaitingApproval {
			return
		}
		select {
		case <-ctx.Done():
			a.rig.t.Errorf("%s: got %v, %v, want it to wait", id, r.State, err)
			return
		case <-tick:
		}
	}
}

// approve waits until the status of a campaign is being asked, and approves it
// that long after the call has arrived, or once it waits for that.
func (a *approvals) approve(ctx context.Context, id string, offset time.Duration, waiting bool) {
	var arrived time.Time
	for tick := time.Tick(20 * time.Millisecond); arrived.IsZero(); {
		for _, c := range a.rig.calls(simulator.CallStatus, id) {
			arrived = c.Time
		}
		select {
		case <-ctx.Done():
			a.rig.t.Errorf("%s: its status was never asked", id)
			return
		case <-tick:
		}
	}
	<-time.After(time.Until(arrived.Add(offset)))
	if waiting {
		a.awaitWaiting(ctx, id)
	}
	record, err := a.client.Approve(ctx, "", id, campaign.UpTo(1000*campaign.Euro))
	if err != nil {
		a.rig.t.Errorf("approve %s: %v", id, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[id] = record.State
}
