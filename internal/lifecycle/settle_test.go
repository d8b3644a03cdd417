package lifecycle

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

// cell is one row of the decision table after a call.
type cell struct {
	call   campaign.Call
	answer string // class, and what came with it
	before string // state, marks, circumstances
	after  string // state and marks
	next   string
	why    string
}

// settleTable mirrors the table of the design, call by call and in its order
// of classes. Where a cell has several rows, the first is the plain case.
func settleTable() []cell {
	return append(append(createCells(), statusCells()...), append(confirmCells(), cancelCells()...)...)
}

func createCells() []cell {
	const c = campaign.CallCreate
	return []cell{
		{c, "ok", "creating", "computing", "status in 2s", "there is a ticket; its price takes a moment"},
		{c, "ok", "creating unanswered", "computing", "status in 2s", "the ticket is known, so the doubt is over"},
		{c, "ok", "creating simulation", "simulated", "-", "whether a simulated ticket can be polled is unknown"},
		{c, "ok no_ticket", "creating", "creating unanswered", "again in 1.5s", "it arrived, and its ticket is lost"},
		{c, "ok", "creating cancel", "computing cancel", "status in 2s", "the ticket is kept; the cancel comes next"},

		{c, "ok taken", "creating", "dead unanswered", "letter", "the ticket is another campaign's: never confirmed under this one's name"},
		{c, "ok taken", "creating cancel", "dead unanswered cancel", "letter", "the same"},
		{c, "ok taken", "creating simulation", "simulated", "-", "a simulated ticket is never confirmed"},
		{c, "ok", "creating orphan", "dead unanswered", "letter", "given up before, and perhaps being cancelled: it is not taken back"},

		{c, "rejected 121", "creating", "dead unanswered", "letter", "a permanent refusal costs one call, and may use the request_id up"},
		{c, "rejected 121", "creating in_doubt", "dead unanswered", "letter", "a replay asks the same question, so the death needs no mark"},
		{c, "rejected 121", "creating forced", "dead unanswered maybe", "letter", "what an earlier run left open stays open"},

		{c, "pending 127", "creating", "creating unanswered", "again in 1.5s", "another campaign of the account is being computed"},

		{c, "duplicate 120", "creating unanswered", "creating lost try=2", "create in 1.5s", "ours arrived and its ticket is lost: it is never confirmed, so a new request_id may be used"},
		{c, "duplicate 120", "creating unanswered streak=1 try=2", "creating lost try=3", "create in 2.5s", "the same once more; the back-off goes on growing"},
		{c, "duplicate 120", "creating unanswered try=3", "dead unanswered lost try=3", "letter", "and no more: what is lost at the API cannot be cancelled"},
		{c, "duplicate 120", "creating unanswered try=5000", "dead unanswered lost try=5000", "letter", "nor of a record from before there was a bound"},
		{c, "duplicate 120", "creating unanswered park", "dead unanswered lost", "letter", "the same, parked by setting; its ticket is never confirmed, so it may be replayed"},
		{c, "duplicate 120", "creating", "dead maybe", "letter", "octoq had not asked before: whose ticket it is cannot be known"},
		{c, "duplicate 120", "creating unanswered in_doubt", "dead unanswered maybe", "letter", "Redis may have forgotten a create that was confirmed"},
		{c, "duplicate 120", "creating unanswered born", "dead unanswered maybe", "letter", "the whole ledger may have been lost"},
		{c, "duplicate 120", "creating unanswered in_doubt accepted", "creating lost try=2", "create in 1.5s", "the API has accepted a create of it since: nothing was forgotten"},
		{c, "duplicate 120", "creating unanswered_elsewhere", "dead unanswered maybe", "letter", "the earlier create was made under another Redis, which forgot more"},
		{c, "duplicate 120", "creating unanswered_elsewhere vouched", "creating lost try=2", "create in 1.5s", "an operator has vouched for that Redis since"},
		{c, "duplicate 120", "creating forced", "creating maybe lost try=2", "create in 1.5s", "force leads on"},
		{c, "duplicate 120", "creating forced in_doubt park", "creating maybe lost try=2", "create in 1.5s", "whatever Redis may have forgotten"},

		{c, "done 132", "creating", "dead unanswered maybe", "letter", "something of that name was sent"},

		{c, "account 101", "creating", "creating unanswered", "again in 1.5s", "the account's fault; a refused request may use its request_id up"},
		{c, "account 104", "creating nocredit=2 passed=9", "dead unanswered", "letter", "others had credit: it alone brought 104 back twice"},
		{c, "account 104", "creating nocredit=2 passed=5", "creating unanswered", "again in 1.5s", "no other campaign passed meanwhile, so the account may be to blame"},

		{c, "throttled", "creating", "creating unanswered", "again in 1.5s", "back-off"},
		{c, "throttled after=7s", "creating", "creating unanswered", "again in 7s", "the API said when"},
		{c, "transient", "creating streak=2", "creating unanswered", "again in 4.5s", "back-off grows"},
		{c, "transient 125", "creating streak=4", "creating unanswered", "again in 16.5s", "'undefined' gets a few tries"},
		{c, "transient 125", "creating streak=5", "dead unanswered", "letter", "and no more"},
		{c, "unanswered", "creating", "creating unanswered", "again in 1.5s", "the same request_id asks whether it arrived"},
		{c, "not_sent", "creating", "creating", "again in 1.5s", "certainly not arrived: no doubt is noted"},
		{c, "not_sent", "creating unanswered", "creating unanswered", "again in 1.5s", "an older doubt stays"},
		{c, "unknown", "creating", "dead unanswered", "letter", "replayable: nothing was confirmed"},
	}
}

func statusCells() []cell {
	const c = campaign.CallStatus
	return []cell{
		{c, "ok computing", "computing", "computing", "again in 4s", "polled less and less often"},
		{c, "ok unknown", "computing", "computing", "again in 4s", "an unknown word is not 'failed'"},
		{c, "ok", "computing", "computing", "again in 4s", "no word at all"},
		{c, "ok ready", "computing", "ready", "confirm now", "auto"},
		{c, "ok ready", "computing manual", "awaiting_approval", "person", "a person sees the price first"},
		{c, "ok ready", "computing manual auto", "awaiting_approval", "person", "the account's setting is a floor, which the campaign cannot undo"},
		{c, "ok ready", "computing by_hand", "awaiting_approval", "person", "the same, the other way"},
		{c, "ok ready", "computing manual approved", "ready approved", "confirm now", "approved before it was priced"},
		{c, "ok ready", "computing manual cancel", "awaiting_approval cancel", "confirm now", "no other wake-up comes: it goes on to the cancel"},
		{c, "ok ready", "computing max_cost=25799", "awaiting_approval", "person", "dearer than its producer allows"},
		{c, "ok ready", "computing max_cost=25800", "ready", "confirm now", "exactly as dear as allowed"},
		{c, "ok ready", "computing max_cost=1 approved", "ready approved", "confirm now", "a person has accepted"},
		{c, "ok ready", "computing manual approved tried", "ready tried maybe approved", "confirm now", "the first confirm was approved, and so is the next of the same ticket"},
		{c, "ok ready", "computing max_cost=1 tried", "awaiting_approval tried maybe", "person", "but neither is made above what is allowed"},
		{c, "ok ready no_contacts", "computing", "awaiting_approval", "person", "it would end as sent and reach no one"},
		{c, "ok ready no_contacts", "computing manual auto", "awaiting_approval", "person", "whatever was agreed of prices"},
		{c, "ok ready no_contacts", "computing approved", "awaiting_approval", "person", "an approval before could not know"},
		{c, "ok ready no_contacts", "computing no_contacts approved_no_contacts", "ready approved", "confirm now", "the approval had seen it"},
		{c, "ok ready no_contacts", "computing no_contacts", "awaiting_approval", "person", "shown, and not approved"},
		{c, "ok ready", "computing no_contacts", "ready", "confirm now", "the list was filled meanwhile"},
		{c, "ok ready no_contacts", "computing tried", "ready tried maybe", "confirm now", "the first confirm may have arrived; only the same ticket is confirmed again"},
		{c, "ok ready no_contacts", "computing cancel", "awaiting_approval cancel", "confirm now", "it goes on to the cancel"},
		{c, "ok failed", "computing", "dead", "letter", "the API could not compute it"},
		{c, "ok failed", "computing tried", "dead tried maybe", "letter", "every way to dead keeps the mark"},

		{c, "rejected 131", "computing", "dead", "letter", "the ticket was never confirmed"},
		{c, "rejected 131", "computing tried", "dead tried maybe", "letter", "131 is no proof of having been sent, nor of the contrary"},
		{c, "rejected 301", "computing tried", "dead tried maybe", "letter", "nor is any other code"},
		{c, "rejected 131", "computing in_doubt", "dead", "letter", "its replay deletes the ticket first, and asks again"},

		{c, "pending 127", "computing", "computing", "again in 4s", "not computed yet"},
		{c, "duplicate 120", "computing", "computing", "again in 1.5s", "makes no sense here: asked again"},
		{c, "done 132", "computing tried", "sent tried", "-", "the unanswered confirm had arrived: the mark is gone"},
		{c, "done 132", "computing", "sent elsewhere", "-", "sent, though not by us"},
		{c, "done 132", "computing tried forced", "sent tried maybe", "-", "the run before may have been sent too"},
		{c, "account 101", "computing", "computing", "again in 1.5s", "the account's trouble"},
		{c, "throttled after=7s", "computing", "computing", "again in 7s", "the API said when"},
		{c, "transient 125", "computing streak=9", "computing", "again in 1m0.5s", "capped; only the deadline ends it"},
		{c, "unanswered", "computing", "computing", "again in 1.5s", "a look changes nothing: looked again"},
		{c, "not_sent", "computing", "computing", "again in 1.5s", "the same"},
		{c, "unknown", "computing", "computing", "again in 4s", "the API also says 'not ready' as a 400 without a code"},
	}
}

func confirmCells() []cell {
	const c = campaign.CallConfirm
	return []cell{
		{c, "ok", "confirming", "sent", "-", "the API took it"},
		{c, "ok", "confirming tried", "sent tried", "-", "the same ticket: the mark is gone"},
		{c, "ok", "confirming forced", "sent maybe", "-", "the run that force left behind may have been sent too"},

		{c, "rejected 131", "confirming", "dead", "letter", "no ticket was confirmed"},
		{c, "rejected 131", "confirming tried", "dead tried maybe", "letter", "no proof: neither sent nor asked for anew"},
		{c, "rejected 202", "confirming tried", "dead tried maybe", "letter", "the same for any code"},
		{c, "rejected 131", "confirming in_doubt", "dead", "letter", "its replay deletes the ticket first, and asks again"},

		{c, "pending 127", "confirming", "computing", "status in 2s", "not computed after all"},
		{c, "pending 127 after=9s", "confirming tried", "computing tried maybe", "status in 9s", "an older doubt stays"},
		{c, "duplicate 120", "confirming", "computing tried maybe", "status in 1.5s", "makes no sense here, so it may have arrived"},
		{c, "done 132", "confirming tried", "sent tried", "-", "the earlier one had arrived"},
		{c, "done 132", "confirming", "sent elsewhere", "-", "sent, though not by us"},

		{c, "account 101", "confirming", "ready", "again in 1.5s", "the account's trouble; nothing was carried out"},
		{c, "account 104", "confirming nocredit=2 passed=9", "dead", "letter", "it alone has no credit"},
		{c, "account 105", "confirming", "computing tried maybe", "status in 1.5s", "'order waiting' may be an accepted order"},
		{c, "throttled", "confirming", "ready", "again in 1.5s", "a 429 comes before anything is carried out"},
		{c, "throttled", "confirming tried", "ready tried maybe", "again in 1.5s", "an older doubt stays"},
		{c, "transient", "confirming", "computing tried maybe", "status in 1.5s", "a 5xx may have been carried out"},
		{c, "transient after=9s", "confirming", "computing tried maybe", "status in 9s", "the API said when"},
		{c, "unanswered", "confirming", "computing tried maybe", "status in 1.5s", "marked at once, then the status is asked"},
		{c, "not_sent", "confirming", "ready", "again in 1.5s", "certainly not arrived"},
		{c, "not_sent", "confirming tried", "ready tried maybe", "again in 1.5s", "an older doubt stays"},
		{c, "unknown", "confirming", "computing tried maybe", "status in 1.5s", "an unknown 4xx proves nothing"},
	}
}

func cancelCells() []cell {
	const c = campaign.CallCancel
	return []cell{
		{c, "ok", "cancelling", "cancelled cancel", "-", "the API deleted it"},
		{c, "rejected 131", "cancelling", "cancelled cancel", "-", "there is nothing left to cancel"},
		{c, "rejected 202", "cancelling approved", "awaiting_approval", "person", "refused: a person decides; it does not go on by itself"},
		{c, "pending 127", "cancelling", "cancelling cancel", "again in 1.5s", "tried again"},
		{c, "duplicate 120", "cancelling", "cancelling cancel", "again in 1.5s", "makes no sense here: a few tries"},
		{c, "duplicate 120", "cancelling streak=5", "awaiting_approval", "person", "and no more"},
		{c, "done 132", "cancelling", "sent elsewhere cancel", "-", "too late: it was sent elsewhere"},
		{c, "account 101", "cancelling", "cancelling cancel", "again in 1.5s", "the account's trouble"},
		{c, "throttled after=7s", "cancelling", "cancelling cancel", "again in 7s", "the API said when"},
		{c, "transient", "cancelling streak=30", "cancelling cancel", "again in 1m0.5s", "to the deadline"},
		{c, "unanswered", "cancelling", "cancelling cancel", "again in 1.5s", "cancelling twice does no harm"},
		{c, "not_sent", "cancelling", "cancelling cancel", "again in 1.5s", "the same"},
		{c, "unknown", "cancelling", "cancelling cancel", "again in 1.5s", "a few tries"},
		{c, "unknown", "cancelling streak=5", "awaiting_approval", "person", "and no more"},
	}
}

func TestSettleFollowsTheTable(t *testing.T) {
	t.Parallel()
	for _, c := range settleTable() {
		t.Run(string(c.call)+" "+c.answer+" on "+c.before, func(t *testing.T) {
			t.Parallel()
			r, m, p := given(t, c.before)
			s := Settle(r, c.call, recordtest.Answer(t, c.answer), m, p)
			if got, want := recordtest.State(s.After), c.after; got != want {
				t.Errorf("%s: got %q, want %q", c.why, got, want)
			}
			if got := whatNext(r, s.After, m, p); got != c.next {
				t.Errorf("%s: goes on with %q, want %q", c.why, got, c.next)
			}
		})
	}
}

func TestSettleTableHasEveryCell(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, c := range settleTable() {
		class, _, _ := strings.Cut(c.answer, " ")
		have[string(c.call)+" "+class] = true
	}
	for _, call := range []campaign.Call{campaign.CallCreate, campaign.CallStatus, campaign.CallConfirm, campaign.CallCancel} {
		for _, class := range record.Classes() {
			if cell := string(call) + " " + string(class); !have[cell] {
				t.Errorf("the table has no row for %q", cell)
			}
		}
	}
}

func TestSettleTakesWhatTheAnswerBrings(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "creating")
	out := recordtest.Answer(t, "ok")
	out.Ticket = "T9"
	created := Settle(r, campaign.CallCreate, out, m, p)
	if created.After.Ticket != "T9" || created.ConfirmAccepted { // it proves no credit
		t.Errorf("created: got ticket %q, success %v, want T9, false", created.After.Ticket, created.ConfirmAccepted)
	}

	r, m, p = given(t, "computing")
	priced := Settle(r, campaign.CallStatus, recordtest.Answer(t, "ok ready"), m, p)
	if priced.After.Contacts != 20 || priced.After.Cost != 25800 || priced.ConfirmAccepted {
		t.Errorf("priced: got %d contacts at %v, success %v, want 20 at 2.58, false", priced.After.Contacts, priced.After.Cost, priced.ConfirmAccepted)
	}

	r, m, p = given(t, "confirming")
	sent := Settle(r, campaign.CallConfirm, recordtest.Answer(t, "ok"), m, p)
	if sent.After.SendingDate != "2026-03-02T13:00:00+01:00" || !sent.ConfirmAccepted {
		t.Errorf("sent: got date %q, success %v, want that of the answer, true", sent.After.SendingDate, sent.ConfirmAccepted)
	}
}

func TestSettleNotesTheLastRefusal(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "computing")
	out := recordtest.Answer(t, "transient 153")
	out.HTTPStatus, out.Message = 503, "route congested"
	got := Settle(r, campaign.CallStatus, out, m, p).After
	want := campaign.Failure{
		Class: "transient", Code: 153, Message: "route congested", HTTPStatus: 503,
		Stage: campaign.StageStatus, Attempts: 1, At: m.Now,
	}
	if got.LastRefusal == nil || *got.LastRefusal != want {
		t.Errorf("last refusal: got %+v, want %+v", got.LastRefusal, want)
	}
	if got.Waiting == "" {
		t.Error("a campaign that waits does not say for what")
	}
}

func TestDeadSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		call   campaign.Call
		answer string
		before string
		class  campaign.FailureClass
	}{
		{campaign.CallCreate, "rejected 121", "creating", campaign.FailRejected},
		{campaign.CallCreate, "unknown", "creating", campaign.FailUnknown},
		{campaign.CallCreate, "duplicate 120", "creating", campaign.FailDuplicate},
		{campaign.CallCreate, "duplicate 120", "creating unanswered park", campaign.FailLostTicket},
		{campaign.CallCreate, "duplicate 120", "creating unanswered try=3", campaign.FailLostTicket},
		{campaign.CallCreate, "ok taken", "creating", campaign.FailTicketTaken},
		{campaign.CallCreate, "ok", "creating orphan", campaign.FailTicketTaken},
		{campaign.CallCreate, "account 104", "creating nocredit=2 passed=9", campaign.FailNoCredit},
		{campaign.CallCreate, "transient 125", "creating streak=5", campaign.FailUnknown},
		{campaign.CallStatus, "ok failed", "computing", campaign.FailComputation},
		{campaign.CallStatus, "rejected 131", "computing", campaign.FailRejected},
		{campaign.CallConfirm, "rejected 131", "confirming", campaign.FailRejected},
		{campaign.CallConfirm, "account 104", "confirming nocredit=2 passed=9", campaign.FailNoCredit},
	} {
		r, m, p := given(t, c.before)
		out := recordtest.Answer(t, c.answer)
		f := Settle(r, c.call, out, m, p).After.Failure
		switch {
		case f == nil:
			t.Errorf("%s %s: dead without a failure", c.call, c.answer)
		case f.Class != c.class || f.Code != out.Code || f.Stage != campaign.Stage(c.call) || !f.At.Equal(m.Now):
			t.Errorf("%s %s: got %+v, want class %s, code %d, stage %s, at %v", c.call, c.answer, *f, c.class, out.Code, c.call, m.Now)
		}
	}
}

// A campaign whose list always answers 5xx to the confirm must not go round
// between status and confirm as fast as the limiter lets it.
func TestUnansweredConfirmsAreSpacedOut(t *testing.T) {
	t.Parallel()
	r, m, p := given(t, "confirming")
	var waits []string
	for range 8 {
		asked := Settle(r, campaign.CallConfirm, recordtest.Answer(t, "transient"), m, p).After
		waits = append(waits, asked.DueAt.Sub(m.Now).String())
		ready := Settle(asked, campaign.CallStatus, recordtest.Answer(t, "ok ready"), m, p).After
		r = PlanStep(ready, ready.Next(), m, p, "token").After
	}
	if got, want := strings.Join(waits, " "), "1.5s 2.5s 4.5s 8.5s 16.5s 32.5s 1m0.5s 1m0.5s"; got != want {
		t.Errorf("waits before the status: got %s, want %s", got, want)
	}
}
