package recordtest

import (
	"strconv"
	"strings"

	"github.com/octoq/octoq/internal/record"
)

// State is a record's state and marks in one line.
func State(r record.Record) string {
	return strings.TrimSpace(string(r.State) + " " + Marks(r))
}

// Marks lists what a record notes of calls without an answer and of wishes, for comparison.
func Marks(r record.Record) string {
	var list []string
	note := func(on bool, word string) {
		if on {
			list = append(list, word)
		}
	}
	note(r.Unanswered, "unanswered")
	note(r.ConfirmTried, "tried")
	note(r.MaybeConfirmed, "maybe")
	note(r.ConfirmedElsewhere, "elsewhere")
	note(r.Approved, "approved")
	note(r.CancelRequested, "cancel")
	note(len(r.LostRequests) > 0, "lost")
	note(r.Try > 1, "try="+strconv.Itoa(r.Try))
	return strings.Join(list, " ")
}
