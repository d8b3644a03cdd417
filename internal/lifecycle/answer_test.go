package lifecycle

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/recordtest"
)

func TestWaitsForWhatTheAPISays(t *testing.T) {
	t.Parallel()
	for answered, want := range map[*record.Outcome]string{
		{Class: record.ClassOK, Progress: record.ProgressUnknown, StatusWord: "validated"}:   `the API's status is "validated", which octoq does not know; it is asked again until the deadline`,
		{Class: record.ClassOK, Progress: record.ProgressComputing}:                          "the API computes the campaign",
		{Class: record.ClassPending, Code: 127, HTTPStatus: 400, Message: "Being computed."}: "the API computes the campaign: Being computed.",
		{Class: record.ClassUnknown, HTTPStatus: 404, Message: "No such page."}:              "status was answered unknown, HTTP 404: No such page.",
	} {
		r, m, p := given(t, "computing")
		if got := Settle(r, campaign.CallStatus, *answered, m, p).After.Waiting; got != want {
			t.Errorf("waits for %q, want %q", got, want)
		}
	}
}

func TestFailedTellsTheReason(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"":               "the API could not compute the campaign and gives no reason",
		"List is empty.": "the API could not compute the campaign: List is empty.",
	} {
		r, m, p := given(t, "computing")
		s := Settle(r, campaign.CallStatus, record.Outcome{Class: record.ClassOK, HTTPStatus: 200, Progress: record.ProgressFailed, Message: message}, m, p)
		if got := s.After.Failure.Message; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := s.Entries[len(s.Entries)-1].Why; got != "failed: "+want {
			t.Errorf("timeline: got %q, want failed: %s", got, want)
		}
	}
}

// A sending date other than the send_at asked for is a warning, by the moment
// that both mean.
func TestSendingDateIsCompared(t *testing.T) {
	t.Parallel()
	later := recordtest.Noon().Add(3 * time.Hour)
	for _, c := range []struct {
		name          string
		sendAt, dated time.Time
		want          bool
	}{
		{"none asked for", time.Time{}, later, false},
		{"none answered", later, time.Time{}, false},
		{"the same, elsewhere", later, later.In(time.FixedZone("", 7200)), false},
		{"seconds are dropped", later.Add(42 * time.Second), later, false},
		{"a minute later", later, later.Add(time.Minute), true},
		{"an hour earlier", later, later.Add(-time.Hour), true},
		{"sent at once", later, recordtest.Noon(), true},
		{"it had passed: sent at once", recordtest.Noon().Add(-time.Hour), recordtest.Noon(), false},
		{"it had passed: kept", recordtest.Noon().Add(-time.Hour), recordtest.Noon().Add(-time.Hour), false},
		{"it had passed: some other time", recordtest.Noon().Add(-time.Hour), later, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, m, p := given(t, "confirming")
			r.Campaign.SendAt = c.sendAt
			s := Settle(r, campaign.CallConfirm, record.Outcome{Class: record.ClassOK, SendingDate: "as written", SendingAt: c.dated}, m, p)
			entries := ""
			for _, e := range s.Entries {
				entries += e.What + " "
			}
			if s.After.State != campaign.StateSent || s.After.SendingDiffers != c.want || strings.Contains(entries, "sending_date_differs") != c.want {
				t.Errorf("got %s, differs %v, entries %q, want it sent, and %v", s.After.State, s.After.SendingDiffers, entries, c.want)
			}
		})
	}
}

// What the API says of a good answer is kept, too.
func TestGoodAnswersAreQuoted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		call campaign.Call
		in   string
		out  record.Outcome
		want string
	}{
		{campaign.CallCreate, "creating", record.Outcome{Class: record.ClassOK, Ticket: "T9", Message: "queued"}, "ticket T9: queued"},
		{campaign.CallConfirm, "confirming", record.Outcome{Class: record.ClassOK, Message: "it is night"}, "without a sending date: it is night"},
		{campaign.CallConfirm, "confirming", record.Outcome{Class: record.ClassOK, SendingDate: "soon", Message: "ok"}, "sending date soon: ok"},
	} {
		r, m, p := given(t, c.in)
		if got := Settle(r, c.call, c.out, m, p).Entries[0].Why; got != c.want {
			t.Errorf("%s: got %q, want %q", c.call, got, c.want)
		}
	}
}
