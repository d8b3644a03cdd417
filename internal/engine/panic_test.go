package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/task"
)

// broken is an API whose client has a bug.
type broken struct{ calls int }

func (b *broken) Do(context.Context, record.Request) record.Outcome {
	b.calls++
	panic("what now") //nolint:forbidigo // a caller with a bug is what is tested
}

// A handler that panics during its call keeps neither its place in the line nor
// its slot, which would be renewed for as long as the process lives.
func TestAPanicLeavesNothingTaken(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	p := processOf(t, with(rdb), AccountConfig{API: at("http://127.0.0.1:1"), MaxInFlight: 1, Rate: 50, Burst: 50, Concurrency: 1})
	a, api := accountOf(t, p, rdb), &broken{}
	a.stages.handler.runner.API = api
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = a.gate.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	const times = claimsAhead + 2 // more than there are places
	for i := range times {
		c := campaign.Campaign{
			ID: fmt.Sprint("c", i), Account: "default", ListName: "l", Text: "Hello STOP", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert,
		}
		func() {
			defer func() { _ = recover() }()
			a.stages.handler.handle(ctx, queue.Delivery{Stopping: t.Context(), Task: task.Task{
				Account: "default", ID: c.ID, Step: task.FirstStep(), First: &task.First{Campaign: c, EnqueuedAt: time.Now()},
			}})
		}()
	}
	if api.calls != times {
		t.Errorf("calls: got %d, want %d", api.calls, times)
	}
}
