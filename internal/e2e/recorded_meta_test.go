package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// runBefore is a run of Redis that was there before the present one.
const runBefore = "00000000000000b1"

// oldMeta writes what an octoq before the list of changes kept about Redis: the run that
// it knew, since when, and when that and the run before it were last seen.
func (r *rig) oldMeta(run string, since time.Duration, before string) {
	r.t.Helper()
	now := r.redisTime()
	at := func(ago time.Duration) int64 { return now.Add(-ago).UnixMilli() }
	fields := []any{"run_id", run, "since", at(since), "seen", at(time.Minute), "creates", 5, "successes", 4}
	if before != "" {
		fields = append(fields, "before", at(since+time.Minute), "run:"+before, at(since+time.Minute))
	}
	if err := r.redis.Client().HSet(r.t.Context(), metaKey, fields...).Err(); err != nil {
		r.t.Fatal(err)
	}
}

// The same with what version 1 kept about Redis, none of whose campaigns met a change.
func TestRecordedVersion1WithItsMeta(t *testing.T) {
	t.Parallel()
	r, api := recordedRig(t)
	r.oldMeta(runIDOf(t, r.redis.Client()), 10000*time.Hour, "")
	r.must(0, "approve", "awaiting", "--cost", "16.20", "--contacts", "324")
	r.must(0, "dead", "edit", "dead", "--set", mended)
	r.worker()
	r.must(0, "dead", "replay", "dead")
	r.endAll(api)
	if changes := r.meta("changes"); changes == "" || r.meta("run") != runIDOf(t, r.redis.Client()) {
		t.Errorf("got run %q and changes %q, want the old ones read", r.meta("run"), changes)
	}
}

// Redis was replaced under a version 1, or just before today's octoq came. What was
// asked long ago is not asked again before an operator has vouched; then all ends well.
func TestRecordedVersion1AfterAChange(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]func(r *rig){
		"noted by version 1": func(r *rig) { r.oldMeta(runIDOf(r.t, r.redis.Client()), time.Hour, runBefore) },
		"noted by nobody":    func(r *rig) { r.oldMeta(runBefore, 10000*time.Hour, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, api := recordedRig(t)
			known(r)
			r.must(0, "approve", "awaiting", "--cost", "16.20", "--contacts", "324")
			r.must(0, "dead", "edit", "dead", "--set", mended)
			r.worker()
			r.awaitReplaced("creating")
			r.wantCode(1, "dead", "replay", "dead")
			r.vouch()
			r.must(0, "dead", "replay", "dead")
			r.endAll(api)
		})
	}
}

// askedBefore has the API take the create of a run of a campaign of version 1, whose
// answer no ledger has, and returns the ticket.
func (r *rig) askedBefore(id string, run int) (ticket string) {
	r.t.Helper()
	rec := record.New(campaign.Campaign{ID: id, Account: campaign.DefaultAccount}, time.Time{}, "")
	rec.Run = run
	answer := r.post("/sms-campaign-on-list/create", map[string]any{
		"list_name": id, "text": "Hello, STOP at 30101", "type": "sms_premium", "purpose": "wholesale", "request_id": rec.RequestID(),
	})
	return answer["ticket_number"].(string)
}

// post calls the API as an octoq would whose Redis has forgotten it.
func (r *rig) post(path string, body map[string]any) map[string]any {
	r.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+path, bytes.NewReader(b))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Api-Login": {login}, "Api-Key": {apiKey}}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode >= 300 {
		r.t.Fatalf("POST %s: got status %d, %v", path, resp.StatusCode, err)
	}
	return answer
}

func (r *rig) sendTicket(ticket string) {
	r.t.Helper()
	r.post("/sms-campaign-on-list/send", map[string]any{"ticket_number": ticket})
}

// restoreRecent restores a recorded campaign as one that was enqueued and created two
// hours ago, under some run of Redis. more are fields of its record.
func (r *rig) restoreRecent(id, origin string, more ...any) {
	r.t.Helper()
	rdb := r.redis.Client()
	client := asynq.NewClient(asynq.RedisClientOpt{Addr: r.redis.Addr})
	defer func() { _ = client.Close() }()
	r.restore(id, rdb, client)
	at := r.redisTime().Add(-2 * time.Hour)
	fields := append([]any{
		"origin", origin, "enqueued_at", at.UnixMilli(),
		"started", `{"create":{"at":"` + at.Format(time.RFC3339) + `","idle":0}}`,
	}, more...)
	if err := rdb.HSet(r.t.Context(), "octoq:{default}:c:"+id, fields...).Err(); err != nil {
		r.t.Fatal(err)
	}
}

// A create was in the hands of a worker of version 1, and the API had taken it. Under
// the same run of Redis the record knows all that became of it. After a change it may
// have been sent: it is not sent again.
func TestRecordedCreateWhoseAnswerIsUnknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		changed bool
		known   func(r *rig, run string)
	}{
		"under one run":                {false, func(r *rig, run string) { r.oldMeta(run, 72*time.Hour, "") }},
		"a change noted by version 1":  {true, func(r *rig, run string) { r.oldMeta(run, time.Hour, runBefore) }},
		"a change noted by nobody yet": {true, func(r *rig, _ string) { r.oldMeta(runBefore, 72*time.Hour, "") }},
		"the ledger lost as a whole":   {true, func(*rig, string) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, simulator.Config{})
			r.quick()
			run := runIDOf(t, r.redis.Client())
			origin := run
			if c.changed {
				origin = runBefore
			}
			r.restoreRecent("creating", origin, "claim_on", origin)
			c.known(r, run)
			ticket := r.askedBefore("creating", 1)
			if c.changed {
				r.sendTicket(ticket)
			}
			r.worker()
			if !c.changed {
				r.quietly("creating")
				r.sentOnce("creating")
				return
			}
			r.awaitMaybe("creating")
			r.insist("creating")
			r.sentOnce("creating")
		})
	}
}

// A letter of version 1 was replayed by it and sent, which Redis has forgotten. That
// replay asked under a request_id of its own run, unlike today's, so that the API would
// not recognise today's: it is replayed by force, or after a vouch.
func TestRecordedLetterWhoseReplayIsForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.restoreRecent("dead", runBefore)
	r.oldMeta(runIDOf(t, r.redis.Client()), time.Hour, runBefore)
	r.sendTicket(r.askedBefore("dead", 2))
	r.worker()
	r.must(0, "dead", "edit", "dead", "--set", mended)
	if o := r.octoq("dead", "replay", "dead"); o.code != 1 || !strings.Contains(o.err, "octoq vouch") || !strings.Contains(o.err, "--force") {
		t.Errorf("replay: got %+v, want it refused, and the ways on", o)
	}
	r.runByAsynq("dead")
	if n := r.carriedOutFor(simulator.CallCreate, "dead"); n != 1 {
		t.Errorf("got %d creates carried out, want the forgotten one", n)
	}
	r.sentOnce("dead")
}
