package octopush

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/octoq/octoq/internal/record"
)

const (
	maxMessage     = 500 // bytes
	maxSendingDate = 64  // bytes
	maxStatusWord  = 64  // bytes
)

// presentable makes an outcome fit for people: one line, bounded, and without
// the key, even if the API repeats it.
func (c *Client) presentable(o record.Outcome) record.Outcome {
	o.Message = shorten(c.hide(oneLine(o.Message)), maxMessage)
	o.SendingDate = shorten(c.hide(oneLine(o.SendingDate)), maxSendingDate)
	o.StatusWord = shorten(c.hide(oneLine(o.StatusWord)), maxStatusWord)
	if o.Ticket == c.key() && o.Ticket != "" {
		o.Class, o.Ticket, o.Message = record.ClassUnanswered, "", "the API returned the key for a ticket"
	}
	return o
}

// hider replaces the key in the forms that errors and servers quote it in.
func hider(key Secret) *strings.Replacer {
	k := key.Reveal()
	quoted := strconv.Quote(k)
	return strings.NewReplacer(
		k, redacted,
		quoted[1:len(quoted)-1], redacted,
		url.QueryEscape(k), redacted,
		url.PathEscape(k), redacted,
	)
}

// oneLine turns everything that does not print, invisible and direction
// characters included, into single spaces, and broken UTF-8 into U+FFFD.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// shorten cuts valid UTF-8 between characters.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	const more = "…"
	s = s[:limit-len(more)]
	for {
		r, size := utf8.DecodeLastRuneInString(s)
		if r != utf8.RuneError || size != 1 { // s was valid: only a cut character looks like this
			return s + more
		}
		s = s[:len(s)-1]
	}
}

// refusal says what an answer was when it was not a good one: in the API's
// words where they explain it, else in ours.
func refusal(o record.Outcome, a answer, r reading) string {
	if o.Message != "" && (o.Code != 0 || a.status >= 400) {
		return o.Message
	}
	return joinMessage(fmt.Sprintf("HTTP %d%s", a.status, remark(o.Code, a, r)), o.Message)
}

func remark(code int, a answer, r reading) string {
	switch {
	case a.status >= 300 && a.status <= 399:
		return ", a redirect, which is not followed: check the base URL"
	case r == readCut:
		return " with an answer that was cut off: " + cause(a.err, "reading the answer")
	case r == readGarbage && a.err != nil:
		return " with an answer that is " + a.err.Error()
	case r == readGarbage:
		return " with an answer that cannot be read"
	case r == readEmpty:
		return " with an empty answer"
	case code != 0:
		return fmt.Sprintf(" with code %d and no message", code)
	default:
		return " without code and message"
	}
}

func joinMessage(ours, theirs string) string {
	if theirs == "" {
		return ours
	}
	return ours + ": " + theirs
}

// timeoutError is the cause of a call that took longer than Config.Timeout.
type timeoutError struct{ after time.Duration }

func (e timeoutError) Error() string { return fmt.Sprintf("timeout after %v", e.after) }

// cause is a transport's error in few words. doing says what the call was at.
func cause(err error, doing string) string {
	var (
		whole timeoutError
		dns   *net.DNSError
		errno syscall.Errno
		part  net.Error
	)
	switch {
	case errors.As(err, &whole):
		return whole.Error() + " " + doing
	case errors.Is(err, context.Canceled):
		return "given up by the caller while " + doing
	case isVery(err, context.DeadlineExceeded):
		return "the caller's time was up while " + doing
	case errors.As(err, &dns):
		return "the host's name cannot be resolved: " + dns.Err
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &part) && part.Timeout():
		return "timeout while " + doing
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed by the server"
	default:
		return err.Error()
	}
}

// isVery is errors.Is by identity alone: the timeouts of a dial claim to be
// context.DeadlineExceeded, too.
func isVery(err, target error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if err == target { //nolint:errorlint // identity is the question
			return true
		}
	}
	return false
}
