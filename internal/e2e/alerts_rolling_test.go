package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

// beforeAlerts builds an octoq that knows nothing of alerts' own list, as they were: it
// puts, forwards, takes and lists tasks as if there were asynq's list alone.
func beforeAlerts(t *testing.T) string {
	t.Helper()
	return edited(t, map[string][]edit{
		"internal/queue/item.go": {{
			"func (i *Item) first() bool {\n", "func (i *Item) first() bool {\n\treturn false\n}\n\nfunc (i *Item) Unused() bool {\n",
		}},
		"internal/asynqwire/script.go": {
			{"insert(luaForward, source)", "source"},
			{"insert(runid.Lua+luaDequeue, source)", "insert(runid.Lua+luaFormer, source)"},
			{"// Dropped is what", "const luaFormer = luaAsynq + `" + `
if redis.call('LLEN', KEYS[1]) == 0 then return 0 end
local run = run_id()
if run == '' then return no_run_id() end
local msg = asynq()
if msg then return {msg, run, 0, 0, 0} end
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
return redis.call('LLEN', KEYS[1])
` + "`\n\n// Dropped is what"},
		},
		"internal/asynqwire/alerts.go": {{"local alert = redis.call('HGET', task, '` + fieldAlert + `')\n", "local alert = false\n"}},
		"internal/queue/inspector_unlisted.go": {
			{"ipairs({ 2, 8 })", "ipairs({ 2 })"}, {"(long(KEYS[2]) or long(KEYS[8]))", "long(KEYS[2])"},
		},
	})
}

// Workers that do not know the list of alerts run beside those that do, as while they
// are being replaced, and one of each is killed. They find alerts by their look for
// tasks that stand in no list. Nothing is lost, and nothing sent twice.
func TestAlertsBesideOlderWorkers(t *testing.T) {
	t.Parallel()
	began := time.Now()
	lap := func(what string) { t.Logf("%5.1f s: %s", time.Since(began).Seconds(), what) }
	former := beforeAlerts(t)
	lap("the older octoq is built")
	r := newRig(t, simulator.Config{ComputeTime: 300 * time.Millisecond, Latency: 10 * time.Millisecond})
	r.quick("OCTOQ_API_TIMEOUT=5s")
	alone := r.workerOf(former)
	r.vouch()
	r.enqueue(alerts("alone", 20))
	const each, sent = 30, 20 + 30 + 2*30
	r.until(2*time.Minute, "an older worker finds alerts", func() (bool, string) {
		n := len(r.carriedOut(simulator.CallSend))
		return n == 20, fmt.Sprint(n)
	})
	lap("an older worker has sent alerts that were enqueued for newer ones")

	newer := r.worker()
	r.of(former, alerts("former", each), "enqueue", "--file", "-")
	r.enqueue(alerts("newer", each) + campaigns("w", each, ""))
	r.until(time.Minute, "both are at work", func() (bool, string) {
		n := len(r.carriedOut(simulator.CallSend))
		return n > 30, fmt.Sprint(n)
	})
	alone.kill()
	newer.kill()
	lap("both were killed")
	r.workerOf(former)
	r.worker()
	r.until(3*time.Minute, "all are sent", func() (bool, string) {
		n := len(r.carriedOut(simulator.CallSend))
		return n == sent, fmt.Sprint(n)
	})
	lap("all are sent")
	r.onceEach()
	r.until(30*time.Second, "nothing is left in the queues", func() (bool, string) {
		keys, err := r.redis.Client().Keys(t.Context(), "asynq:{default.*}:t:*").Result()
		return err == nil && len(keys) == 0, fmt.Sprint(keys, err)
	})
}
