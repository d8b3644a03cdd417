package stage

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// A runner does not ask for what it has just written, unless that was a while ago.
func TestRecentWritesAreNotLoaded(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		poll  time.Duration
		loads int
	}{
		{time.Second, 1}, // before the create, when nothing is known of Redis
		{cachedFor, 3},   // and before both status calls
		{cachedFor + time.Hour, 3},
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

// Each cached record serves once, and only the step that it waits for.
func TestCachedRecordsServeOnce(t *testing.T) {
	t.Parallel()
	r := record.New(recordtest.Campaign(), recordtest.Noon(), recordtest.RunID)
	r.State, r.Step = campaign.StateComputing, 2
	job := Job{Account: r.Account(), ID: r.ID(), Step: r.Next()}
	m := record.Snapshot{Now: recordtest.Noon(), RunID: recordtest.RunID}
	var cache recordCache
	cache.add(r, m, recordtest.Noon())
	got, ok := cache.fetch(job, recordtest.Noon().Add(time.Second))
	if !ok || got.before == nil || got.record.Step != 2 || !got.at.Now.Equal(recordtest.Noon().Add(time.Second)) {
		t.Errorf("first look: got step %d, %v, %v, want step 2, a second later", got.record.Step, got.at.Now, ok)
	}
	if _, ok := cache.fetch(job, recordtest.Noon()); ok {
		t.Error("a cached record served twice")
	}
	other := job
	other.Step.Epoch++
	cache.add(r, m, recordtest.Noon())
	if _, ok := cache.fetch(other, recordtest.Noon()); ok {
		t.Error("a cached record served another step")
	}
	if _, ok := cache.fetch(job, recordtest.Noon()); ok {
		t.Error("a cached record that was of no use was kept")
	}
}
