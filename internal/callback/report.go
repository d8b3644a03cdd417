package callback

import (
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/internal/apidate"
	"github.com/octoq/octoq/internal/phone"
	"github.com/octoq/octoq/internal/result"
)

// report is what a delivery report says. ok is false for one that is of no use: without a
// ticket, a number or a status.
func (f reported) report() (r result.DeliveryReport, ok bool) {
	status, ok := result.ParseStatus(f.text("status", "deliverystatus"))
	r = result.DeliveryReport{Ticket: f.ticket(), Number: f.number(), Status: status, At: dateOf(f.text("deliverydate", "date"))}
	return r, ok && r.Ticket != "" && r.Number != ""
}

// reply is what a recipient has answered.
func (f reported) reply() (m result.Inbound, ok bool) { return f.message("receptiondate", "date") }

// optOut is that a recipient wants no more messages. It counts whatever else it says.
func (f reported) optOut() (m result.Inbound, ok bool) { return f.message("stopdate", "date") }

func (f reported) message(dates ...string) (m result.Inbound, ok bool) {
	m = result.Inbound{Ticket: f.ticket(), Number: f.number(), Text: clip(f.text("text", "message")), At: dateOf(f.text(dates...))}
	return m, m.Number != ""
}

// ticket is the ticket that a report names, "" for what cannot be one.
func (f reported) ticket() string {
	ticket := f.text("messageid", "ticketnumber", "smsticket", "ticket")
	if !result.ValidTicket(ticket) {
		return ""
	}
	return ticket
}

func (f reported) number() string {
	return phone.Normal(f.text("number", "phonenumber", "recipient"))
}

// clip bounds the text of a message, which is 8 parts of 153 letters at most.
func clip(text string) string {
	const longest = 2000
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "")
}

// dateOf reads a date in one of the forms that were seen; it is zero for any other, and
// for what cannot be the date of a message.
func dateOf(text string) time.Time {
	at, ok := apidate.Parse(withoutFraction(text))
	if !ok {
		at = unixDate(text)
	}
	if at.Year() < 2000 || at.Year() > 2099 {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Second)
}

// withoutFraction leaves out the microseconds of PHP's dates.
func withoutFraction(text string) string {
	i := strings.LastIndexByte(text, '.')
	if i < 0 || strings.Trim(text[i+1:], "0123456789") != "" {
		return text
	}
	return text[:i]
}

// unixDate reads seconds or milliseconds since 1970.
func unixDate(text string) time.Time {
	const milliseconds = 1e11 // as seconds, that is the year 5138
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return time.Time{}
	case n >= milliseconds:
		return time.UnixMilli(n)
	default:
		return time.Unix(n, 0)
	}
}
