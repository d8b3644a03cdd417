package stage

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// The moment that table tests happen in, and the run_id of its Redis: in hex,
// as the ledger's scripts read it.
const redisA = "00000000000000a1"

func noon() time.Time { return time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC) }

// quiet is a moment in which nothing has happened to Redis.
func quiet() campaign.Moment {
	return campaign.Moment{Now: noon(), RunID: redisA}
}

// worstJitter makes back-offs as long as they can be, so that they can be told
// apart: half a base and the whole of the doubled one.
func worstJitter(d time.Duration) time.Duration { return d }

func testPolicy() Policy {
	return Policy{
		Who: "worker-1", Deadline: 24 * time.Hour, Claim: time.Minute,
		BackoffBase: time.Second, BackoffCap: time.Minute,
		PollFirst: 2 * time.Second, PollCap: time.Minute,
		Jitter: worstJitter,
	}
}

func testCampaign() campaign.Campaign {
	return campaign.Campaign{
		ID: "spring", Account: campaign.DefaultAccount, ListName: "customers",
		Text: "Spring is here. STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
	}
}

// given builds a record, a moment and a policy from words: a state, then marks
// and circumstances. A record in a state that only a claim can be in has one.
func given(t *testing.T, words string) (campaign.Record, campaign.Moment, Policy) {
	t.Helper()
	r, m, p := campaign.NewRecord(testCampaign(), noon().Add(-time.Hour), redisA), quiet(), testPolicy()
	fields := strings.Fields(words)
	r.State = campaign.State(fields[0])
	if !r.State.Valid() {
		t.Fatalf("%q names no state", fields[0])
	}
	r.Step, r.Revision = 7, 11
	switch r.State {
	case campaign.StateQueued:
	case campaign.StateCreating:
		r.Claim = claimOf(campaign.CallCreate)
	default:
		r.Ticket = "T1"
	}
	switch r.State {
	case campaign.StateReady, campaign.StateAwaitingApproval, campaign.StateConfirming:
		r.Contacts, r.Cost, r.PricedAt = 20, 25800, noon().Add(-time.Minute)
	}
	switch r.State {
	case campaign.StateConfirming:
		r.Claim = claimOf(campaign.CallConfirm)
	case campaign.StateCancelling:
		r.Claim, r.CancelRequested = claimOf(campaign.CallCancel), true
	}
	for _, w := range fields[1:] {
		circumstance(t, w, &r, &m, &p)
	}
	if r.Cover != nil && r.Cover.Content == "" {
		r.Cover.Content = r.Campaign.ContentHash()
	}
	return r, m, p
}

func claimOf(call campaign.Call) *campaign.Claim {
	return &campaign.Claim{Token: "token", Call: call, Deadline: noon().Add(30 * time.Second), On: redisA}
}

// circumstance sets one thing that a decision goes by.
func circumstance(t *testing.T, word string, r *campaign.Record, m *campaign.Moment, p *Policy) {
	t.Helper()
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "unanswered":
		r.Unanswered, r.UnansweredOn = true, redisA
	case "unanswered_elsewhere":
		r.Unanswered, r.UnansweredOn = true, "redis-before"
	case "tried":
		r.ConfirmTried, r.MaybeConfirmed = true, true
	case "maybe":
		r.MaybeConfirmed = true
	case "forced":
		r.Run, r.ForcedRuns, r.MaybeConfirmed = 2, []int{2}, true
	case "approved":
		r.Approved, r.Cover = true, covering(25800, 20)
	case "approved_blank": // by an older octoq
		r.Approved = true
	case "up_to":
		r.Approved, r.Cover = true, covering(number(t, value), -1)
	case "approved_other":
		r.Approved, r.Cover = true, covering(25800, 20)
		r.Cover.Content = "of another text"
	case "priced": // by an older octoq, unless when is said
		r.Cost, r.Contacts, r.PricedAt = campaign.Money(number(t, value)), 20, time.Time{}
	case "contacts":
		r.Contacts = number(t, value)
	case "asked": // so many minutes ago
		r.PricedAt = m.Now.Add(-time.Duration(number(t, value)) * time.Minute)
	case "cancel":
		r.CancelRequested = true
	case "orphan":
		r.Orphans = []campaign.Orphan{{Ticket: "T1", At: m.Now}}
	case "nobody":
		r.NoContacts = true
	case "approved_nobody":
		none := 0
		r.Approved, r.Cover = true, &campaign.Cover{Contacts: &none, Content: r.Campaign.ContentHash()}
	case "unclaimed":
		r.Claim = nil
	case "simulation":
		r.Campaign.SimulationMode = true
	case "manual":
		p.Manual = true
	case "park":
		p.ParkLost = true
	case "auto", "by_hand":
		r.Campaign.Confirm = map[string]string{"auto": campaign.ConfirmAuto, "by_hand": campaign.ConfirmManual}[name]
	case "max_cost":
		r.Campaign.MaxCost = campaign.Money(number(t, value))
	case "streak":
		r.Streak = number(t, value)
	case "try":
		r.Try = number(t, value)
	case "nocredit":
		r.NoCredit, r.NoCreditMark = number(t, value), 5
	case "passed":
		m.Successes = int64(number(t, value))
		m.Creates = m.Successes
	case "doubtful": // Redis was replaced half an hour ago
		r.Origin = "redis-before"
		m.Changes = []campaign.RedisChange{{From: "redis-before", To: redisA, FirstSeen: m.Now.Add(-30 * time.Minute), LastStamp: m.Now.Add(-31 * time.Minute)}}
	case "late": // and when the campaign was a day old
		r.Origin, r.EnqueuedAt = "redis-before", m.Now.Add(-49*time.Hour)
		m.Changes = []campaign.RedisChange{{From: "redis-before", To: redisA, FirstSeen: m.Now.Add(-24 * time.Hour), LastStamp: m.Now.Add(-25 * time.Hour)}}
	case "ancient": // enqueued longer ago than records are kept
		r.EnqueuedAt, p.Retention = m.Now.Add(-retention-time.Hour), retention
	case "due_lately":
		r.Campaign.NotBefore = m.Now.Add(-time.Hour)
	case "begun":
		r.Started = map[campaign.Call]campaign.Start{campaign.CallCreate: {At: m.Now.Add(-time.Hour)}}
	case "born": // the account's ledger was, half an hour ago
		m.Changes = []campaign.RedisChange{{To: redisA, FirstSeen: m.Now.Add(-30 * time.Minute)}}
	case "accepted":
		r.AcceptedOn = redisA
	case "vouched":
		r.AskedAt, m.VouchedAt = m.Now.Add(-time.Hour), m.Now.Add(-time.Minute)
	case "redis_replaced":
		r.Waiting, r.Ticket = campaign.WaitingRedisReplaced, ""
	case "expired":
		r.Campaign.ExpiresAt = m.Now.Add(-time.Second)
	case "overdue":
		r.Started = map[campaign.Call]campaign.Start{callOf(*r): {At: m.Now.Add(-25 * time.Hour)}}
	default:
		t.Fatalf("%q is no circumstance", word)
	}
}

// covering is the cover of a price and of so many contacts, -1 for any number.
func covering(cost, contacts int) *campaign.Cover {
	cover := campaign.Cover{Cost: campaign.Money(cost)}
	if contacts >= 0 {
		cover.Contacts = &contacts
	}
	return &cover
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return n
}

// answer builds an outcome from a class and what came with it: a code, how far
// the API is, or how long it asks to be left alone.
func answer(t *testing.T, words string) campaign.Outcome {
	t.Helper()
	fields := strings.Fields(words)
	out := campaign.Outcome{Class: campaign.Class(fields[0])}
	if out.Class == campaign.ClassOK {
		out.Ticket, out.SendingDate = "T1", "2026-03-02T13:00:00+01:00"
		out.Contacts, out.Cost = 20, 25800
	}
	for _, w := range fields[1:] {
		switch p := campaign.Progress(w); {
		case p == campaign.ProgressComputing, p == campaign.ProgressReady, p == campaign.ProgressFailed, p == campaign.ProgressUnknown:
			out.Progress = p
		case w == "no_ticket":
			out.Ticket = ""
		case w == "taken":
			out.TicketOwner = "summer"
		case w == "nobody":
			out.NoContacts, out.Contacts, out.Cost = true, 0, 0
		case strings.HasPrefix(w, "after="):
			d, err := time.ParseDuration(w[len("after="):])
			if err != nil {
				t.Fatal(err)
			}
			out.RetryAfter = d
		default:
			out.Code = number(t, w)
		}
	}
	return out
}

// marks lists what a record remembers of doubts and wishes, for comparison.
func marks(r campaign.Record) string {
	var list []string
	note := func(on bool, word string) {
		if on {
			list = append(list, word)
		}
	}
	note(r.Unanswered, "unanswered")
	note(r.ConfirmTried, "tried")
	note(r.MaybeConfirmed, "maybe")
	note(r.Elsewhere, "elsewhere")
	note(r.Approved, "approved")
	note(r.CancelRequested, "cancel")
	note(len(r.LostRequests) > 0, "lost")
	note(r.Try > 1, "try="+strconv.Itoa(r.Try))
	return strings.Join(list, " ")
}

// whatNext says how the campaign goes on after a write: the same step again
// after a while, the next one, a person, a letter, or not at all.
func whatNext(before, after campaign.Record, m campaign.Moment, p Policy) string {
	switch {
	case after.State == campaign.StateDead:
		return "letter"
	case after.State.Final():
		return "-"
	case forPerson(after):
		return "person"
	}
	wait := "now"
	if at := next(before, after, m, p); !at.IsZero() {
		wait = "in " + at.Sub(m.Now).String()
	}
	if after.Step == before.Step {
		return "again " + wait
	}
	return string(after.State.Stage()) + " " + wait
}
