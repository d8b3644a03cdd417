package recordtest

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/record"
)

// Answer builds an outcome from a class and what came with it: a code, how far
// the API is, or how long it asks to be left alone.
func Answer(t *testing.T, words string) record.Outcome {
	t.Helper()
	fields := strings.Fields(words)
	out := record.Outcome{Class: record.Class(fields[0])}
	if out.Class == record.ClassOK {
		out.Ticket, out.SendingDate = "T1", "2026-03-02T13:00:00+01:00"
		out.Contacts, out.Cost = 20, 25800
	}
	for _, w := range fields[1:] {
		switch p := record.Progress(w); {
		case p == record.ProgressComputing, p == record.ProgressReady, p == record.ProgressFailed, p == record.ProgressUnknown:
			out.Progress = p
		case w == "no_ticket":
			out.Ticket = ""
		case w == "taken":
			out.TicketOwner = "summer"
		case w == "no_contacts":
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
