package worker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/stage"
	"github.com/octoq/octoq/internal/task"
)

// handle gives a delivery to its stage and says what becomes of the task.
func (a *account) handle(ctx context.Context, d queue.Delivery) queue.Result {
	ctx, cancel := until(ctx, d.Stopping)
	defer cancel()
	res := a.serve(ctx, d)
	log := a.log.Debug()
	if res.Err != nil && ctx.Err() == nil {
		a.metrics.Trouble(a.name, d.Task.Step.Stage)
		log = a.log.Warn().Err(res.Err)
	}
	log.Str(logID, d.Task.ID).Str(logTask, d.TaskID).Str(logStage, string(d.Task.Step.Stage)).
		Bool("done", res.Done).Time("again_at", res.At).Msg("step handled")
	if res.Done {
		return queue.Done()
	}
	return queue.Again(res.At)
}

func (a *account) serve(ctx context.Context, d queue.Delivery) stage.Result {
	dead := d.Task.Step.Stage == campaign.StageDead && d.Task.ID != ""
	if f := d.Task.First; d.Err == nil && f != nil {
		// A producer of octoq's checks this; whoever else fills the queue may not.
		d.Err = f.Campaign.Validate()
	}
	switch {
	case dead:
		return a.replay(ctx, d)
	case d.Err != nil:
		return a.unreadable(ctx, d)
	default:
		return a.runner.Handle(ctx, jobOf(d.Task))
	}
}

func jobOf(t task.Task) stage.Job {
	job := stage.Job{Account: t.Account, ID: t.ID, Step: t.Step}
	if f := t.First; f != nil {
		r := campaign.NewRecord(f.Campaign, f.EnqueuedAt, f.Origin)
		job.First = &r
	}
	return job
}

// replay starts the next run of a dead campaign, or refuses.
func (a *account) replay(ctx context.Context, d queue.Delivery) stage.Result {
	l := stage.Letter{Account: d.Task.Account, ID: d.Task.ID, Step: d.Task.Step, Fault: d.Err}
	if d.Task.Letter != nil {
		l.Campaign = d.Task.Letter.Campaign
	}
	return a.runner.Replay(ctx, l)
}

// unreadable makes a dead letter of a task that cannot be read, so that it
// neither goes round for ever nor is lost. A step whose record is there needs
// no letter: the record knows what comes next, and the sweep queues it. A task
// of a version that this octoq does not know is left to a worker that does.
func (a *account) unreadable(ctx context.Context, d queue.Delivery) stage.Result {
	if errors.Is(d.Err, campaign.ErrVersion) {
		return stage.Result{At: time.Now().Add(versionPause), Err: d.Err}
	}
	id := d.Task.ID
	if id == "" {
		sum := sha256.Sum256([]byte(d.TaskID))
		id = "unreadable-" + hex.EncodeToString(sum[:8])
	}
	return a.runner.Reject(ctx, stage.Reject{
		Account: a.name, ID: id, Fault: d.Err, Unread: task.Printable(d.Payload),
		First: d.Task.Step.Stage == campaign.StageCreate && d.Task.Step == task.FirstStep() || d.Task.ID == "",
	})
}

// versionPause is how long a task of an unknown version is left to others.
const versionPause = 30 * time.Second

// until is a context that ends with ctx or when stopping is closed.
func until(ctx context.Context, stopping <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(); <-done }
}
