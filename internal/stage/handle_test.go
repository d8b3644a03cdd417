package stage

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

func TestCampaignIsCarriedThrough(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		edit  func(b *bench)
		state string
		calls string
		sent  int
		story string
	}{
		{"a list", func(*bench) {}, "sent", "create status status confirm", 1, "created, ready, sent"},
		{"a tag", func(b *bench) { b.c.ListName, b.c.TagName = "", "vip" }, "sent", "create status status confirm", 1, "created, ready, sent"},
		{"a simulation", func(b *bench) { b.c.SimulationMode = true }, "simulated", "create", 0, "simulated"},
		{"in its time", func(b *bench) { b.c.NotBefore = recordtest.Noon().Add(time.Hour) }, "sent", "create status status confirm", 1, "created, ready, sent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.edit)
			b.drain(b.runner)
			b.is(c.state, c.sent)
			if got := b.calls(); got != c.calls {
				t.Errorf("calls: got %q, want %q", got, c.calls)
			}
			if got := b.story(); got != c.story {
				t.Errorf("timeline: got %q, want %q", got, c.story)
			}
			if b.gate.given != len(b.gate.released) || b.gate.given != len(b.api.calls) {
				t.Errorf("gate: %d permits given and %d given back for %d calls, want as many of each", b.gate.given, len(b.gate.released), len(b.api.calls))
			}
			if len(b.redis.tasks) != 0 {
				t.Errorf("tasks left over: %v, want none", b.redis.tasks)
			}
			for _, r := range b.api.calls {
				requestIsRight(t, b, r)
			}
		})
	}
}

// requestIsRight checks what the adapter of the API is given.
func requestIsRight(t *testing.T, b *bench, r record.Request) {
	t.Helper()
	create := r.Call == campaign.CallCreate
	switch {
	case r.Account != b.c.Account, r.Campaign.ListName != b.c.ListName, r.Campaign.TagName != b.c.TagName:
		t.Errorf("%s: for %s, list %q, tag %q, want the campaign's own", r.Call, r.Account, r.Campaign.ListName, r.Campaign.TagName)
	case create != (r.RequestID != ""), create != (r.Ticket == ""):
		t.Errorf("%s: request_id %q and ticket %q, want one of them", r.Call, r.RequestID, r.Ticket)
	case r.NotAfter.IsZero():
		t.Errorf("%s: no end of the permit", r.Call)
	}
}

func TestManualWaitsForApproval(t *testing.T) {
	t.Parallel()
	b := newBench(t, manual)
	b.drain(b.runner)
	b.is("awaiting_approval", 0)
	if r := b.record(); r.Cost != 25800 || r.Contacts != 20 {
		t.Errorf("a person sees %d contacts at %v, want 20 at 2.58", r.Contacts, r.Cost)
	}
	if err := b.approve(); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("sent approved", 1)
}

func TestTicketOfLostAnswerIsNeverConfirmed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.api.wrong = once(campaign.CallCreate, &misstep{carriedOut: true, out: record.Outcome{Class: record.ClassUnanswered}})
	b.drain(b.runner)
	b.is("sent lost try=2", 1)
	ids := requestIDs(b)
	if len(ids) != 3 || ids[0] != ids[1] || ids[1] == ids[2] {
		t.Fatalf("request_ids: got %q, want the first twice and then another", ids)
	}
	if r := b.record(); r.Ticket != "T2" || r.LostRequests[0] != ids[0] {
		t.Errorf("got ticket %s, lost %v, want T2 and %s", r.Ticket, r.LostRequests, ids[0])
	}
}

// once makes one thing go wrong with the first call of a kind.
func once(call campaign.Call, m *misstep) func(record.Request) *misstep {
	return func(r record.Request) *misstep {
		if r.Call != call {
			return nil
		}
		now := m
		m = nil
		return now
	}
}

func requestIDs(b *bench) []string {
	var ids []string
	for _, r := range b.api.calls {
		if r.RequestID != "" {
			ids = append(ids, r.RequestID)
		}
	}
	return ids
}

// points are the cuts of an undisturbed life, for tests that do something at
// each of them.
func points(t *testing.T, edits ...func(*bench)) []string {
	t.Helper()
	b := newBench(t, edits...)
	b.drain(b.runner)
	if b.redis.records[b.c.Account+"/"+b.c.ID].State == campaign.StateAwaitingApproval {
		if err := b.approve(); err != nil {
			t.Fatal(err)
		}
		b.drain(b.runner)
	}
	return b.cuts
}

// An approval, whenever it comes, is never lost, whatever the worker does in
// that moment: the campaign is sent without the help of the sweep.
func TestApproveAtEveryPoint(t *testing.T) {
	t.Parallel()
	waits := newBench(t, manual)
	waits.drain(waits.runner)
	for n, point := range waits.cuts {
		t.Run(fmt.Sprint(n, " ", point), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, manual)
			b.onCut = func(at int, _ string) {
				if at != n {
					return
				}
				if err := b.approve(); err != nil {
					t.Error(err)
				}
			}
			b.drain(b.runner)
			b.is("sent approved", 1)
		})
	}
}

func TestGateThatStaysShut(t *testing.T) {
	t.Parallel()
	hold := &GateClosedError{At: recordtest.Noon().Add(time.Hour), Why: "on hold"}
	for _, c := range []struct {
		name   string
		err    error
		at     time.Time
		passed bool // to the queue, which logs it
	}{
		{"known to be long", fmt.Errorf("gate: %w", hold), hold.At, false},
		{"the process stops", context.Canceled, time.Time{}, false},
		{"Redis is away", errRedis, recordtest.Noon().Add(2 * time.Second), true},
	} {
		b := newBench(t)
		b.gate.shut = func(context.Context, campaign.Call) error { return c.err }
		res, _ := b.step(t.Context(), b.runner)
		if res.Done || !res.At.Equal(c.at) || (res.Err != nil) != c.passed {
			t.Errorf("%s: got %+v, want again at %v, the error passed on %v", c.name, res, c.at, c.passed)
		}
		if len(b.redis.records) != 0 || len(b.api.calls) != 0 {
			t.Errorf("%s: something was begun", c.name)
		}
	}
}

// Times in the queue are those of the local clock, whatever Redis's says.
func TestTimesAreLocal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.runner.Now = func() time.Time { return b.clock.Now().Add(-time.Hour) }
	if _, more := b.step(t.Context(), b.runner); !more {
		t.Fatal("nothing was due")
	}
	want := recordtest.Noon().Add(-time.Hour).Add(testPolicy().PollFirst)
	if at, ok := b.redis.soonest(); !ok || !at.Equal(want) {
		t.Errorf("the status is due at %v on the local clock, want %v", at, want)
	}
	if got, want := b.record().Started[campaign.CallCreate].At, recordtest.Noon(); !got.Equal(want) {
		t.Errorf("the record's clock is Redis's: got %v, want %v", got, want)
	}
}

func TestWakeUpsOfUnknownCampaigns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	step := record.Step{Stage: campaign.StageStatus, Run: 1, Step: 2}
	if res := b.runner.Handle(t.Context(), Job{Account: b.c.Account, ID: "purged", Step: step}); !res.Done {
		t.Errorf("a campaign that is gone: got %+v, want done", res)
	}
	orphan := record.Step{Stage: campaign.StageCancel, Run: 1}
	if res := b.runner.Handle(t.Context(), Job{Account: b.c.Account, ID: "purged", Step: orphan}); !res.Done {
		t.Errorf("its orphans: got %+v, want done", res)
	}
	b.runner.Ledger = unreadable{b.redis}
	if res := b.runner.Handle(t.Context(), Job{Account: b.c.Account, ID: b.c.ID, Step: step}); res.Done || !errors.Is(res.Err, campaign.ErrVersion) {
		t.Errorf("a record of tomorrow: got %+v, want again with the reason", res)
	}
}

// unreadable is a ledger of a newer octoq.
type unreadable struct{ *fakeRedis }

func (unreadable) Load(context.Context, string, string) (record.Record, record.Snapshot, error) {
	return record.Record{}, record.Snapshot{}, campaign.ErrVersion
}

// A claim runs from the moment it is taken, not from before the wait at the
// gate, however long that was.
func TestClaimRunsFromAfterTheGate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.gate.shut = func(context.Context, campaign.Call) error {
		b.clock.advance(10 * time.Minute)
		return nil
	}
	b.drain(b.runner)
	b.is("sent", 1)
	if got := b.story(); got != "created, ready, sent" {
		t.Errorf("timeline: got %q, want nothing unanswered", got)
	}
}
