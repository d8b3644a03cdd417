package crash

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hibiken/asynq"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/quotestore"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/internal/task"
	"github.com/octoq/octoq/worker"
)

// scenario is one campaign's way through a worker, with what befalls it there.
type scenario struct {
	name    string
	api     simulator.Config
	rules   []simulator.Rule
	account func(*worker.Account)
	shape   func(*campaign.Campaign)
	enqueue func(*trial) // in place of the ordinary one
	// warm: the servers have tasks to acknowledge before the campaign's, so that
	// its steps are handed over in one script from the first one on.
	warm bool
	// doubt: no operator has vouched for the new account.
	doubt bool
	// sleeps: the account sleeps where it has nothing to do.
	sleeps bool
	// apart: operators' Redis refuses scripts on ledger and queue together, as a
	// cluster does.
	apart bool
	// prelude is where an earlier worker died, so that the one that the points
	// are about finds what that one left.
	prelude *point
	// goals are what people want meanwhile; they try until it is so.
	goals []goal
	// end is the state that the campaign has to come to.
	end campaign.State
	// cancelled: a ticket that is not sent is cancelled at the API in the end.
	cancelled bool
}

// goal is something that an operator wants of a campaign.
type goal struct {
	name string
	met  func(*trial, campaign.Record) bool
	// act is tried every now and then while the goal is not met; met shows whether
	// it had an effect.
	act func(context.Context, *trial, campaign.Record) error
}

func after(name string) *point  { return &point{name: name, nth: 1, after: true} }
func before(name string) *point { return &point{name: name, nth: 1} }

func once(call, fault string) simulator.Rule {
	return simulator.Rule{Call: call, Fault: fault, Times: 1}
}

// scenarios are all ways that lead through every write and call of a worker.
func scenarios() []scenario {
	all := []scenario{
		{name: "send", rules: []simulator.Rule{once(simulator.CallStatus, simulator.FaultNeverReady)}},
		{name: "lost create", rules: []simulator.Rule{once(simulator.CallCreate, simulator.FaultDropAfter)}},
		{name: "lost confirm", rules: []simulator.Rule{once(simulator.CallSend, simulator.FaultDropAfter)}},
		{
			name: "lost confirm, still ready", api: simulator.Config{AfterSend: simulator.AfterSendReady},
			rules: []simulator.Rule{once(simulator.CallSend, simulator.FaultDropBefore)},
		},
		{name: "refused", shape: withoutStop, goals: []goal{replayed()}},
		{name: "refused replay", shape: withoutStop, goals: []goal{refusedOnce(), replayed()}},
		{name: "approve", account: manual, goals: []goal{approved()}},
		{
			name: "cancel while computing", rules: []simulator.Rule{once(simulator.CallCreate, simulator.FaultNeverReady)},
			goals: []goal{cancelled(campaign.StateComputing)}, end: campaign.StateCancelled, cancelled: true,
		},
		{
			name: "cancel while creating", rules: []simulator.Rule{slow(simulator.CallCreate)},
			goals: []goal{cancelled(campaign.StateCreating)}, end: campaign.StateCancelled, cancelled: true,
		},
		{
			name: "cancel while waiting", account: manual,
			goals: []goal{cancelled(campaign.StateAwaitingApproval)}, end: campaign.StateCancelled, cancelled: true,
		},
		{
			name: "quote ends", account: manual, enqueue: (*trial).enqueueOfQuote,
			end: campaign.StateCancelled, cancelled: true,
		},
		{
			name: "orphan", rules: []simulator.Rule{once(simulator.CallCreate, simulator.FaultFailed)},
			goals: []goal{replayed()}, cancelled: true,
		},
		{name: "late ticket", rules: []simulator.Rule{slow(simulator.CallCreate)}, goals: []goal{frozen()}, cancelled: true},
		{name: "hold", rules: []simulator.Rule{once(simulator.CallCreate, simulator.FaultUnauthorized)}},
		{
			name:  "hold, closed again",
			rules: []simulator.Rule{{Call: simulator.CallCreate, Fault: simulator.FaultUnauthorized, Times: 2}},
		},
		{name: "no credit", rules: []simulator.Rule{once(simulator.CallSend, simulator.FaultNoCredit)}},
		{
			name: "hold, resumed by hand", rules: []simulator.Rule{once(simulator.CallCreate, simulator.FaultUnauthorized)},
			account: func(a *worker.Account) { a.Probe, a.ProbeMax = patience, patience },
			goals:   []goal{resumed()},
		},
		{name: "unreadable", enqueue: (*trial).garbage, end: campaign.StateDead},
		{name: "asleep", sleeps: true, enqueue: (*trial).enqueueForLater, goals: []goal{asleepAgain()}},
	}
	return withDefaults(slices.Concat(all, replays(), forgotten(), warm(all), inherited()))
}

// warm are those of the ways whose settles are unlike each other, once more.
func warm(all []scenario) []scenario {
	var out []scenario
	for _, s := range all {
		if slices.Contains([]string{"send", "lost create", "lost confirm", "approve", "cancel while computing", "orphan", "late ticket"}, s.name) {
			s.name, s.warm = s.name+", handed over", true
			out = append(out, s)
		}
	}
	return out
}

// inherited are the ways that begin with what a dead worker left.
func inherited() []scenario {
	return []scenario{
		{name: "step without task", prelude: after("stage.settleClaim ledger.Commit creating→computing")},
		{
			name: "death without letter", shape: withoutStop,
			prelude: after("stage.settleClaim ledger.Commit creating→dead"), goals: []goal{replayed()},
		},
		{
			name: "orphan without task", rules: []simulator.Rule{once(simulator.CallCreate, simulator.FaultFailed), refusedDelete()},
			prelude: before("stage.enqueueOrphans queue.Send script cancel:pending"), goals: []goal{replayed()}, cancelled: true,
		},
		{name: "first create without worker", prelude: after("asynq.Dequeue create:pending")},
		{name: "create taken over", prelude: after("call create")},
		{name: "confirm taken over", prelude: after("call send")},
		{
			name: "cancel taken over", rules: []simulator.Rule{once(simulator.CallCreate, simulator.FaultNeverReady)},
			prelude: after("call cancel"), goals: []goal{cancelled(campaign.StateComputing)},
			end: campaign.StateCancelled, cancelled: true,
		},
	}
}

func withDefaults(all []scenario) []scenario {
	for i := range all {
		if all[i].end == "" {
			all[i].end = campaign.StateSent
		}
	}
	return all
}

func slow(call string) simulator.Rule {
	return simulator.Rule{Call: call, Fault: simulator.FaultLatency, LatencyMS: 2500, CarryOut: true, Times: 1}
}

func withoutStop(c *campaign.Campaign) { c.Text = "Hello" }

func manual(a *worker.Account) { a.Confirm = campaign.ConfirmManual }

func ended(_ *trial, r campaign.Record) bool {
	return r.State.Final()
}

func approved() goal {
	return goal{
		name: "approved",
		met:  func(t *trial, r campaign.Record) bool { return r.Approved || ended(t, r) },
		act: func(ctx context.Context, t *trial, r campaign.Record) error {
			if r.State != campaign.StateAwaitingApproval {
				return nil
			}
			_, err := t.client.Approve(ctx, t.account, r.ID(), record.AsShown(r))
			return err
		},
	}
}

// cancelled asks for a cancel in a state.
func cancelled(in campaign.State) goal {
	return goal{
		name: "cancelled",
		met:  func(t *trial, r campaign.Record) bool { return r.CancelRequested || ended(t, r) },
		act: func(ctx context.Context, t *trial, r campaign.Record) error {
			if r.State != in {
				return nil
			}
			_, err := t.client.Cancel(ctx, t.account, r.ID())
			return err
		},
	}
}

// replayed corrects the text of a dead campaign and replays it, unless that would take
// force.
func replayed() goal {
	return goal{
		name: "replayed",
		met: func(_ *trial, r campaign.Record) bool {
			return r.Run > 1 || r.State == campaign.StateDead && (r.MaybeConfirmed || refusedInDoubt(r))
		},
		act: func(ctx context.Context, t *trial, r campaign.Record) error {
			if r.State != campaign.StateDead {
				return nil
			}
			_, err := t.desk.Edit(ctx, t.account, r.ID(), [][2]string{{"text", "Hello again STOP au 30101"}})
			if err != nil {
				return err
			}
			return t.desk.Replay(ctx, t.account, r.ID(), "", false)
		},
	}
}

// refusedOnce runs a letter that is no campaign any more, as asynq's page can.
func refusedOnce() goal {
	return goal{
		name: "replay refused",
		met:  func(_ *trial, r campaign.Record) bool { return r.Epoch > 0 || r.Run > 1 || r.MaybeConfirmed },
		act: func(ctx context.Context, t *trial, r campaign.Record) error {
			if r.State != campaign.StateDead {
				return nil
			}
			letters := queue.NewLetters(t.rdb)
			b, err := letters.At(ctx, t.account, r.ID(), (record.Record{Record: r}).Next())
			if err != nil || b.Running {
				return err
			}
			broken := task.Letter{Campaign: r.Campaign, Failure: *r.Failure}
			broken.Campaign.Text = ""
			if err := letters.Edit(ctx, b, broken); err != nil {
				return err
			}
			return letters.Run(ctx, t.account, r.ID(), (record.Record{Record: r}).Next())
		},
	}
}

// frozen lets time pass while a call is under way, once.
func frozen() goal {
	return goal{
		name: "frozen",
		met:  func(t *trial, r campaign.Record) bool { return t.frozen || ended(t, r) },
		act: func(_ context.Context, t *trial, r campaign.Record) error {
			if r.State != campaign.StateCreating || r.Claim == nil {
				return nil
			}
			t.frozen = true
			t.pass()
			return nil
		},
	}
}

// resumed resumes a queue that octoq has paused, as asynq's page does.
func resumed() goal {
	return goal{
		name: "resumed",
		met:  ended,
		act: func(ctx context.Context, t *trial, _ campaign.Record) error {
			sure, err := t.rdb.HGet(ctx, key.Limit(t.account), "pause:"+string(campaign.StageConfirm)).Result()
			if err != nil || sure != "sure" {
				return err
			}
			_, err = queue.NewInspector(t.rdb).Unpause(ctx, t.account, campaign.StageStatus)
			return err
		},
	}
}

// asleepAgain waits until the campaign has ended and its account sleeps over that.
func asleepAgain() goal {
	return goal{
		name: "asleep",
		met: func(t *trial, r campaign.Record) bool {
			if !r.State.Final() {
				return false
			}
			for _, id := range t.rdb.SMembers(t.Context(), key.Workers).Val() {
				if t.rdb.SIsMember(t.Context(), key.WorkerAsleep(id), t.account).Val() {
					return true
				}
			}
			return false
		},
		act: func(context.Context, *trial, campaign.Record) error { return nil },
	}
}

// enqueueForLater enqueues what wakes its account.
func (t *trial) enqueueForLater() {
	t.Helper()
	t.script.shape = func(c *campaign.Campaign) { c.NotBefore = time.Now().Add(3 * time.Second) }
	t.enqueue()
}

// enqueueOfQuote enqueues a part of a quote whose time has passed.
func (t *trial) enqueueOfQuote() {
	t.Helper()
	const name = "q"
	if err := quotestore.New(t.rdb).Keep(t.Context(), t.account, name, -time.Minute); err != nil {
		t.Fatal(err)
	}
	t.script.shape = func(c *campaign.Campaign) { c.Labels = map[string]string{quotestore.Label: name} }
	t.enqueue()
}

// garbage puts a task that no worker can read into the create queue.
func (t *trial) garbage() {
	t.Helper()
	stage := campaign.StageCreate
	_, err := asynq.NewClientFromRedisClient(t.rdb).EnqueueContext(t.Context(), asynq.NewTask("campaign:create", []byte("garbage")),
		asynq.Queue(key.Queue(t.account, stage)), asynq.TaskID(t.id()))
	if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) {
		t.Fatal(err)
	}
}
