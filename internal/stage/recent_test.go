package stage

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// A runner does not ask for what it has just written, unless that was a while ago.
func TestRecentWritesAreNotLoaded(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		poll  time.Duration
		loads int
	}{
		{time.Second, 1}, // before the create, when nothing is known of Redis
		{recentFor, 3},   // and before both status calls
		{recentFor + time.Hour, 3},
	} {
		b := newBench(t)
		b.runner.Policy.PollFirst, b.runner.Policy.PollCap = tc.poll, tc.poll
		loads := 0
		b.redis.trouble = func(op string) trouble {
			if op == "load" {
				loads++
			}
			return noTrouble
		}
		b.drain(b.runner)
		if r := b.record(); r.State != campaign.StateSent || loads != tc.loads {
			t.Errorf("polled after %v: got %s after %d loads, want sent after %d", tc.poll, r.State, loads, tc.loads)
		}
	}
}

// Each sight serves once, and only the step that it waits for.
func TestRecentSightsServeOnce(t *testing.T) {
	t.Parallel()
	r := campaign.NewRecord(testCampaign(), noon(), redisA)
	r.State, r.Step = campaign.StateComputing, 2
	job := Job{Account: r.Account(), ID: r.ID(), Step: r.Next()}
	m := campaign.Moment{Now: noon(), RunID: redisA}
	var seen recent
	seen.keep(r, m, noon())
	before, got, at, ok := seen.take(job, noon().Add(time.Second))
	if !ok || before == nil || got.Step != 2 || !at.Now.Equal(noon().Add(time.Second)) {
		t.Errorf("first look: got step %d, %v, %v, want step 2, a second later", got.Step, at.Now, ok)
	}
	if _, _, _, ok := seen.take(job, noon()); ok {
		t.Error("a sight served twice")
	}
	other := job
	other.Step.Epoch++
	seen.keep(r, m, noon())
	if _, _, _, ok := seen.take(other, noon()); ok {
		t.Error("a sight served another step")
	}
	if _, _, _, ok := seen.take(job, noon()); ok {
		t.Error("a sight that was of no use was kept")
	}
}
