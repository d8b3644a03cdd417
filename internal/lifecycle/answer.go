package lifecycle

import (
	"fmt"
	"strconv"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// describe is an answer for people, such as "create was answered rejected, HTTP 400,
// code 121: …".
func describe(call campaign.Call, out record.Outcome) string {
	s := string(call) + " was answered " + string(out.Class)
	if out.HTTPStatus != 0 {
		s += fmt.Sprintf(", HTTP %d", out.HTTPStatus)
	}
	if out.Code != 0 {
		s += fmt.Sprintf(", code %d", out.Code)
	}
	return s + messageAfter(out)
}

// messageAfter is the answer's message, if it has one, to be put behind other text.
func messageAfter(out record.Outcome) string {
	if out.Message == "" {
		return ""
	}
	return ": " + out.Message
}

// sendingDate is what the API says of a confirm that it took.
func sendingDate(out record.Outcome) string {
	if out.SendingDate == "" {
		return "without a sending date" + messageAfter(out)
	}
	return "sending date " + out.SendingDate + messageAfter(out)
}

// noWord stands on record for an answer without a status.
const noWord = "none"

func statusWord(word string) string {
	if word == "" || word == noWord {
		return "the API's answer has no status"
	}
	return "the API's status is " + strconv.Quote(word) + ", which octoq does not know"
}

func stamp(t time.Time) string { return t.Format(time.RFC3339) }

// unknownTicket reports whether the API does not know the ticket that it was asked for
// (131).
func unknownTicket(out record.Outcome) bool {
	return out.Class == record.ClassRejected && out.Code == record.CodeUnknownCampaign
}
