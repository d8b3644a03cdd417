package e2e

import (
	"fmt"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// hostileTask is a task that somebody else has put into a queue of octoq's.
type hostileTask struct {
	stage, id, payload string
	letter             string // a part of why it is a dead letter; "" where none is wanted
}

const soundFirst = `{"v":1,"t":1764000000000,"c":{"list_name":"hostile","text":"Hello STOP","type":"sms_premium","purpose":"wholesale"%s}}`

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func hostileTasks() []hostileTask {
	huge := strings.Repeat("x", 5<<20)
	return []hostileTask{
		{"create", "huge", fmt.Sprintf(soundFirst, `,"sender":"`+huge+`"`), "at most"},
		{"create", "huge-garbage", huge, "at most"},
		{"create", "deep", fmt.Sprintf(soundFirst, `,"labels":`+nested(20_000)), "depth"},
		{"create", "deeper", nested(400_000), "depth"},
		{"create", "latin", fmt.Sprintf(soundFirst, ",\"sender\":\"Caf\xe9\""), ""}, // JSON's decoder mends it: see below
		{"create", "twice", fmt.Sprintf(soundFirst, `,"text":""`), "text"},
		{"create", "others", fmt.Sprintf(soundFirst, `,"account":"shop"`), "cannot be changed"},
		{"create", "not-mine", fmt.Sprintf(soundFirst, `,"id":"yours"`), "cannot be changed"},
		{"create", "cut", fmt.Sprintf(soundFirst, "")[:60], "JSON"},
		{"create", "null", "null", "version"},
		{"create", "before", strings.Replace(fmt.Sprintf(soundFirst, ""), `"v":1`, `"v":0`, 1), "version 0"},
		{"create", "later", strings.Replace(fmt.Sprintf(soundFirst, ""), `"v":1`, `"v":99`, 1), ""},
		{"create", "endless-version", `{"v":1e999}`, "JSON"},
		{"create", "step-here~1.2.0", huge, ""},
		{"status", "nobody~1.2.0", huge, ""},
		{"status", "nobody~1.3.0", `{"v":7}`, ""},
		{"confirm", "nobody~1.4.0", `{"v":1}`, ""},
		{"confirm", "nobody~999999999.1.0", nested(400_000), ""},
		{"cancel", "nobody~1.0.0", "\x00", ""},
		{"dead", "nobody~1.9.0", huge, ""},
		{"dead", "not-yours~1.2.0", `{"version":1,"campaign":{"id":"yours","account":"shop"},"failure":{}}`, ""},
		{"dead", "nobody~2.9.0", nested(400_000), ""},
		{"dead", "nobody~3.9.0", `{"version":9}`, ""},
	}
}

// hostileRecords puts what no octoq wrote where records are kept, each before
// the healthy ones of its state, and with a task that leads to it.
func (r *rig) hostileRecords(rdb *redis.Client, client *asynq.Client) {
	r.t.Helper()
	const own = "octoq:{default}:"
	sound := map[string]string{
		"v": "1", "campaign": `{"id":"x","account":"default"}`, "state": "computing", "run": "1", "try": "1",
		"step": "2", "revision": "3", "ticket": "sms_x", "updated_at": "1735800000000",
	}
	for id, spoil := range map[string][2]string{
		"rec-newer": {"v", strconv.Itoa(record.NewestVersion + 1)}, "rec-older": {"v", "0"}, "rec-number": {"run", "many"}, "rec-json": {"campaign", nested(20_000)},
		"rec-state": {"state", "asleep"}, "rec-huge": {"orphans", strings.Repeat("[", 5<<20)}, "rec-claim": {"claim_deadline", "noon"},
	} {
		for field, value := range sound {
			rdb.HSet(r.t.Context(), own+"c:"+id, field, value)
		}
		rdb.HSet(r.t.Context(), own+"c:"+id, spoil[0], spoil[1])
	}
	rdb.Set(r.t.Context(), own+"c:rec-string", "no hash", 0)
	rdb.HSet(r.t.Context(), own+"c:rec-log", sound)
	rdb.HSet(r.t.Context(), own+"c:rec-log", "campaign", `{"id":"rec-log","account":"default"}`, "v", "2")
	rdb.RPush(r.t.Context(), own+"c:rec-log:log", "no JSON")
	for i, id := range []string{"rec-newer", "rec-older", "rec-number", "rec-json", "rec-state", "rec-huge", "rec-claim", "rec-string", "rec-log", "rec-gone"} {
		if err := rdb.ZAdd(r.t.Context(), own+"state:computing", redis.Z{Score: float64(i), Member: id}).Err(); err != nil {
			r.t.Fatal(err)
		}
		_, err := client.EnqueueContext(r.t.Context(), asynq.NewTask("campaign:status", []byte(`{"v":1}`)),
			asynq.Queue("default.status"), asynq.TaskID(id+"~1.2.0"))
		if err != nil {
			r.t.Fatal(err)
		}
	}
}

// Whatever somebody else has put into Redis ends as a dead letter, or is told
// and left alone. The worker neither dies nor spins, sends the healthy campaigns
// beside it, and the sweep finds a healthy one that stands behind the broken.
func TestHostileRedis(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick("OCTOQ_DEADLINE=876000h")
	api := &willing{sends: map[string]int{}}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	r.setenv("OCTOQ_API_URL=" + server.URL + "/v1/public")
	rdb, client := r.redis.Client(), asynq.NewClient(asynq.RedisClientOpt{Addr: r.redis.Addr})
	defer func() { _ = client.Close() }()
	r.enqueue(campaigns("before", 4, ""))
	for _, h := range hostileTasks() {
		_, err := client.EnqueueContext(t.Context(), asynq.NewTask("campaign:"+h.stage, []byte(h.payload)), asynq.Queue("default."+h.stage), asynq.TaskID(h.id))
		if err != nil {
			t.Fatalf("%s: %v", h.id, err)
		}
	}
	r.hostileRecords(rdb, client)
	r.restoreRecord("computing", r.recording("computing", rdb), rdb) // healthy, its task gone, behind the others
	w := r.worker()
	r.enqueue(campaigns("after", 4, ""))
	r.awaitSentBeside(rdb, 9)

	for _, h := range hostileTasks() {
		if h.letter == "" {
			continue
		}
		s := r.await(20*time.Second, h.id, campaign.StateDead)
		if s.Failure == nil || s.Failure.Class != campaign.FailInvalid || !strings.Contains(s.Failure.Message, h.letter) || len(s.Failure.Message) > 4000 {
			t.Errorf("%s: got %.300s, want a dead letter that says %q", h.id, fmt.Sprintf("%+v", s.Failure), h.letter)
		}
	}
	if n := rdb.Exists(t.Context(), "asynq:{default.create}:t:later", "asynq:{default.dead}:t:nobody~3.9.0").Val(); n != 2 {
		t.Errorf("of a later version: got %d tasks, want both left there", n)
	}
	for _, id := range []string{"rec-newer", "rec-number", "rec-string"} {
		if o := r.octoq("status", id); o.code != 1 || !strings.Contains(o.err, id) || strings.Count(o.err, "\n") > 1 {
			t.Errorf("status %s: got %d, %.300q, want one clear line", id, o.code, o.err)
		}
	}
	for _, args := range [][]string{{"list", "--limit", "0"}, {"dead", "ls"}, {"hold", "ls"}} {
		r.must(0, args...)
	}
	r.calmAndWhole(w)
	api.mu.Lock()
	defer api.mu.Unlock()
	for ticket, n := range api.sends {
		if n != 1 {
			t.Errorf("ticket %s: got %d sends, want 1", ticket, n)
		}
	}
}

// awaitSentBeside waits until n campaigns are sent, by the ledger's own set:
// broken records are no reason for it not to come.
func (r *rig) awaitSentBeside(rdb *redis.Client, n int64) {
	r.t.Helper()
	r.until(40*time.Second, fmt.Sprintf("%d are sent", n), func() (bool, string) {
		ids, err := rdb.ZRange(r.t.Context(), "octoq:{default}:state:sent", 0, -1).Result()
		return err == nil && int64(len(ids)) >= n, fmt.Sprint(ids, err)
	})
}

// calmAndWhole fails unless the worker is the process that was started, has
// neither panicked nor spun, nor kept what was large.
func (r *rig) calmAndWhole(w *process) {
	r.t.Helper()
	log := w.Log()
	if strings.Contains(log, "panic") {
		r.t.Errorf("the worker panicked:\n%s", tail(log, 3000))
	}
	if n := strings.Count(log, "\n"); n > 500 {
		r.t.Errorf("log lines: got %d, want no loop:\n%s", n, tail(log, 2000))
	}
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.PID())); err == nil { // not on every system
		_, rest, _ := strings.Cut(string(b), "VmHWM:")
		field := strings.Fields(rest)
		if kib, err := strconv.Atoi(field[0]); err != nil || kib > 400<<10 {
			r.t.Errorf("memory at most: got %s KiB (%v), want below 400 MiB", field[0], err)
		}
	}
	if code := w.stop(); code != 0 {
		r.t.Errorf("exit code of the worker: got %d, want 0", code)
	}
}
