package stage

import (
	"testing"

	"github.com/octoq/octoq/campaign"
)

// An accepted create is told to the ledger once.
func TestCreatesAreTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	told := map[bool]int{}
	b.redis.meddle = func(ch campaign.Change) { told[ch.Created]++ }
	b.drain(b.runner)
	b.is("sent", 1)
	if told[true] != 1 {
		t.Errorf("writes that tell of a create: got %d, want 1", told[true])
	}
}
