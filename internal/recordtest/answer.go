package recordtest

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
)

// Answer builds an outcome from a class and what came with it: a code, how far
// the API is, or how long it asks to be left alone.
func Answer(t *testing.T, words string) campaign.Outcome {
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
