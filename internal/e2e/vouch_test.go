package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// replacedAt writes into the ledger that Redis was replaced: when a script first saw the
// present run, and when the one before it was last seen. The clock of this Redis cannot
// be moved, so the change is.
func (r *rig) replacedAt(seen, stamp time.Duration) {
	r.t.Helper()
	now, run := r.redisTime(), r.meta("run")
	if run == "" {
		r.t.Fatal("the account has no ledger yet")
	}
	change := fmt.Sprintf("%s %s %d %d", strings.Repeat("0", len(run)), run, now.Add(-seen).UnixMilli(), now.Add(-stamp).UnixMilli())
	if err := r.redis.Client().HSet(r.t.Context(), metaKey, "changes", change).Err(); err != nil {
		r.t.Fatal(err)
	}
}

// awaitReplaced waits until a campaign waits for a person because Redis was replaced.
func (r *rig) awaitReplaced(id string) {
	r.t.Helper()
	if s := r.await(30*time.Second, id, campaign.StateAwaitingApproval); s.Waiting != record.WaitingRedisReplaced {
		r.t.Errorf("%s: got %+v, want it to wait because Redis was replaced", id, s)
	}
}

// What is too late to be recognised waits for a person: a vouch lets it go on, an
// approval by force sends it in a run of its own, a cancel leaves a marked letter.
func TestWhatWaitsBecauseRedisWasReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.known()
	r.replacedAt(time.Hour, 24*time.Hour)
	ids := []string{"vouched", "forced", "approved", "cancelled"}
	for _, id := range ids {
		r.enqueue(toList(id, `,"max_cost":1000`))
		r.awaitReplaced(id)
	}
	if o := r.must(1, "approve", "forced", "--up-to", "1000"); !strings.Contains(o.err, "--force") || !strings.Contains(o.err, "octoq vouch") {
		t.Errorf("approve without force: got %q, want the ways on", o.err)
	}
	if n := len(r.calls(simulator.CallCreate, "")); n > 0 {
		t.Fatalf("got %d creates, want none", n)
	}
	r.must(0, "approve", "forced", "--force", "--up-to", "1000")
	if s := r.await(30*time.Second, "forced", campaign.StateSent); !told(s, "forced") || s.Run != 2 {
		t.Errorf("forced: got %+v, want the force on record", s)
	}
	r.must(0, "cancel", "cancelled")
	r.awaitMaybe("cancelled")
	r.wantCode(1, "dead", "replay", "cancelled")

	if o := r.must(0, "vouch", "--account", "default", "--reason", "planned fail-over"); !strings.Contains(o.out, "2 campaigns that waited go on, 1 letters lost their mark") {
		t.Errorf("vouch: got %q", o.out)
	}
	for _, id := range []string{"vouched", "approved"} {
		r.quietly(id)
	}
	if s := r.status("cancelled"); s.Maybe || s.Failure.MaybeConfirmed || s.State != campaign.StateDead {
		t.Errorf("cancelled: got %+v, want a letter without a mark", s)
	}
	if out := r.must(0, "status", "cancelled").out; !strings.Contains(out, "so it was not sent: planned fail-over") {
		t.Errorf("cancelled: got\n%s\nwant the reason of the vouch", out)
	}
	r.sentOnce("vouched", "forced", "approved")
	if n := len(r.calls(simulator.CallCreate, "cancelled")); n > 0 {
		t.Errorf("cancelled: got %d creates, want none", n)
	}
}

// An approval that was given before the campaign had to wait accepts no second sending;
// the same one by force does.
func TestApprovedBeforeRedisWasReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	w := r.known()
	w.stop()
	r.enqueue(toList("x", ""))
	r.must(0, "approve", "x", "--up-to", "1000")
	r.replacedAt(time.Hour, 24*time.Hour)
	r.worker()
	r.awaitReplaced("x")
	r.must(1, "approve", "x", "--up-to", "1000")
	r.must(0, "approve", "x", "--force", "--up-to", "1000")
	if s := r.await(30*time.Second, "x", campaign.StateSent); !told(s, "forced") {
		t.Errorf("got %+v, want the force on record", s)
	}
	r.sentOnce("x")
}

// A vouch takes off the marks that doubt alone has set, however it was set, and no other.
func TestVouchTakesMarksOff(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{AfterSend: simulator.AfterSendUnknown})
	r.quick()
	r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "doubted", Fault: simulator.FaultDropAfter, Times: 1})
	r.rule(simulator.Rule{Call: simulator.CallSend, ListName: "confirmed", Fault: simulator.FaultDropAfter, Times: 1})
	r.worker()
	r.enqueue(toList("doubted", "") + toList("confirmed", "") + noStop("refused"))
	r.await(30*time.Second, "refused", campaign.StateDead)
	for _, id := range []string{"doubted", "confirmed"} {
		r.awaitMaybe(id)
		r.wantCode(1, "dead", "replay", id)
	}
	r.must(0, "dead", "edit", "refused", "--set", mended)
	r.replacedAt(time.Hour, 24*time.Hour)
	r.wantCode(1, "dead", "replay", "refused")
	r.runByAsynq("refused")

	r.vouch()
	for _, id := range []string{"doubted", "refused"} {
		if s := r.status(id); s.Maybe || r.showLetter(id).Failure.MaybeConfirmed {
			t.Errorf("%s: got %+v, want no mark", id, s)
		}
		r.must(0, "dead", "replay", id)
		r.quietly(id)
	}
	if s := r.status("confirmed"); !s.Maybe {
		t.Errorf("confirmed: got %+v, want it marked still: its confirm was not answered", s)
	}
	r.wantCode(1, "dead", "replay", "confirmed")
	r.sentOnce("doubted", "confirmed", "refused")
}

// An operator's word about a restart counts for what was asked before it: "seen before"
// is then the campaign's own.
func TestVouchAfterARestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.known()
	r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "x", Fault: simulator.FaultDropAfter, Times: 1})
	down := r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "x", Fault: simulator.Fault503})
	r.enqueue(toList("x", ""))
	r.until(30*time.Second, "its create was tried twice", func() (bool, string) {
		s := r.status("x")
		return s.Attempts.Create >= 2, fmt.Sprintf("%+v", s)
	})
	crashing(r)()
	down()
	r.awaitMaybe("x")
	r.vouch()
	r.must(0, "dead", "replay", "x")
	r.quietly("x")
	r.sentOnce("x")
}

// What waits because Redis was replaced ends when it expires, and may have been sent as
// far as anybody knows, until an operator vouches.
func TestExpiresWhileRedisIsInDoubt(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.known()
	r.replacedAt(time.Hour, 24*time.Hour)
	expires := r.redisTime().Add(5 * time.Second).Format(time.RFC3339)
	r.enqueue(toList("x", fmt.Sprintf(`,"expires_at":%q`, expires)))
	r.awaitReplaced("x")
	s := r.await(150*time.Second, "x", campaign.StateDead)
	if !s.Maybe || s.Failure.Class != campaign.FailExpired {
		t.Errorf("got %+v, want it expired and maybe_confirmed", s.Failure)
	}
	r.vouch()
	if s := r.status("x"); s.Maybe || s.Failure.MaybeConfirmed {
		t.Errorf("vouched: got %+v, want no mark", s)
	}
}

// A replay that was refused because the API would not delete the old ticket goes on once
// somebody has deleted that on Octopush's site, as its letter says.
func TestReplayAfterTheTicketWasDeletedByHand(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick("OCTOQ_DEADLINE=5s")
	r.known()
	r.overdueTicket("x")
	refusal := simulator.Rule{Call: simulator.CallCancel, ListName: "x", Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 999}
	refuses := r.rule(refusal)
	r.must(0, "dead", "edit", "x", "--set", "text=Mended, STOP at 30101")
	r.must(0, "dead", "replay", "x")
	r.until(30*time.Second, "the replay is refused", func() (bool, string) {
		l := r.showLetter("x")
		return strings.Contains(l.Refused, "Octopush's site and replay again"), fmt.Sprintf("%+v", l)
	})
	refuses()
	refusal.Code = record.CodeUnknownCampaign // as the API answers from then on
	refusal.Times = 1
	r.rule(refusal)
	r.must(0, "dead", "replay", "x")
	r.quietly("x")
	r.sentOnce("x")
}

// octoq doctor names a change of Redis that is younger than a day, and what to do.
func TestDoctorNamesTheChange(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.worker()
	names := func() bool {
		return strings.Contains(r.octoq("doctor").out, "octoq vouch --account default --reason")
	}
	if names() {
		t.Error("a new account: got a change named, want none")
	}
	first := r.meta("run")
	crashing(r)()
	r.noteChange(first)
	if !names() {
		t.Error("after a restart: got no change and vouch named")
	}
	r.replacedAt(25*time.Hour, 26*time.Hour)
	if names() {
		t.Error("a change of yesterday: got it named, want none")
	}
	r.replacedAt(23*time.Hour, 26*time.Hour)
	if !names() {
		t.Error("a change of today: got none named")
	}
	r.vouch()
	if names() {
		t.Error("vouched: got a change named, want none")
	}
}
