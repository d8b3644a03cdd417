// Package recordtest builds records, moments and answers from a few words, and says
// records in words, for table tests about campaigns.
package recordtest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/record"
)

// RunID is that of the Redis of all moments here: in hex, as the ledger's scripts read it.
const RunID = "00000000000000a1"

// Noon is the moment that table tests happen in.
func Noon() time.Time { return time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC) }

// quiet is a moment in which nothing has happened to Redis.
func quiet() record.Snapshot {
	return record.Snapshot{Now: Noon(), RunID: RunID}
}

// Campaign is a valid campaign.
func Campaign() campaign.Campaign {
	return campaign.Campaign{
		ID: "spring", Account: campaign.DefaultAccount, ListName: "customers",
		Text: "Spring is here. STOP au 30101", Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
	}
}

// Given builds a record and a moment from words: a state, then marks and circumstances.
// A record in a state that only a claim can be in has one.
func Given(t *testing.T, words string) (record.Record, record.Snapshot) {
	t.Helper()
	r, m := record.New(Campaign(), Noon().Add(-time.Hour), RunID), quiet()
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
		r.Contacts, r.Cost, r.PricedAt = 20, 25800, Noon().Add(-time.Minute)
	}
	switch r.State {
	case campaign.StateConfirming:
		r.Claim = claimOf(campaign.CallConfirm)
	case campaign.StateCancelling:
		r.Claim, r.CancelRequested = claimOf(campaign.CallCancel), true
	}
	for _, w := range fields[1:] {
		circumstance(t, w, &r, &m)
	}
	if r.Cover != nil && r.Cover.Content == "" {
		r.Cover.Content = content.Hash(r.Campaign)
	}
	return r, m
}

func claimOf(call campaign.Call) *campaign.Claim {
	return &campaign.Claim{Token: "token", Call: call, Deadline: Noon().Add(30 * time.Second), RunID: RunID}
}

// circumstance sets one thing that a decision goes by.
func circumstance(t *testing.T, word string, r *record.Record, m *record.Snapshot) {
	t.Helper()
	name, value, _ := strings.Cut(word, "=")
	if ofRedis(name, r, m) || ofPrice(t, name, value, r, m) {
		return
	}
	switch name {
	case "tried":
		r.ConfirmTried, r.MaybeConfirmed = true, true
	case "maybe":
		r.MaybeConfirmed = true
	case "cancel":
		r.CancelRequested = true
	case "orphan":
		r.Orphans = []campaign.Orphan{{Ticket: "T1", At: m.Now}}
	case "unclaimed":
		r.Claim = nil
	case "simulation":
		r.Campaign.SimulationMode = true
	case "streak":
		r.Streak = number(t, value)
	case "try":
		r.Try = number(t, value)
	case "nocredit":
		r.NoCredit, r.NoCreditMark = number(t, value), 5
	case "passed":
		m.Successes = int64(number(t, value))
		m.Creates = m.Successes
	case "due_lately":
		r.Campaign.NotBefore = m.Now.Add(-time.Hour)
	case "begun":
		r.Started = map[campaign.Call]campaign.Start{campaign.CallCreate: {At: m.Now.Add(-time.Hour)}}
	case "expired":
		r.Campaign.ExpiresAt = m.Now.Add(-time.Second)
	case "overdue":
		r.Started = map[campaign.Call]campaign.Start{callOf(r.State): {At: m.Now.Add(-25 * time.Hour)}}
	default:
		t.Fatalf("%q is no circumstance", word)
	}
}

// ofRedis sets what Redis and the API may have forgotten, and reports whether the
// word is one of these.
func ofRedis(name string, r *record.Record, m *record.Snapshot) bool {
	switch name {
	case "unanswered":
		r.Unanswered, r.UnansweredRunID = true, RunID
	case "unanswered_elsewhere":
		r.Unanswered, r.UnansweredRunID = true, "redis-before"
	case "forced":
		r.Run, r.ForcedRuns, r.MaybeConfirmed = 2, []int{2}, true
	case "in_doubt": // Redis was replaced half an hour ago
		r.EnqueuedRunID = "redis-before"
		m.Changes = []record.RedisChange{{From: "redis-before", To: RunID, FirstSeen: m.Now.Add(-30 * time.Minute), LastStamp: m.Now.Add(-31 * time.Minute)}}
	case "late": // and when the campaign was a day old
		r.EnqueuedRunID, r.EnqueuedAt = "redis-before", m.Now.Add(-49*time.Hour)
		m.Changes = []record.RedisChange{{From: "redis-before", To: RunID, FirstSeen: m.Now.Add(-24 * time.Hour), LastStamp: m.Now.Add(-25 * time.Hour)}}
	case "born": // the account's ledger was, half an hour ago
		m.Changes = []record.RedisChange{{To: RunID, FirstSeen: m.Now.Add(-30 * time.Minute)}}
	case "accepted":
		r.AcceptedRunID = RunID
	case "vouched":
		r.AskedAt, m.VouchedAt = m.Now.Add(-time.Hour), m.Now.Add(-time.Minute)
	case "redis_replaced":
		r.Waiting, r.Ticket = record.WaitingRedisReplaced, ""
	default:
		return false
	}
	return true
}

// ofPrice sets prices and approvals, and reports whether the word is one of these.
func ofPrice(t *testing.T, name, value string, r *record.Record, m *record.Snapshot) bool {
	t.Helper()
	switch name {
	case "approved":
		r.Approved, r.Cover = true, Covering(25800, 20)
	case "approved_blank": // by an older octoq
		r.Approved = true
	case "up_to":
		r.Approved, r.Cover = true, Covering(number(t, value), -1)
	case "approved_other":
		r.Approved, r.Cover = true, Covering(25800, 20)
		r.Cover.Content = "of another text"
	case "priced": // by an older octoq, unless when is said
		r.Cost, r.Contacts, r.PricedAt = campaign.Money(number(t, value)), 20, time.Time{}
	case "contacts":
		r.Contacts = number(t, value)
	case "asked": // so many minutes ago
		r.PricedAt = m.Now.Add(-time.Duration(number(t, value)) * time.Minute)
	case "no_contacts":
		r.NoContacts = true
	case "approved_no_contacts":
		none := 0
		r.Approved, r.Cover = true, &campaign.Cover{Contacts: &none, Content: content.Hash(r.Campaign)}
	case "auto", "by_hand":
		r.Campaign.Confirm = map[string]string{"auto": campaign.ConfirmAuto, "by_hand": campaign.ConfirmManual}[name]
	case "max_cost":
		r.Campaign.MaxCost = campaign.Money(number(t, value))
	default:
		return false
	}
	return true
}

// callOf is the call that a campaign in a state is at.
func callOf(s campaign.State) campaign.Call {
	switch s {
	case campaign.StateQueued, campaign.StateCreating:
		return campaign.CallCreate
	case campaign.StateComputing:
		return campaign.CallStatus
	case campaign.StateCancelling:
		return campaign.CallCancel
	default:
		return campaign.CallConfirm
	}
}

// Covering is the cover of a price and of so many contacts, -1 for any number.
func Covering(cost, contacts int) *campaign.Cover {
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
