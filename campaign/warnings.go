package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Warning is something that octoq lets pass although it is probably not meant.
type Warning struct {
	Field   string `json:"field"`
	Problem string `json:"problem"`
}

// String is the warning on one line.
func (w Warning) String() string { return w.Field + ": " + w.Problem }

type warnings []Warning

func (w *warnings) addIf(field, problem string) {
	if problem != "" {
		*w = append(*w, Warning{Field: field, Problem: problem})
	}
}

// Warnings tells what is doubtful about a valid campaign, seen at the given
// time. The API is the judge: none of this keeps a campaign from being taken.
func (c Campaign) Warnings(now time.Time) []Warning {
	var found warnings
	found.addIf("list_name", spaceWarning(c.ListName))
	found.addIf("tag_name", spaceWarning(c.TagName))
	found.addIf("text", c.stopWarning())
	length := Estimate(c.Text)
	found.addIf("text", c.encodingWarning(length.FirstUnicode))
	found.addIf("text", partsWarning(length))
	found.addIf("text", damageWarning(c.Text))
	for _, placeholder := range unknownPlaceholders(c.Text) {
		found.addIf("text", placeholderWarning(placeholder))
	}
	if c.WithReplies && c.Sender != "" {
		found.addIf("sender", "will not be shown: with_replies makes the sender a short number")
	}
	found.addIf("send_at", c.sendAtWarning(now))
	if c.Purpose == PurposeAlert && c.Window != "" {
		found.addIf("window", "has no effect: alert campaigns go out at any hour")
	}
	if !c.ExpiresAt.IsZero() && !c.ExpiresAt.After(now) {
		found.addIf("expires_at", "is in the past ("+c.ExpiresAt.Format(time.RFC3339)+"): the campaign will not be sent")
	}
	return found
}

func spaceWarning(name string) string {
	if name == strings.TrimSpace(name) {
		return ""
	}
	return quote(name) + " begins or ends with a space"
}

func (c *Campaign) encodingWarning(first rune) string {
	if first == 0 {
		return ""
	}
	problem := fmt.Sprintf("%q (%U) is not in the SMS alphabet: an SMS then holds %d characters instead of %d",
		first, first, unicodeSingle, gsmSingle)
	if c.AutoOptimizeText == nil || *c.AutoOptimizeText {
		problem += ", unless the API rewrites the text (auto_optimize_text)"
	}
	return problem
}

func partsWarning(length Length) string {
	if length.Parts <= 1 {
		return ""
	}
	return fmt.Sprintf("makes an estimated %s for each recipient; the cost that the API computes is the truth", length)
}

// damageWarning notices U+FFFD, which stands where a program met characters
// that it could not read.
func damageWarning(text string) string {
	if i := strings.IndexRune(text, utf8.RuneError); i >= 0 {
		return fmt.Sprintf("holds U+FFFD (byte %d), the mark of a character lost in a conversion", i+1)
	}
	return ""
}

// unknownPlaceholders lists what stands in braces in a text and is none of the
// API's placeholders (doc), each once, at most five.
func unknownPlaceholders(text string) []string {
	var unknown []string
	for {
		_, rest, opened := strings.Cut(text, "{")
		inside, after, closed := strings.Cut(rest, "}")
		if !opened || !closed {
			return unknown
		}
		if i := strings.LastIndex(inside, "{"); i >= 0 {
			inside = inside[i+1:]
		}
		if len(unknown) < 5 && !knownPlaceholder(inside) && !slices.Contains(unknown, inside) {
			unknown = append(unknown, inside)
		}
		text = after
	}
}

func knownPlaceholder(name string) bool {
	switch name {
	case "first_name", "last_name", "param1", "param2", "param3", "param4", "param5":
		return true
	default:
		return false
	}
}

func placeholderWarning(name string) string {
	return fmt.Sprintf("%s is no placeholder the API knows ({first_name}, {last_name}, {param1} to {param5}): it may be sent as it is written",
		quote("{"+name+"}"))
}

func (c *Campaign) sendAtWarning(now time.Time) string {
	switch at := c.SendAt; {
	case at.IsZero():
		return ""
	case !at.After(now):
		return "is in the past (" + at.Format(time.RFC3339) + "): " + c.lateness()
	case at.Before(c.NotBefore):
		return "is before not_before, and will have passed when the campaign is created: " + c.lateness()
	default:
		return ""
	}
}

// lateness says what will become of a campaign whose send_at has passed.
func (c *Campaign) lateness() string {
	switch c.Late {
	case LateSend:
		return "the campaign is sent without it (late is send)"
	case LateDead:
		return "more than " + LateTolerance.String() + " after it the campaign becomes a dead letter (late is dead)"
	default:
		return "more than " + LateTolerance.String() + " after it the campaign becomes a dead letter, unless the worker's late is send"
	}
}
