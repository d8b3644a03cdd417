package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// deadLetter is a line of octoq dead ls --json, and what dead show prints.
type deadLetter struct {
	ID         string            `json:"id"`
	Account    string            `json:"account"`
	Campaign   campaign.Campaign `json:"campaign"`
	Failure    campaign.Failure  `json:"failure"`
	Refused    string            `json:"refused"`
	Unreadable string            `json:"unreadable"`
}

// deadLetters are the letters that octoq dead ls lists, by campaign.
func (r *rig) deadLetters() map[string]deadLetter {
	r.t.Helper()
	letters := map[string]deadLetter{}
	for line := range strings.Lines(r.must(0, "dead", "ls", "--json").out) {
		var l deadLetter
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			r.t.Fatalf("dead ls: %v in %q", err, line)
		}
		letters[l.ID] = l
	}
	return letters
}

// showLetter is octoq dead show.
func (r *rig) showLetter(id string) deadLetter {
	r.t.Helper()
	var l deadLetter
	if o := r.must(0, "dead", "show", id, "--json"); json.Unmarshal([]byte(o.out), &l) != nil {
		r.t.Fatalf("dead show %s: got %q, want JSON", id, o.out)
	}
	return l
}

// noStop is a campaign that the API refuses with 121, as JSON Lines.
func noStop(id string) string {
	return strings.Replace(toList(id, ""), ", STOP au 30101", "", 1)
}

const mended = "text=Hello, STOP au 30101"

// wantCode fails unless a command exits with a code and says why.
func (r *rig) wantCode(code int, args ...string) {
	r.t.Helper()
	o := r.octoq(args...)
	if o.code != code || code != 0 && strings.Count(strings.TrimSpace(o.err), "octoq:") != 1 {
		r.t.Errorf("octoq %s: got exit code %d and %q, want %d and one reason", strings.Join(args, " "), o.code, o.err+o.out, code)
	}
}

// A letter is read, mended and replayed on the command line; what cannot be
// done is refused with the exit code for it.
func TestDeadLetterIsMendedAndReplayed(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.worker()
	r.enqueue(noStop("bad") + toList("good", ""))
	r.await(30*time.Second, "bad", campaign.StateDead)
	r.await(30*time.Second, "good", campaign.StateSent)
	if got := r.deadLetters(); len(got) != 1 || got["bad"].Failure.Code != record.CodeStopMissing {
		t.Errorf("dead ls: got %+v, want the letter of bad with 121", got)
	}
	l := r.showLetter("bad")
	if l.Failure.Class != campaign.FailRejected || l.Failure.HTTPStatus != 400 || l.Failure.Stage != campaign.StageCreate ||
		l.Failure.Attempts != 1 || l.Failure.At.IsZero() || l.Failure.Message == "" || l.Campaign.Text != "Hello" {
		t.Errorf("dead show: got %+v, want the campaign and the whole failure", l)
	}
	for _, c := range []struct {
		code int
		args []string
	}{
		{3, []string{"show", "nobody"}},
		{1, []string{"show", "good"}},
		{3, []string{"edit", "nobody", "--set", mended}},
		{1, []string{"edit", "good", "--set", mended}},
		{2, []string{"edit", "bad"}},
		{2, []string{"edit", "bad", "--set", "text"}},
		{2, []string{"edit", "bad", "--set", "txt=Hello"}},
		{2, []string{"edit", "bad", "--set", "text="}},
		{2, []string{"edit", "bad", "--set", "type=pigeon"}},
		{2, []string{"edit", "bad", "--set", "tag_name=both"}},
		{2, []string{"edit", "bad", "--set", "window=08:00-20:00 Europe/Pariss"}},
		{2, []string{"edit", "bad", "--set", "window=08:00-20:00 Europe/Paris holidays=XX"}},
		{2, []string{"edit", "bad", "--set", "id=other"}},
		{2, []string{"edit", "bad", "--set", "account=other"}},
		{3, []string{"replay", "nobody"}},
		{1, []string{"replay", "good"}},
		{3, []string{"purge", "nobody"}},
		{1, []string{"purge", "good"}},
		{2, []string{"replay"}},
		{2, []string{"frobnicate", "bad"}},
		{3, []string{"show", "bad", "--account", "elsewhere"}},
	} {
		r.wantCode(c.code, append([]string{"dead"}, c.args...)...)
	}
	if again := r.showLetter("bad"); again.Campaign.Text != "Hello" || again.Campaign.ListName != "bad" {
		t.Errorf("the letter after edits that were refused: got %+v, want it unchanged", again.Campaign)
	}
	r.must(0, "dead", "edit", "bad", "--set", mended)
	r.must(0, "dead", "replay", "bad")
	s := r.await(30*time.Second, "bad", campaign.StateSent)
	if s.Run != 2 || s.Failure != nil || s.Attempts.Create != 1 {
		t.Errorf("bad: got %+v, want it sent by its second run's first create", s)
	}
	if got := r.deadLetters(); len(got) > 0 {
		t.Errorf("dead ls afterwards: got %+v, want none", got)
	}
	r.onceEach()
}

// "Run" on asynq's page replays a letter as it stands: one that is still wrong
// comes back as a letter that can be mended.
func TestDeadLetterIsRunInMonitor(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	web := r.web()
	r.worker()
	r.enqueue(noStop("edited") + noStop("wrong") + noStop("broken"))
	edited, wrong, broken := web.letterOf("edited"), web.letterOf("wrong"), web.letterOf("broken")
	if !strings.Contains(wrong.Payload, `"code": 121`) || !strings.Contains(wrong.Payload, `"list_name": "wrong"`) {
		t.Errorf("a letter in asynqmon: got %s, want readable campaign and failure", wrong.Payload)
	}
	for _, refused := range [][2]string{
		{http.MethodDelete, "/queues/default.dead/scheduled_tasks/" + wrong.ID},
		{http.MethodPost, "/queues/default.dead/scheduled_tasks/" + wrong.ID + ":archive"},
	} {
		web.must(http.StatusForbidden, refused[0], refused[1])
	}
	// Mended, it is sent.
	r.must(0, "dead", "edit", "edited", "--set", mended)
	web.run(edited.ID)
	r.await(30*time.Second, "edited", campaign.StateSent)
	// Valid and wrong, it is refused by the API once more.
	web.run(wrong.ID)
	next := web.letterOf("wrong", wrong.ID)
	if s := r.status("wrong"); s.State != campaign.StateDead || s.Run != 2 || s.Failure.Code != record.CodeStopMissing {
		t.Errorf("wrong: got %+v, want it dead again in its second run", s)
	}
	r.must(0, "dead", "edit", "wrong", "--set", mended)
	web.run(next.ID)
	r.await(30*time.Second, "wrong", campaign.StateSent)
	// Invalid, it is refused by octoq: no call, and the letter says why.
	inspector := asynq.NewInspector(asynq.RedisClientOpt{Addr: r.redis.Addr})
	defer func() { _ = inspector.Close() }()
	spoilt := strings.Replace(broken.Payload, `"list_name": "broken"`, `"list_name": "broken", "tag_name": "both"`, 1)
	if err := inspector.UpdateTaskPayload("default.dead", broken.ID, []byte(spoilt)); err != nil {
		t.Fatalf("spoil a letter: %v", err)
	}
	last := r.quiet()
	web.run(broken.ID)
	next = web.letterOf("broken", broken.ID)
	if l := r.showLetter("broken"); !strings.Contains(l.Refused, "tag_name") {
		t.Errorf("the refused letter: got %+v, want it to say why", l)
	}
	if s := r.status("broken"); s.Run != 1 || len(r.callsAfter(last)) > 0 {
		t.Errorf("broken: got run %d and calls %v, want run 1 and none", s.Run, r.callsAfter(last))
	}
	r.must(0, "dead", "edit", "broken", "--set", "tag_name=", "--set", mended)
	web.run(next.ID)
	r.await(30*time.Second, "broken", campaign.StateSent)
	r.onceEach()
}

// A letter that somebody has made unreadable is kept, and can be mended.
func TestUnreadableLetterIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	web := r.web()
	r.worker()
	r.enqueue(noStop("bad"))
	l := web.letterOf("bad")
	inspector := asynq.NewInspector(asynq.RedisClientOpt{Addr: r.redis.Addr})
	defer func() { _ = inspector.Close() }()
	if err := inspector.UpdateTaskPayload("default.dead", l.ID, []byte("{oops")); err != nil {
		t.Fatalf("spoil a letter: %v", err)
	}
	if got := r.deadLetters()["bad"]; got.Unreadable == "" {
		t.Errorf("dead ls: got %+v, want it to say that it cannot be read", got)
	}
	r.wantCode(2, "dead", "replay", "bad")
	web.run(l.ID)
	web.letterOf("bad", l.ID)
	if again := r.showLetter("bad"); !strings.Contains(again.Refused, "JSON") || again.Campaign.ListName != "bad" {
		t.Errorf("the letter afterwards: got %+v, want its campaign back, and why it was refused", again)
	}
	r.must(0, "dead", "edit", "bad", "--set", mended)
	r.must(0, "dead", "replay", "bad")
	r.await(30*time.Second, "bad", campaign.StateSent)
}

// A campaign that may have been sent is not replayed by anybody without force,
// and purging it leaves a tombstone that keeps its id taken.
func TestMaybeConfirmedIsNotReplayedWithoutForce(t *testing.T) {
	t.Parallel()
	// The confirm arrives, its answer is lost, and the API then denies the ticket.
	r := newRig(t, simulator.Config{AfterSend: simulator.AfterSendUnknown})
	r.quick()
	web := r.web()
	r.worker()
	both := ""
	for _, id := range []string{"forced", "purged"} {
		both += toList(id, "")
		r.rule(simulator.Rule{Call: simulator.CallSend, ListName: id, Fault: simulator.FaultDropAfter, Times: 1})
	}
	file := r.file("c.jsonl", both)
	r.must(0, "enqueue", "--file", file)
	for _, id := range []string{"forced", "purged"} {
		s := r.await(30*time.Second, id, campaign.StateDead)
		if !s.Maybe || s.Failure == nil || !s.Failure.MaybeConfirmed {
			t.Errorf("%s: got %+v, want it maybe_confirmed", id, s)
		}
		r.wantCode(1, "dead", "replay", id)
	}
	l := web.letterOf("forced")
	web.run(l.ID)
	web.letterOf("forced", l.ID)
	if got := r.showLetter("forced"); !strings.Contains(got.Refused, "--force") {
		t.Errorf("the letter run in asynqmon: got %+v, want it refused", got)
	}
	if n := r.sim.Stats(0).CreatesByList["forced"]; n != 1 {
		t.Errorf("creates of forced: got %d, want 1", n)
	}

	r.must(0, "dead", "purge", "purged")
	if s := r.status("purged"); s.State != campaign.StatePurged || !s.Maybe {
		t.Errorf("purged: got %+v, want a tombstone", s)
	}
	r.wantCode(1, "dead", "replay", "purged", "--force")
	r.wantCode(1, "dead", "purge", "purged")
	r.must(4, "enqueue", "--file", file)
	if n := r.sim.Stats(0).SendsByList["purged"]; n != 1 {
		t.Errorf("sends of purged: got %d, want 1", n)
	}

	// Were the API to say that the ticket was sent, nothing would be sent again.
	r.rule(simulator.Rule{
		Call: simulator.CallCancel, ListName: "forced", Times: 1,
		Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: record.CodeUnknownCampaign, Message: "unknown",
	})
	r.must(0, "dead", "replay", "forced", "--force")
	s := r.await(30*time.Second, "forced", campaign.StateSent)
	if s.Run != 2 || !told(s, "forced") {
		t.Errorf("forced: got %+v, want its second run sent, and the force on record", s)
	}
	if n := r.sim.Stats(0).SendsByList["forced"]; n != 2 {
		t.Errorf("sends of forced: got %d, want the second one that was accepted", n)
	}
}

// told reports whether an event stands in the timeline.
func told(s status, what string) bool {
	for _, e := range s.Timeline {
		if e.What == what {
			return true
		}
	}
	return false
}

// Purging takes a dead campaign and its letter away; its id stays taken for a
// day, so that no wake-up of it that is still under way brings it back to life.
func TestPurge(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.known()
	r.enqueue(noStop("bad"))
	r.await(30*time.Second, "bad", campaign.StateDead)
	r.must(0, "dead", "purge", "bad")
	s := r.status("bad")
	if s.State != campaign.StatePurged || s.Maybe || s.Campaign.Text != "" {
		t.Errorf("bad: got %+v, want a tombstone without its content", s)
	}
	if got := r.deadLetters(); len(got) > 0 {
		t.Errorf("dead ls: got %+v, want none", got)
	}
	for _, verb := range []string{"show", "replay", "purge"} {
		r.wantCode(1, "dead", verb, "bad")
	}
	r.wantCode(1, "dead", "edit", "bad", "--set", mended)
	r.must(4, "enqueue", "--file", r.file("c.jsonl", toList("bad", "")))
	ttl, err := r.redis.Client().TTL(t.Context(), "octoq:{default}:c:bad").Result()
	if err != nil || ttl < 20*time.Hour || ttl > 25*time.Hour {
		t.Errorf("time until the id is free: got %v, %v, want a day", ttl, err)
	}
}

// Tasks that somebody else puts into the queues become dead letters or are
// left to whoever understands them; the worker works on.
func TestForeignTasks(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	w := r.worker()
	client := asynq.NewClient(asynq.RedisClientOpt{Addr: r.redis.Addr})
	defer func() { _ = client.Close() }()
	put := func(queue, typename, id, payload string) {
		t.Helper()
		_, err := client.EnqueueContext(context.Background(), asynq.NewTask(typename, []byte(payload)), asynq.Queue(queue), asynq.TaskID(id))
		if err != nil {
			t.Fatalf("put %s into %s: %v", id, queue, err)
		}
	}
	valid := `{"v":1,"t":1764000000000,"c":{"list_name":"l","text":"Hello STOP","type":"sms_premium","purpose":"wholesale"%s}}`
	put("default.create", "campaign:create", "garbage", "\x00\xffnot JSON")
	put("default.create", "campaign:create", "empty", "")
	put("default.create", "campaign:create", "invalid", `{"v":1,"t":1764000000000,"c":{"text":""}}`)
	put("default.create", "campaign:create", "misspelt", `{"v":1,"t":1764000000000,"c":{"simulaton_mode":true}}`)
	put("default.create", "campaign:create", "mine", fmt.Sprintf(valid, `,"id":"yours"`))
	put("default.create", "email:welcome", "stranger", `{"to":"somebody"}`)
	put("default.create", "campaign:create", "no id!", fmt.Sprintf(valid, ""))
	put("default.create", "campaign:create", "future", `{"v":99,"c":{"text":"of a later octoq"}}`)
	put("default.status", "campaign:status", "nobody~1.2.0", `{"v":1}`)
	put("default.confirm", "campaign:confirm", "what", `{}`)
	put("default.cancel", "campaign:cancel", "nobody~1.2.0", "?")
	put("default.dead", "campaign:dead", "nobody~1.2.0", "?")
	put("default.dead", "campaign:dead", "odd", "?")
	r.enqueue(campaigns("c", 4, ""))
	r.awaitSent(30*time.Second, 4)
	for _, id := range []string{"garbage", "empty", "invalid", "misspelt", "mine", "stranger"} {
		s := r.await(20*time.Second, id, campaign.StateDead)
		if s.Failure == nil || s.Failure.Class != campaign.FailInvalid || s.Failure.Message == "" {
			t.Errorf("%s: got %+v, want a dead letter that says why", id, s.Failure)
		}
	}
	var letters map[string]deadLetter
	r.until(20*time.Second, "three tasks without an id have letters", func() (bool, string) {
		letters = r.deadLetters()
		unnamed := 0
		for id := range letters {
			if strings.HasPrefix(id, "unreadable-") {
				unnamed++
			}
		}
		return unnamed == 3, fmt.Sprint(letters)
	})
	for id, l := range letters {
		if l.Unreadable != "" {
			t.Errorf("the letter of %s: got %q, want it readable itself", id, l.Unreadable)
		}
	}
	r.must(0, "dead", "edit", "garbage", "--set", "list_name=mended", "--set", mended, "--set", "type=sms_premium", "--set", "purpose=wholesale")
	r.must(0, "dead", "replay", "garbage")
	r.await(30*time.Second, "garbage", campaign.StateSent)
	if n := len(r.carriedOut(simulator.CallCreate)); n != 5 {
		t.Errorf("creates carried out: got %d, want the 4 that were enqueued and the mended one", n)
	}
	inspector := asynq.NewInspector(asynq.RedisClientOpt{Addr: r.redis.Addr})
	defer func() { _ = inspector.Close() }()
	if _, err := inspector.GetTaskInfo("default.create", "future"); err != nil {
		t.Errorf("the task of a later octoq: got %v, want it still there", err)
	}
	log := w.Log()
	if n := strings.Count(log, `"task_id":"future"`); n == 0 || n > 10 {
		t.Errorf("log lines on the task of a later octoq: got %d, want a few", n)
	}
	if strings.Contains(log, "panic") {
		t.Errorf("the worker panicked:\n%s", tail(log, 3000))
	}
	if code := w.stop(); code != 0 {
		t.Errorf("exit code of the worker: got %d, want 0", code)
	}
	r.onceEach()
}

// A letter whose replay was asked for, and that no worker has begun yet, is listed,
// and marked as such.
func TestDeadLsListsWhatIsBeingReplayed(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	w := r.worker()
	r.enqueue(noStop("asked") + noStop("still"))
	r.await(30*time.Second, "asked", campaign.StateDead)
	r.await(30*time.Second, "still", campaign.StateDead)
	w.stop()
	r.must(0, "dead", "edit", "asked", "--set", mended)
	r.must(0, "dead", "replay", "asked")
	listed := lines(r.must(0, "dead", "ls").out)
	if len(listed) != 3 || !strings.HasPrefix(listed[1], "still ") || strings.Contains(listed[1], "being replayed") ||
		!strings.HasPrefix(listed[2], "asked ") || !strings.Contains(listed[2], "being replayed: rejected 121") {
		t.Errorf("got\n%s\nwant both letters, and of asked that it is being replayed", strings.Join(listed, "\n"))
	}
	if got := lines(r.must(0, "dead", "ls", "--json").out); len(got) != 2 || !strings.Contains(got[1], `"id":"asked"`) || !strings.Contains(got[1], `"running":true`) {
		t.Errorf("got %q, want both as JSON", got)
	}
	r.worker()
	r.await(30*time.Second, "asked", campaign.StateSent)
	if got := lines(r.must(0, "dead", "ls").out); len(got) != 2 {
		t.Errorf("got %q, want the letter of still alone", got)
	}
}
