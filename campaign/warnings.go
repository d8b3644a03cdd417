package campaign

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Codes of the API for a cheap text that is too long, from the legacy API's list (sdk).
const (
	codeAbove160       = 102
	codeLowCostTooLong = 119
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

// Warnings reports what is doubtful about a valid campaign, seen at the given
// time. The API decides: a campaign with warnings is enqueued all the same.
func (c Campaign) Warnings(now time.Time) []Warning {
	var found warnings
	found.checkName("list_name", c.ListName)
	found.checkName("tag_name", c.TagName)
	found.addIf("text", c.stopWarning())
	if !unremarkable(c.Text) {
		found.checkText(&c)
	}
	found.addIf("sender", senderWarning(c.Sender))
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

// checkText warns of a text's characters, length and placeholders.
func (w *warnings) checkText(c *Campaign) {
	length := Estimate(c.Text)
	w.addIf("text", c.encodingWarning(length.FirstUnicode))
	w.addIf("text", partsWarning(length))
	w.addIf("text", c.lowCostWarning(length))
	w.addIf("text", damageWarning(c.Text))
	w.checkCharacters("text", c.Text)
	for _, problem := range placeholderWarnings(c.Text) {
		w.addIf("text", problem)
	}
}

// checkName warns of names that look like another one.
func (w *warnings) checkName(field, name string) {
	w.addIf(field, spaceWarning(name))
	w.checkCharacters(field, name)
}

// checkCharacters warns of characters that do not look like what they are. Most
// names and texts are spared the search.
func (w *warnings) checkCharacters(field, s string) {
	if ascii(s) {
		return
	}
	w.addIf(field, misreadWarning(s))
	w.addIf(field, unseenWarning(s))
	w.addIf(field, splitWarning(s))
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

// lowCostWarning says that a cheap text is for one SMS. The API's codes say so
// (sdk); whether it still refuses longer ones is unknown.
func (c *Campaign) lowCostWarning(length Length) string {
	if c.Type != TypeLowCost || length.Parts <= 1 {
		return ""
	}
	return fmt.Sprintf("is longer than one SMS, and its type is %s: the API is known to refuse it with code %d or %d; shorten it, or take %s",
		TypeLowCost, codeLowCostTooLong, codeAbove160, TypePremium)
}

// senderWarning speaks of spaces: the API's examples have them, its rule does
// not (doc).
func senderWarning(sender string) string {
	if !strings.Contains(sender, " ") {
		return ""
	}
	return fmt.Sprintf("%s has a space: the API allows letters and digits only by its rule, though its examples have spaces; "+
		"it may refuse the sender or replace it", quote(sender))
}

// damageWarning notices U+FFFD, which stands where a program met characters
// that it could not read.
func damageWarning(text string) string {
	if i := strings.IndexRune(text, utf8.RuneError); i >= 0 {
		return fmt.Sprintf("holds U+FFFD (character %d), the mark of a character lost in a conversion", utf8.RuneCountInString(text[:i])+1)
	}
	return ""
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
