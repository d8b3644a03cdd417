package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// update records the present version's tasks and records once more. Those of a
// version that was released are never recorded again.
var update = flag.Bool("update", false, "record testdata/v1 from the octoq of this tree")

const recordings = "testdata/v1"

// recorded is a campaign as it stood in Redis.
type recorded struct {
	Tasks  []recordedTask    `json:"tasks"`
	Record map[string]string `json:"record,omitempty"`
	Log    []string          `json:"log,omitempty"`
}

type recordedTask struct {
	Queue   string `json:"queue"`
	Type    string `json:"type"`
	ID      string `json:"id"`
	Payload string `json:"payload"`
}

// theRunID stands for the run_id of the Redis that a campaign was recorded on:
// another one would make it doubtful.
const theRunID = "{run_id}"

func runIDOf(t *testing.T, rdb *redis.Client) string {
	t.Helper()
	info, err := rdb.InfoMap(t.Context()).Result()
	process, history := info["Server"]["run_id"], info["Replication"]["master_replid"]
	const half = 8
	if err != nil || len(process) < half || len(history) < half {
		t.Fatalf("ask for the run_id: %v", err)
	}
	return process[:half] + history[:half]
}

// endings are the recorded campaigns and where each of them has to end.
func endings() map[string]campaign.State {
	ends := map[string]campaign.State{"cancelling": campaign.StateCancelled}
	for _, id := range []string{"queued", "scheduled", "creating", "computing", "awaiting", "confirming", "dead", "sent"} {
		ends[id] = campaign.StateSent
	}
	return ends
}

// TestRecord runs campaigns into every kind of state with the octoq of this
// tree, kills the worker there, and writes down what stands in Redis.
//
//nolint:paralleltest // what the other test reads is written here
func TestRecord(t *testing.T) {
	if !*update {
		t.Skip("records only with -update")
	}
	r := newRig(t, simulator.Config{})
	r.quick()
	for list, rule := range map[string]simulator.Rule{
		"creating":   {Call: simulator.CallCreate, Fault: simulator.FaultHang},
		"computing":  {Call: simulator.CallCreate, Fault: simulator.FaultNeverReady},
		"confirming": {Call: simulator.CallSend, Fault: simulator.FaultHang},
		"cancelling": {Call: simulator.CallCancel, Fault: simulator.FaultHang},
	} {
		rule.ListName = list
		r.rule(rule)
	}
	w := r.worker()
	manual := `,"confirm":"manual","labels":{"shop":"Ülm"},"sender":"Company"`
	r.enqueue(toList("awaiting", manual) + toList("cancelling", manual) + noStop("dead") + toList("sent", `,"max_cost":100`))
	r.await(30*time.Second, "awaiting", campaign.StateAwaitingApproval)
	r.await(30*time.Second, "cancelling", campaign.StateAwaitingApproval)
	r.await(30*time.Second, "dead", campaign.StateDead)
	r.await(30*time.Second, "sent", campaign.StateSent)
	r.enqueue(toList("computing", ""))
	r.until(20*time.Second, "computing was looked at twice", func() (bool, string) {
		s := r.status("computing")
		return s.Attempts.Status >= 2, fmt.Sprintf("%+v", s)
	})
	r.octoq("cancel", "cancelling", "--wait", "0s")
	r.enqueue(toList("creating", "") + toList("confirming", ""))
	r.underWay(simulator.CallCancel, "cancelling")
	r.underWay(simulator.CallSend, "confirming")
	r.underWay(simulator.CallCreate, "creating")
	w.kill()
	r.enqueue(toList("queued", ""))
	r.must(0, "enqueue", "--at", "2024-12-31T00:00:00Z",
		"--file", r.file("s.jsonl", toList("scheduled", `,"send_at":"2099-01-31T09:00:00+01:00"`)))
	if err := os.MkdirAll(recordings, 0o750); err != nil {
		t.Fatal(err)
	}
	for id := range endings() {
		r.record(id)
	}
}

// record writes down what stands in Redis of a campaign.
func (r *rig) record(id string) {
	r.t.Helper()
	rdb := r.redis.Client()
	inspector := asynq.NewInspector(asynq.RedisClientOpt{Addr: r.redis.Addr})
	defer func() { _ = inspector.Close() }()
	var rec recorded
	var err error
	if rec.Record, err = rdb.HGetAll(r.t.Context(), "octoq:{default}:c:"+id).Result(); err != nil {
		r.t.Fatal(err)
	}
	if rec.Log, err = rdb.LRange(r.t.Context(), "octoq:{default}:c:"+id+":log", 0, -1).Result(); err != nil {
		r.t.Fatal(err)
	}
	for _, stage := range record.Stages() {
		queue := "default." + string(stage)
		prefix := "asynq:{" + queue + "}:t:"
		keys, err := rdb.Keys(r.t.Context(), prefix+id+"*").Result()
		if err != nil {
			r.t.Fatal(err)
		}
		for _, k := range keys {
			info, err := inspector.GetTaskInfo(queue, strings.TrimPrefix(k, prefix))
			if err != nil {
				r.t.Fatal(err)
			}
			rec.Tasks = append(rec.Tasks, recordedTask{Queue: queue, Type: info.Type, ID: info.ID, Payload: string(info.Payload)})
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(rec); err != nil {
		r.t.Fatal(err)
	}
	text := longAgo(strings.ReplaceAll(b.String(), runIDOf(r.t, rdb), theRunID))
	if err := os.WriteFile(filepath.Join(recordings, id+".json"), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// longAgo moves the times of a recording to the first days of 2025, so that none
// is in the future for anybody, and takes out which process it was.
func longAgo(text string) string {
	back := time.Since(time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC))
	text = regexp.MustCompile(`\b1[0-9]{12}\b`).ReplaceAllStringFunc(text, func(ms string) string {
		n, err := strconv.ParseInt(ms, 10, 64)
		if err != nil {
			return ms
		}
		return strconv.FormatInt(n-back.Milliseconds(), 10)
	})
	text = regexp.MustCompile(`20[0-9-]{8}T[0-9:.]+Z`).ReplaceAllStringFunc(text, func(s string) string {
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || at.Year() == 2024 {
			return s
		}
		return at.Add(-back).Format("2006-01-02T15:04:05.999Z")
	})
	host, err := os.Hostname()
	if err != nil {
		return text
	}
	return regexp.MustCompile(regexp.QuoteMeta(host)+`:[0-9]+`).ReplaceAllString(text, "worker:1")
}

// recording reads a recorded campaign.
func (r *rig) recording(id string, rdb *redis.Client) recorded {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(recordings, id+".json"))
	if err != nil {
		r.t.Fatal(err)
	}
	var rec recorded
	if err := json.Unmarshal(bytes.ReplaceAll(b, []byte(theRunID), []byte(runIDOf(r.t, rdb))), &rec); err != nil {
		r.t.Fatalf("%s: %v", id, err)
	}
	return rec
}

// restore puts a recorded campaign into Redis, with its tasks due.
func (r *rig) restore(id string, rdb *redis.Client, client *asynq.Client) {
	r.t.Helper()
	rec := r.recording(id, rdb)
	r.restoreRecord(id, rec, rdb)
	for _, task := range rec.Tasks {
		options := []asynq.Option{asynq.Queue(task.Queue), asynq.TaskID(task.ID), asynq.MaxRetry(1 << 30)}
		if strings.HasSuffix(task.Queue, ".dead") {
			options = append(options, asynq.ProcessAt(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)))
		}
		if _, err := client.EnqueueContext(r.t.Context(), asynq.NewTask(task.Type, []byte(task.Payload)), options...); err != nil {
			r.t.Fatalf("%s: %v", id, err)
		}
	}
}

func (r *rig) restoreRecord(id string, rec recorded, rdb *redis.Client) {
	r.t.Helper()
	if len(rec.Record) == 0 {
		return
	}
	const own = "octoq:{default}:"
	at, err := strconv.ParseFloat(rec.Record["updated_at"], 64)
	if err != nil {
		r.t.Fatalf("%s: %v", id, err)
	}
	_, err = rdb.Pipelined(r.t.Context(), func(pipe redis.Pipeliner) error {
		pipe.SAdd(r.t.Context(), "octoq:accounts", "default")
		pipe.HSet(r.t.Context(), own+"c:"+id, rec.Record)
		for _, entry := range rec.Log {
			pipe.RPush(r.t.Context(), own+"c:"+id+":log", entry)
		}
		pipe.ZAdd(r.t.Context(), own+"state:"+rec.Record["state"], redis.Z{Score: at, Member: id})
		if ticket := rec.Record["ticket"]; ticket != "" {
			pipe.Set(r.t.Context(), own+"ticket:"+ticket, id, 0)
		}
		return nil
	})
	if err != nil {
		r.t.Fatalf("%s: %v", id, err)
	}
}

// willing is an API that knows every ticket and takes everything, unlike the
// simulator, which knows only its own. It counts what was sent.
type willing struct {
	mu      sync.Mutex
	tickets int
	sends   map[string]int // by ticket
}

func (a *willing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Ticket string `json:"ticket_number"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch _, call, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/public/"), "/"); call {
	case "create":
		a.tickets++
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"ticket_number":"sms_new%d"}`, a.tickets)
	case "status":
		_, _ = fmt.Fprint(w, `{"number_of_contacts":1,"cost":0.05,"status":"ready_to_be_sent"}`)
	case "send":
		a.sends[body.Ticket]++
		_, _ = fmt.Fprint(w, `{"sending_date":"2030-01-01T00:00:00+00:00"}`)
	case "cancel":
		w.WriteHeader(http.StatusNoContent)
	default:
		_, _ = fmt.Fprint(w, `{"amount":100,"unit":"euros"}`)
	}
}

// recordedRig is a Redis with what version 1 left there in every state, and an API that
// takes everything.
func recordedRig(t *testing.T) (*rig, *willing) {
	t.Helper()
	r := newRig(t, simulator.Config{})
	r.quick("OCTOQ_DEADLINE=876000h", "OCTOQ_RETENTION=876000h")
	api := &willing{sends: map[string]int{}}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	r.setenv("OCTOQ_API_URL=" + server.URL + "/v1/public")
	rdb, client := r.redis.Client(), asynq.NewClient(asynq.RedisClientOpt{Addr: r.redis.Addr})
	defer func() { _ = client.Close() }()
	for id := range endings() {
		r.restore(id, rdb, client)
	}
	return r, api
}

// endAll waits until every recorded campaign has ended as it has to, each by a ticket
// of its own.
func (r *rig) endAll(api *willing) {
	r.t.Helper()
	for id, state := range endings() {
		r.await(30*time.Second, id, state)
	}
	if got := r.deadLetters(); len(got) > 0 {
		r.t.Errorf("dead letters: got %+v, want none", got)
	}
	api.mu.Lock()
	defer api.mu.Unlock()
	if len(api.sends) != 7 { // all but the cancelled one, and the one that was sent before
		r.t.Errorf("tickets sent: got %v, want 7", api.sends)
	}
	for ticket, n := range api.sends {
		if n != 1 {
			r.t.Errorf("ticket %s: got %d sends, want 1", ticket, n)
		}
	}
}

// What version 1 left in Redis, in every state, is taken to its end by today's
// octoq: nothing is lost, nothing is dead, nothing is sent twice.
func TestRecordedVersion1(t *testing.T) {
	t.Parallel()
	r, api := recordedRig(t)
	if s := r.status("scheduled"); s.State != campaign.StateQueued || s.Campaign.SendAt.Year() != 2099 {
		t.Errorf("scheduled: got %+v, want it queued as it was", s)
	}
	if l := r.showLetter("dead"); l.Failure.Code != record.CodeStopMissing || l.Campaign.ListName != "dead" {
		t.Errorf("the letter: got %+v, want it as it was", l)
	}
	r.must(0, "approve", "awaiting", "--cost", "16.20", "--contacts", "324")
	r.must(0, "dead", "edit", "dead", "--set", mended)
	r.must(0, "dead", "replay", "dead")
	r.worker()
	r.endAll(api)
}
