package stage

import (
	"strconv"
	"time"

	"github.com/octoq/octoq/campaign"
)

// said is what the API says besides a good answer, to be put behind other text.
func said(out campaign.Outcome) string {
	if out.Message == "" {
		return ""
	}
	return ": " + out.Message
}

// failed ends a campaign that the API could not compute.
func (v *verdict) failed() {
	message := "the API could not compute the campaign" + said(v.out)
	if v.out.Message == "" {
		message += " and gives no reason"
	}
	v.out.Message = message
	v.fail(campaign.FailComputation, campaign.CallStatus, false)
}

// unknownWord polls on after a status that octoq does not know. The timeline
// has a word once, not with each poll.
func (v *verdict) unknownWord() {
	v.pollAgain()
	v.Waiting = statusWord(v.out.StatusWord) + said(v.out) + "; it is asked again until the deadline"
	word := v.out.StatusWord
	if word == "" {
		word = noWord
	}
	if v.StatusWord != word {
		v.StatusWord = word
		v.tell("status_unknown", v.Waiting)
	}
}

// noWord stands on record for an answer without a status.
const noWord = "none"

func statusWord(word string) string {
	if word == "" || word == noWord {
		return "the API's answer has no status"
	}
	return "the API's status is " + strconv.Quote(word) + ", which octoq does not know"
}

// notComputed polls on after a refusal that means, or may mean, "not ready".
func (v *verdict) notComputed() {
	was := v.Waiting
	v.pollAgain()
	if v.out.Class == campaign.ClassPending {
		v.Waiting += said(v.out)
		return
	}
	if v.Waiting = describe(campaign.CallStatus, v.out); v.Waiting != was {
		v.tell("status_unclear", v.Waiting)
	}
}

// sendingDate is what the API says of a confirm that it took.
func sendingDate(out campaign.Outcome) string {
	if out.SendingDate == "" {
		return "without a sending date" + said(out)
	}
	return "sending date " + out.SendingDate + said(out)
}

// compareDates warns of a sending date other than the send_at asked for.
func (v *verdict) compareDates() {
	if v.SendingDiffers = differs(v.Campaign.SendAt, v.out.SendingAt, v.m.Now); v.SendingDiffers {
		v.tell("sending_date_differs", "Octopush's sending date, "+v.out.SendingDate+", is not the send_at asked for, "+stamp(v.Campaign.SendAt))
	}
}

// differs reports whether a sending date means another minute than send_at. What
// the API does with a send_at that has passed is unknown: to send at once is
// what is wanted then.
func differs(sendAt, date, now time.Time) bool {
	if sendAt.IsZero() || date.IsZero() || near(date, sendAt) {
		return false
	}
	return sendAt.After(now) || !near(date, now)
}

func near(a, b time.Time) bool { return a.Sub(b).Abs() < time.Minute }
