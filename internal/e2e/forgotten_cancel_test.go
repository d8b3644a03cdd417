package e2e

import (
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// timeRunsOut lets a record go whose time is limited, as its retention would: Redis's
// clock cannot be moved.
func (r *rig) timeRunsOut(id string) {
	r.t.Helper()
	rdb, record := r.redis.Client(), "octoq:{default}:c:"+id
	left, err := rdb.PTTL(r.t.Context(), record).Result()
	if err == nil && left >= 0 {
		err = rdb.Del(r.t.Context(), record, record+":log").Err()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// firstCreate is the state of the task of a campaign's first create, 0 if it is gone.
func (r *rig) firstCreate(id string) asynq.TaskState {
	inspector := asynq.NewInspector(asynq.RedisClientOpt{Addr: r.redis.Addr})
	defer func() { _ = inspector.Close() }()
	task, err := inspector.GetTaskInfo("default.create", id)
	if err != nil {
		return 0
	}
	return task.State
}

// lasting is how long a campaign's record stays: -1 for good.
func (r *rig) lasting(id string) time.Duration {
	r.t.Helper()
	left, err := r.redis.Client().PTTL(r.t.Context(), "octoq:{default}:c:"+id).Result()
	if err != nil {
		r.t.Fatal(err)
	}
	return left
}

// A campaign that is cancelled during a hold is not sent when the hold ends, however
// long that lasted. Its first create waits in a queue, and the cancel takes it out.
func TestCancelledDuringAHold(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.known()
	if err := r.sim.SetCredentials(simulator.Credentials{Disabled: true}); err != nil {
		t.Fatal(err)
	}
	r.enqueue(toList("first", ""))
	r.awaitHold(record.HoldAccount, 101)
	ids := []string{"now", "later"}
	r.enqueue(toList("now", "") + toList("later", `,"not_before":"2099-01-31T09:00:00Z"`))
	for _, id := range ids {
		r.must(0, "cancel", id)
		r.await(10*time.Second, id, campaign.StateCancelled)
		switch state, left := r.firstCreate(id), r.lasting(id); {
		case state != 0 && left >= 0:
			t.Errorf("%s: its record goes in %v while its first create is %v", id, left, state)
		case state == 0 && left < 0:
			t.Errorf("%s: its record stays for good although its first create is gone", id)
		}
		r.timeRunsOut(id)
	}
	if err := r.sim.SetCredentials(simulator.Credentials{}); err != nil {
		t.Fatal(err)
	}
	r.await(60*time.Second, "first", campaign.StateSent)
	r.send("last")
	for _, id := range ids {
		if n := len(r.calls(simulator.CallCreate, id)); n > 0 || r.firstCreate(id) != 0 {
			t.Errorf("%s: got %d creates and its first create in state %d, want neither", id, n, r.firstCreate(id))
		}
	}
	r.sentOnce("first", "last")
}

// A campaign is cancelled while a worker has its first create in hand, and waits for
// its turn at the API. The record stays until that task is done, whatever becomes of
// the worker, and goes some time after it.
func TestCancelledInAWorkersHands(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick("OCTOQ_MAX_IN_FLIGHT=1")
	w := r.known()
	hang := r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "first", Fault: simulator.FaultHang})
	r.enqueue(toList("first", ""))
	r.underWay(simulator.CallCreate, "first")
	r.enqueue(toList("x", ""))
	r.until(20*time.Second, "a worker has the create of x in hand", func() (bool, string) {
		state := r.firstCreate("x")
		return state == asynq.TaskStateActive, state.String()
	})
	r.must(0, "cancel", "x")
	r.await(10*time.Second, "x", campaign.StateCancelled)
	if state := r.firstCreate("x"); state != asynq.TaskStateActive {
		t.Fatalf("the create of x is %v, want it in the worker's hands still", state)
	}
	r.timeRunsOut("x")
	w.kill()
	hang()
	r.worker()
	r.await(90*time.Second, "first", campaign.StateSent)
	r.until(90*time.Second, "the create of x is done with, and its record goes some time", func() (bool, string) {
		left := r.lasting("x")
		return left > 0 && r.firstCreate("x") == 0, left.String()
	})
	if s := r.status("x"); s.State != campaign.StateCancelled || len(r.calls(simulator.CallCreate, "x")) > 0 {
		t.Errorf("got %+v, want it cancelled, and no call", s)
	}
	r.sentOnce("first")
}
