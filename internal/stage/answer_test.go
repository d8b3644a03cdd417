package stage

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// why are the reasons that the timeline gives for one kind of event.
func why(r record.Record, what string) []string {
	var list []string
	for _, e := range r.Timeline {
		if e.What == what {
			list = append(list, e.Why)
		}
	}
	return list
}

// statuses answers the n-th status with the n-th of them, and the last for good.
func statuses(b *bench, list ...record.Outcome) {
	n := 0
	b.api.wrong = func(r record.Request) *misstep {
		if r.Call != campaign.CallStatus {
			return nil
		}
		out := list[min(n, len(list)-1)]
		n++
		return &misstep{carriedOut: true, out: out}
	}
}

func progressed(p record.Progress, word, message string) record.Outcome {
	return record.Outcome{Class: record.ClassOK, HTTPStatus: 200, Progress: p, StatusWord: word, Message: message}
}

// A status that octoq does not know is polled on, and seen: in the timeline
// once for each word, in what the campaign waits for, and in its letter.
func TestUnknownStatusWordIsSeenOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.runner.Policy.Deadline = time.Hour
	unclear := record.Outcome{Class: record.ClassTransient, HTTPStatus: 503, Message: "away"}
	unknown := progressed(record.ProgressUnknown, "validated", "")
	statuses(b, unknown, unknown, unclear, unknown, progressed(record.ProgressComputing, "", ""), unknown,
		progressed(record.ProgressUnknown, "", ""), progressed(record.ProgressUnknown, "on its way", "be patient"))
	b.drain(b.runner)
	b.is("dead", 0)
	r := b.record()
	got := strings.Join(why(r, "status_unknown"), "\n")
	const until = "; it is asked again until the deadline"
	want := `the API's status is "validated", which octoq does not know` + until + "\nthe API's answer has no status" + until +
		"\n" + `the API's status is "on its way", which octoq does not know: be patient` + until
	if got != want {
		t.Errorf("timeline: got\n%s\nwant:\n%s", got, want)
	}
	if f := r.Failure; f.Class != campaign.FailDeadline || !strings.Contains(f.Message, `the API's status is "on its way"`) {
		t.Errorf("got %+v, want the last word named", *f)
	}
	if r.Attempts.Status < 9 {
		t.Errorf("asked %d times, want it polled on", r.Attempts.Status)
	}
}

// A refusal that may mean "not ready" is in the timeline when it is new, not with each
// poll.
func TestUnclearStatusIsRecordedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.runner.Policy.Deadline = time.Hour
	statuses(b, record.Outcome{Class: record.ClassUnknown, HTTPStatus: 404, Message: "No such page."})
	b.drain(b.runner)
	r := b.record()
	if got := why(r, "status_unclear"); len(got) != 1 || !strings.Contains(got[0], "No such page.") {
		t.Errorf("timeline: got %q, want the message once", got)
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
	statuses(b, record.Outcome{Class: record.ClassPending, HTTPStatus: 400, Message: "The list is being imported."})
	b.drain(b.runner)
	if f := b.record().Failure; f.Class != campaign.FailDeadline || f.HTTPStatus != 400 || !strings.Contains(f.Message, "The list is being imported.") {
		t.Errorf("got %+v, want the API's reason", *f)
	}
}

// A campaign that is priced without contacts waits for a person, says why, and goes on
// once that was approved.
func TestWithoutContactsAPersonDecides(t *testing.T) {
	t.Parallel()
	ready := progressed(record.ProgressReady, "", "")
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
