package action

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/enqueue/enqueuetest"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

// rig is what one test acts on.
type rig struct {
	*Actions
	t       *testing.T
	rdb     redis.UniversalClient
	kit     *enqueuetest.Kit
	ledger  *ledger.Store
	letters *queue.Letters
}

func newRig(t *testing.T) *rig {
	t.Helper()
	server := redistest.Start(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = rdb.Close() })
	return newRigOn(t, rdb)
}

// onBoth runs a test on one server, and on a cluster, where what is one script here takes
// several steps.
func onBoth(t *testing.T, test func(*testing.T, *rig)) {
	t.Helper()
	t.Run("one server", func(t *testing.T) { t.Parallel(); test(t, newRig(t)) })
	t.Run("a cluster", func(t *testing.T) { t.Parallel(); test(t, newRigOn(t, redistest.StartCluster(t))) })
}

func newRigOn(t *testing.T, rdb redis.UniversalClient) *rig {
	t.Helper()
	store, err := ledger.New(rdb, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, rdb: rdb, kit: enqueuetest.New(t, enqueuetest.WithRedis(rdb)), ledger: store, letters: queue.NewLetters(rdb)}
	r.Actions = r.process()
	return r
}

// process is another process on the same Redis.
func (r *rig) process() *Actions {
	r.t.Helper()
	a, err := New(Config{
		Redis: r.rdb, Client: r.kit.Client(),
		Operator: func(who string) (*admin.Service, error) { return admin.New(r.rdb, who, 0) },
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

// enqueue enqueues n campaigns c0, c1, …, each to a list of its own.
func (r *rig) enqueue(n int) { r.t.Helper(); r.enqueueFrom(0, n) }

// enqueueFrom is enqueue for campaigns from one number on, and before another.
func (r *rig) enqueueFrom(first, behind int) {
	r.t.Helper()
	all := make([]campaign.Campaign, behind-first)
	for at := range all {
		i := first + at
		all[at] = campaign.Campaign{
			ID: fmt.Sprint("c", i), ListName: fmt.Sprint("l", i), Text: "Hello. STOP au 30101",
			Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, Labels: map[string]string{"odd": fmt.Sprint(i % 2)},
		}
	}
	for c, err := range r.kit.Client().EnqueueAll(r.t.Context(), slices.Values(all)) {
		if err != nil {
			r.t.Fatalf("enqueue %v: %v", c, err)
		}
	}
}

// dead makes n campaigns that Octopush refused, with their letters.
func (r *rig) dead(n int) {
	r.t.Helper()
	r.enqueue(n)
	for i := range n {
		r.die(fmt.Sprint("c", i))
	}
}

// die ends a campaign, as a worker does when Octopush refuses it.
func (r *rig) die(id string) {
	r.t.Helper()
	r.kit.Advance(id, campaign.StateDead, func(c *campaign.Record) { c.Failure = &campaign.Failure{Class: campaign.FailRejected} })
	known, _, err := r.ledger.Load(r.t.Context(), "default", id)
	if err != nil {
		r.t.Fatal(err)
	}
	letter := task.LetterOf(known)
	if err := r.letters.Bury(r.t.Context(), task.Task{Account: "default", ID: id, Step: known.Next(), Letter: &letter}); err != nil {
		r.t.Fatal(err)
	}
}

// priced lets a campaign wait for a person at a price.
func (r *rig) priced(id string, cost campaign.Money, contacts int) {
	r.t.Helper()
	r.kit.Advance(id, campaign.StateAwaitingApproval, func(c *campaign.Record) {
		c.Cost, c.Contacts, c.PricedAt = cost, contacts, time.Now()
	})
}

// plan is a dry run that has to succeed.
func (r *rig) plan(v Verb, f enqueue.Filter, reason string) Preview {
	r.t.Helper()
	p, err := r.Plan(r.t.Context(), Order{Verb: v, Filter: f, Reason: reason})
	if err != nil {
		r.t.Fatalf("plan to %s: %v", v, err)
	}
	return p
}

// carry begins a plan and carries it out.
func (r *rig) carry(id string) Status {
	r.t.Helper()
	if _, err := r.Begin(r.t.Context(), id, "user:anna"); err != nil {
		r.t.Fatalf("begin: %v", err)
	}
	if err := r.Carry(r.t.Context(), id, nil); err != nil {
		r.t.Fatalf("carry out: %v", err)
	}
	return r.status(id)
}

func (r *rig) status(id string) Status {
	r.t.Helper()
	s, err := r.Status(r.t.Context(), id)
	if err != nil {
		r.t.Fatalf("status: %v", err)
	}
	return s
}

// want fails unless an action has come so far.
func (r *rig) want(s Status, state RunState, done, skipped, failed int) {
	r.t.Helper()
	if s.State != state || s.Done != done || s.Skipped != skipped || s.Failed != failed {
		r.t.Errorf("got %s, %d done, %d skipped, %d failed, %+v; want %s, %d, %d, %d",
			s.State, s.Done, s.Skipped, s.Failed, s.Problems, state, done, skipped, failed)
	}
}

// record is a campaign with its timeline.
func (r *rig) record(id string) campaign.Record {
	r.t.Helper()
	found, err := r.kit.Client().Get(r.t.Context(), "default", id)
	if err != nil {
		r.t.Fatal(err)
	}
	return found
}

// times is how often a thing stands in a campaign's timeline, in the name of the person who began the action.
func (r *rig) times(id, what string) int {
	r.t.Helper()
	n := 0
	for _, e := range r.record(id).Timeline {
		if e.What == what && e.Who == "user:anna" {
			n++
		}
	}
	return n
}

// run reports whether the letter of a campaign was run.
func (r *rig) ran(id string) bool {
	r.t.Helper()
	known, _, err := r.ledger.Load(r.t.Context(), "default", id)
	if err != nil {
		r.t.Fatal(err)
	}
	b, err := r.letters.At(r.t.Context(), "default", id, known.Next())
	if err != nil {
		r.t.Fatal(err)
	}
	return b.Running
}

func dead() enqueue.Filter { return enqueue.Filter{State: campaign.StateDead} }
