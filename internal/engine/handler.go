package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/metrics"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/stage"
	"github.com/octoq/octoq/internal/task"
)

// handler serves the tasks of all stages of an account.
type handler struct {
	account string
	runner  *stage.Runner
	ledger  *ledger.Store
	metrics *metrics.Worker
	log     accountLog
	first   firstTask
	apart   bool // tasks and records are on different nodes
}

// handle gives a delivery to its stage and says what becomes of the task.
func (h *handler) handle(ctx context.Context, d queue.Delivery) queue.Result {
	ctx, cancel := until(ctx, d.Stopping)
	defer cancel()
	res := h.keepFirst(ctx, d, h.keepForeign(d, h.serve(ctx, d)))
	log := h.log.Debug()
	if res.Err != nil && ctx.Err() == nil {
		h.metrics.Trouble(h.account, d.Task.Step.Stage)
		log = h.log.warn(res.Err)
	}
	log.Str(logID, d.Task.ID).Str(logTask, d.TaskID).Str(logStage, string(d.Task.Step.Stage)).
		Bool("done", res.Done).Time("again_at", res.At).Msg("step handled")
	if res.Done {
		return queue.Done()
	}
	return queue.Again(res.At)
}

// keepForeign keeps a task that has served by what another Redis than that of the task
// knows. While a worker moves from one to the other, it may look at the record of the
// one that is left behind, and the one that remains may have nothing of the campaign
// but the task. On a cluster the two are on different nodes; there keepFirst looks.
func (h *handler) keepForeign(d queue.Delivery, res stage.JobResult) stage.JobResult {
	run, _, _ := strings.Cut(res.RunID, ".") // behind it is the epoch of the ledger
	if !res.Done || h.apart || run == d.RunID {
		return res
	}
	h.log.Debug().Str(logID, d.Task.ID).Str(logTask, d.TaskID).Msg("redis was replaced while the task was worked on: it comes back")
	return stage.JobResult{At: time.Now().Add(foreignPause)}
}

// foreignPause is about as long as a worker takes to leave a Redis that was replaced.
const foreignPause = time.Second

// keepFirst puts a first task off that is done with and may not go yet.
func (h *handler) keepFirst(ctx context.Context, d queue.Delivery, res stage.JobResult) stage.JobResult {
	if !res.Done || d.Err != nil || d.Task.First == nil {
		return res
	}
	err := h.first.acknowledgeable(ctx, d.Task.ID)
	switch {
	case err == nil:
		return res
	case errors.Is(err, errNoReplica): // of many campaigns at a time: it is one matter, of Redis's
		h.log.Debug().Err(err).Str(logID, d.Task.ID).Msg("first task is kept")
		return stage.JobResult{At: time.Now().Add(replicaWithin)}
	default:
		return stage.JobResult{Err: err, At: time.Now().Add(replicaWithin)}
	}
}

func (h *handler) serve(ctx context.Context, d queue.Delivery) stage.JobResult {
	dead := d.Task.Step.Stage == campaign.StageDead && d.Task.ID != ""
	if f := d.Task.First; d.Err == nil && f != nil {
		// octoq's producers check this; other programs that fill the queue may not.
		d.Err = record.ValidateQueued(f.Campaign)
	}
	var res stage.JobResult
	switch {
	case errors.Is(d.Err, task.ErrNewer): // left to a worker that knows it
		res.Err = d.Err
	case dead:
		res = h.replay(ctx, d)
	case d.Err != nil:
		res = h.unreadable(ctx, d)
	default:
		res = h.runner.Handle(ctx, jobOf(d.Task))
		h.expireCancelled(ctx, d.Task.ID, res)
	}
	if errors.Is(res.Err, campaign.ErrVersion) {
		res.At = time.Now().Add(versionPause())
	}
	return res
}

// expireCancelled lets the record of a campaign expire that was cancelled before any
// worker claimed it, now that its first create is done with. If this fails, the sweep
// does it.
func (h *handler) expireCancelled(ctx context.Context, id string, res stage.JobResult) {
	if !res.Cancelled {
		return
	}
	if err := h.ledger.Expire(ctx, h.account, id); err != nil {
		h.log.Debug().Err(err).Str(logID, id).Msg("a cancelled campaign does not expire yet")
	}
}

func jobOf(t task.Task) stage.Job {
	return stage.Job{Account: t.Account, ID: t.ID, Step: t.Step, First: firstRecord(t)}
}

// firstRecord is what a first create's campaign begins with; nil for every
// other task.
func firstRecord(t task.Task) *record.Record {
	f := t.First
	if f == nil {
		return nil
	}
	r := f.Record()
	return &r
}

// replay starts the next run of a dead campaign, or refuses.
func (h *handler) replay(ctx context.Context, d queue.Delivery) stage.JobResult {
	l := lifecycle.DeadLetter{Account: d.Task.Account, ID: d.Task.ID, Step: d.Task.Step, Fault: d.Err}
	if d.Task.Letter != nil {
		l.Campaign = d.Task.Letter.Campaign
	}
	return h.runner.Replay(ctx, l)
}

// unreadable makes a dead letter of a task that cannot be read, or whose
// campaign is not valid here, so that it is neither retried for ever nor
// lost. A step whose record is there needs no letter: the record knows what
// comes next, and the sweep queues it.
func (h *handler) unreadable(ctx context.Context, d queue.Delivery) stage.JobResult {
	j := lifecycle.RejectedTask{
		Account: h.account, ID: d.Task.ID, Fault: d.Err,
		First: d.Task.Step == task.FirstStep() || d.Task.ID == "",
	}
	if j.ID == "" {
		sum := sha256.Sum256([]byte(d.TaskID))
		j.ID = "unreadable-" + hex.EncodeToString(sum[:8])
	}
	if len(d.Payload) <= mostKept {
		j.Record = firstRecord(d.Task)
	}
	if j.Record == nil {
		j.Unread = task.Printable(d.Payload)
	}
	return h.runner.Reject(ctx, j)
}

// mostKept is the largest payload whose campaign is kept as one although it is
// not valid: as a letter it is several times as long, and has to be one still.
const mostKept = 64 << 10

// versionPause is how long a task or record of an unknown version is left to others:
// while workers of two versions run, one that knows the version gets it within seconds;
// where none does, it costs a look now and then.
func versionPause() time.Duration {
	const least, spread = 2 * time.Second, 4 * time.Second
	return least + mathrand.N(spread)
}

// until is a context that ends with ctx or with stopping.
func until(ctx, stopping context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(stopping, cancel)
	return ctx, func() { stop(); cancel() }
}
