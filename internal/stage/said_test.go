package stage

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// why are the reasons that the timeline gives for one kind of event.
func why(r campaign.Record, what string) []string {
	var list []string
	for _, e := range r.Timeline {
		if e.What == what {
			list = append(list, e.Why)
		}
	}
	return list
}

// statuses answers the n-th status with the n-th of them, and the last for good.
func statuses(b *bench, list ...campaign.Outcome) {
	n := 0
	b.api.wrong = func(r campaign.Request) *misstep {
		if r.Call != campaign.CallStatus {
			return nil
		}
		out := list[min(n, len(list)-1)]
		n++
		return &misstep{carriedOut: true, out: out}
	}
}

func progressed(p campaign.Progress, word, message string) campaign.Outcome {
	return campaign.Outcome{Class: campaign.ClassOK, HTTPStatus: 200, Progress: p, StatusWord: word, Message: message}
}

// A status that octoq does not know is polled on, and seen: in the timeline
// once for each word, in what the campaign waits for, and in its letter.
func TestUnknownStatusWordIsSeenOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.runner.Policy.Deadline = time.Hour
	unclear := campaign.Outcome{Class: campaign.ClassTransient, HTTPStatus: 503, Message: "away"}
	unknown := progressed(campaign.ProgressUnknown, "validated", "")
	statuses(b, unknown, unknown, unclear, unknown, progressed(campaign.ProgressComputing, "", ""), unknown,
		progressed(campaign.ProgressUnknown, "", ""), progressed(campaign.ProgressUnknown, "on its way", "be patient"))
	b.drain(b.runner)
	b.is("dead", 0)
	r := b.record()
	got := strings.Join(why(r, "status_unknown"), "\n")
	const until = "; it is asked again until the deadline"
	want := `the API's status is "validated", which octoq does not know` + until + "\nthe API's answer has no status" + until +
		"\n" + `the API's status is "on its way", which octoq does not know: be patient` + until
	if got != want {
		t.Errorf("told:\n%s\nwant:\n%s", got, want)
	}
	if f := r.Failure; f.Class != campaign.FailDeadline || !strings.Contains(f.Message, `the API's status is "on its way"`) {
		t.Errorf("got %+v, want the last word named", *f)
	}
	if r.Attempts.Status < 9 {
		t.Errorf("asked %d times, want it polled on", r.Attempts.Status)
	}
}

func TestWaitsForWhatTheAPISays(t *testing.T) {
	t.Parallel()
	for answered, want := range map[*campaign.Outcome]string{
		{Class: campaign.ClassOK, Progress: campaign.ProgressUnknown, StatusWord: "validated"}: `the API's status is "validated", which octoq does not know; it is asked again until the deadline`,
		{Class: campaign.ClassOK, Progress: campaign.ProgressComputing}:                        "the API computes the campaign",
		{Class: campaign.ClassPending, Code: 127, HTTPStatus: 400, Message: "Being computed."}: "the API computes the campaign: Being computed.",
		{Class: campaign.ClassUnknown, HTTPStatus: 404, Message: "No such page."}:              "status was answered unknown, HTTP 404: No such page.",
	} {
		r, m, p := given(t, "computing")
		if got := settle(r, campaign.CallStatus, *answered, m, p).after.Waiting; got != want {
			t.Errorf("waits for %q, want %q", got, want)
		}
	}
}

// A refusal that may mean "not ready" is told when it is new, not with each poll.
func TestUnclearStatusIsToldOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.runner.Policy.Deadline = time.Hour
	statuses(b, campaign.Outcome{Class: campaign.ClassUnknown, HTTPStatus: 404, Message: "No such page."})
	b.drain(b.runner)
	r := b.record()
	if got := why(r, "status_unclear"); len(got) != 1 || !strings.Contains(got[0], "No such page.") {
		t.Errorf("told %q, want the message once", got)
	}
	if !strings.Contains(r.Failure.Message, "No such page.") {
		t.Errorf("got %+v, want the letter to have the API's words", *r.Failure)
	}
}

// A campaign that is "not ready" until the deadline leaves the API's reason.
func TestDeadlineTellsWhatWasPending(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.runner.Policy.Deadline = time.Hour
	statuses(b, campaign.Outcome{Class: campaign.ClassPending, HTTPStatus: 400, Message: "The list is being imported."})
	b.drain(b.runner)
	if f := b.record().Failure; f.Class != campaign.FailDeadline || f.HTTPStatus != 400 || !strings.Contains(f.Message, "The list is being imported.") {
		t.Errorf("got %+v, want the API's reason", *f)
	}
}

func TestFailedTellsTheReason(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"":               "the API could not compute the campaign and gives no reason",
		"List is empty.": "the API could not compute the campaign: List is empty.",
	} {
		r, m, p := given(t, "computing")
		s := settle(r, campaign.CallStatus, progressed(campaign.ProgressFailed, "", message), m, p)
		if got := s.after.Failure.Message; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := s.entries[len(s.entries)-1].Why; got != "failed: "+want {
			t.Errorf("told %q, want failed: %s", got, want)
		}
	}
}

// A sending date other than the send_at asked for is a warning, by the moment
// that both mean.
func TestSendingDateIsCompared(t *testing.T) {
	t.Parallel()
	later := noon().Add(3 * time.Hour)
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
		{"sent at once", later, noon(), true},
		{"it had passed: sent at once", noon().Add(-time.Hour), noon(), false},
		{"it had passed: kept", noon().Add(-time.Hour), noon().Add(-time.Hour), false},
		{"it had passed: some other time", noon().Add(-time.Hour), later, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, m, p := given(t, "confirming")
			r.Campaign.SendAt = c.sendAt
			s := settle(r, campaign.CallConfirm, campaign.Outcome{Class: campaign.ClassOK, SendingDate: "as written", SendingAt: c.dated}, m, p)
			told := ""
			for _, e := range s.entries {
				told += e.What + " "
			}
			if s.after.State != campaign.StateSent || s.after.SendingDiffers != c.want || strings.Contains(told, "sending_date_differs") != c.want {
				t.Errorf("got %s, differs %v, told %q, want it sent, and %v", s.after.State, s.after.SendingDiffers, told, c.want)
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
		out  campaign.Outcome
		want string
	}{
		{campaign.CallCreate, "creating", campaign.Outcome{Class: campaign.ClassOK, Ticket: "T9", Message: "queued"}, "ticket T9: queued"},
		{campaign.CallConfirm, "confirming", campaign.Outcome{Class: campaign.ClassOK, Message: "it is night"}, "without a sending date: it is night"},
		{campaign.CallConfirm, "confirming", campaign.Outcome{Class: campaign.ClassOK, SendingDate: "soon", Message: "ok"}, "sending date soon: ok"},
	} {
		r, m, p := given(t, c.in)
		if got := settle(r, c.call, c.out, m, p).entries[0].Why; got != c.want {
			t.Errorf("%s: told %q, want %q", c.call, got, c.want)
		}
	}
}

// A campaign that is priced for nobody waits for a person, says why, and goes
// on once that was approved.
func TestNobodyToSendToIsAPersonsMatter(t *testing.T) {
	t.Parallel()
	ready := progressed(campaign.ProgressReady, "", "")
	ready.NoContacts = true
	b := newBench(t)
	statuses(b, ready)
	if err := b.approve(); err != nil { // before there is a price
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("awaiting_approval", 0)
	r := b.record()
	for _, want := range []string{"0 contacts, 0.00 €", "nobody to send to", "list customers", "approved before"} {
		if !strings.Contains(r.Waiting, want) {
			t.Errorf("waits for %q, want it to speak of %q", r.Waiting, want)
		}
	}
	if err := b.approve(); err != nil {
		t.Fatal(err)
	}
	b.drain(b.runner)
	b.is("sent approved", 1)
}
