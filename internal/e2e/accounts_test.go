package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// An account with bad credentials and a thousand campaigns waiting takes
// nothing from its neighbour in the same worker.
func TestOneAccountsTroubleDelaysNoOther(t *testing.T) {
	t.Parallel()
	const n, waiting = 40, 1000
	r := newRig(t, simulator.Config{Accounts: []simulator.Account{
		{Login: "good@example.com", Key: "good-key", Balance: 1e6},
		{Login: "bad@example.com", Key: "another-key", Balance: 1e6},
	}})
	r.setenv("OCTOQ_API_LOGIN=", "OCTOQ_API_KEY=", "OCTOQ_CONFIG="+r.file("octoq.yaml", `
rate: 20
burst: 5
max_in_flight: 5
poll_first: 100ms
probe: 1s
probe_max: 2s
accounts:
  good:
    api_login: good@example.com
    api_key: good-key
  bad:
    api_login: bad@example.com
    api_key: wrong-key
`))
	r.worker()
	took := func(prefix string, sent int) time.Duration {
		began := time.Now()
		r.enqueue(campaigns(prefix, n, `,"account":"good"`))
		r.awaitSent(90*time.Second, sent, "--account", "good")
		return time.Since(began)
	}
	alone := took("a", n)
	r.enqueue(campaigns("x", waiting, `,"account":"bad"`))
	beside := took("b", 2*n)
	if limit := 2*alone + 10*time.Second; beside > limit { // it would be held up for a minute
		t.Errorf("beside an account in trouble: took %v, want at most %v (alone: %v)", beside, limit, alone)
	}
	r.until(20*time.Second, "bad alone is on hold", func() (bool, string) {
		holds := r.held()
		return len(holds) == 1 && holds[0].Account == "bad", fmt.Sprintf("%+v", holds)
	})
	if counts := r.list("--account", "bad"); counts[campaign.StateDead] > 0 {
		t.Errorf("campaigns of the account in trouble: got %v, want nobody dead", counts)
	}
	calls := 0
	for _, c := range r.sim.Log() {
		if c.Login == "bad@example.com" && c.Call != simulator.CallBalance {
			calls++
		}
	}
	if calls == 0 || calls > 20 {
		t.Errorf("calls with bad credentials, balance aside: got %d, want a few", calls)
	}
	r.onceEach()
}
