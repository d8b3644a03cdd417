package console

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/octoq/octoq/campaign"
)

// functions are what templates call.
func functions() template.FuncMap {
	return template.FuncMap{
		"s": visible, "when": when, "moment": moment, "input": inputTime, "words": words, "states": campaign.States,
		"length": func(text string) string { return campaign.Estimate(text).String() }, "css": func() string { return assetPath("console.css") },
		"js": func() string { return assetPath("console.js") }, "ago": ago, "tag": tagOf, "add": func(a, b int) int { return a + b }, "seconds": seconds,
		"counted": counted, "scheduleform": scheduleFormOf, "amount": amountText, "decision": func(p pageView, r seenRecord) deciding { return deciding{p, r, ""} },
		"rulesform": rulesFormOf, "budgetform": formOf, "newbudget": func() budgetShown { return budgetShown{Per: "month", Over: "ask", Zone: "UTC"} },
		"deciding": func(p pageView, r seenRecord, back string) deciding { return deciding{p, r, back} },
	}
}

// visible is a text whose control characters and marks of direction can be seen and do
// nothing: \u202e stands where one would turn the line around. Line breaks stay.
func visible(value any) string {
	text := fmt.Sprint(value)
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// hidden reports whether a character is not seen, or moves others.
func hidden(r rune) bool {
	const joiner = '\u200d' // of emoji
	return r != '\n' && r != joiner && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
}

// when is a time for people, in UTC.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// moment is a time for programs.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// inputTime is a time as forms have it: the text that its JSON has.
func inputTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// ago is for how long something has been so.
func ago(t time.Time) string { return spoken(time.Since(t)) }

// seconds is a number of seconds for people.
func seconds(n float64) string { return spoken(time.Duration(n * float64(time.Second))) }

func spoken(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 2*day:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d/day))
	}
}

// words is a name of octoq's for people: awaiting_approval as "awaiting approval".
func words(name any) string { return strings.ReplaceAll(visible(name), "_", " ") }

// sentence is an error as a sentence.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func trimmed(s string) string { return strings.TrimSpace(s) }

// doneText says what was done, by the word that the address has for it. No other text
// gets into a page by its address.
func doneText(word string) string {
	return map[string]string{ //nolint:gosec // no credentials, but that they were changed
		"approve": "Approved.", "reject": "Rejected.", "cancel": "Cancelled, or marked to be: a worker does the rest.", "replay": "A worker starts its next run.",
		"purge": "Purged.", "mend": "Saved. Replay it when it is as you want it.", "enqueue": "Enqueued.", "known": "This campaign was enqueued before; nothing was enqueued twice.",
		"hold": "The account is stopped.", "lift": "The hold is lifted.", "vouch": "Your word is on record.", "budget": "The budget is set.", "budget-remove": "The budget is removed.",
		"rules": "The rules are set.", "hold-all": "All accounts are stopped. One that is first used later is not.", "lift-all": "All holds that were set by hand are lifted.",
		"schedule": "The schedule is set.", "pause": "The schedule is paused.", "resume": "The schedule goes on.", "run": "Enqueued once, besides its ticks.", "delete": "The schedule is removed.",
		"user": "The user is added.", "user-change": "The user is changed.", "user-remove": "The user is removed.", "token-remove": "The token is removed.",
		"webhook": "The webhook is changed.", "redeliver": "It is sent once more, behind what waits of its campaign.", "webhook-remove": "The webhook is removed.", "password": "Your password is changed: sign in with the new one.",
		"stop": "The action stops; what it has in hand is brought to its end.",
	}[word]
}

// counted is a number with what it counts: "1 campaign waits", "2 campaigns wait".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// deciding is what the buttons of a decision need.
type deciding struct {
	Page   pageView
	Record seenRecord
	Back   string // the page that the button leads back to
}

// amountText is an amount as the API takes it.
func amountText(m campaign.Money) string {
	b, err := m.MarshalText()
	if err != nil {
		return ""
	}
	return string(b)
}
