package campaign

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// exampleMention is the mention that Octopush asked for in a recorded refusal
// (seen). Its number belongs to the account.
const exampleMention = "STOP au 30101"

// codeStopMissing is the API's code for a text without the mention (doc).
const codeStopMissing = 121

// stopMention is how far a text has the mention that a wholesale text needs.
type stopMention int

const (
	mentionMissing   stopMention = iota // no STOP in capitals as a word
	mentionLowerCase                    // none, but one in other letters
	mentionOther                        // STOP in capitals, but not as the API is known to ask for it
	mentionKnown                        // STOP au and five digits
)

// stopWarning says how a wholesale text's mention may be refused. Octopush asks
// for its case to be respected (doc), and named "STOP au" and a number in the
// refusal that is known (seen); that no other mention passes is inferred.
func (c *Campaign) stopWarning() string {
	if c.Purpose != PurposeWholesale {
		return ""
	}
	const remedy = "; write STOP as your account asks for it, such as " + exampleMention
	switch mentionOf(c.Text) {
	case mentionMissing:
		return fmt.Sprintf("a wholesale text without the word STOP: where the law asks for it, the API refuses it with code %d", codeStopMissing) + remedy
	case mentionLowerCase:
		return fmt.Sprintf("the word STOP is not in capitals: the API asks for them, and refuses the text with code %d", codeStopMissing) + remedy
	case mentionOther:
		return fmt.Sprintf(`STOP is not written as the API is known to ask for it, "STOP au" and five digits: it may refuse the text with code %d`,
			codeStopMissing) + remedy
	default:
		return ""
	}
}

const stopWord = "STOP"

// mentionOf looks for the best STOP of a text.
func mentionOf(text string) stopMention {
	best := mentionMissing
	for at := strings.Index(text, stopWord); at >= 0; {
		rest := text[at+len(stopWord):]
		if isWord(text[:at], rest) {
			if startsWithNumber(rest) {
				return mentionKnown
			}
			best = mentionOther
		}
		next := strings.Index(rest, stopWord)
		if next < 0 {
			break
		}
		at += len(stopWord) + next
	}
	if best == mentionMissing && hasAnyCase(text) {
		return mentionLowerCase
	}
	return best
}

// hasAnyCase looks for STOP as a word in letters of any case.
func hasAnyCase(text string) bool {
	for at := 0; at+len(stopWord) <= len(text); at++ {
		end := at + len(stopWord)
		if text[at]|0x20 == 's' && strings.EqualFold(text[at:end], stopWord) && isWord(text[:at], text[end:]) {
			return true
		}
	}
	return false
}

// isWord reports whether a STOP between before and after is a word of its own,
// as it is not in NONSTOP, NON-STOP or STOPPER. A number may follow at once.
func isWord(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	return !joins(last) && !unicode.IsDigit(last) && !joins(first)
}

// joins reports whether a character belongs to the word beside it: letters,
// accents that follow a letter, hyphens and underscores.
func joins(r rune) bool {
	switch r {
	case '-', '_', '\u00AD', '\u2010', '\u2011': // the soft hyphen, the hyphen, the one that does not break
		return true
	default:
		return unicode.IsLetter(r) || unicode.IsMark(r)
	}
}

// startsWithNumber reports whether " au " and five digits follow, and no more.
func startsWithNumber(rest string) bool {
	const digits = 5
	number, found := strings.CutPrefix(rest, " au ")
	if !found || len(number) < digits {
		return false
	}
	for i := range digits {
		if number[i] < '0' || number[i] > '9' {
			return false
		}
	}
	next, _ := utf8.DecodeRuneInString(number[digits:])
	return !joins(next) && !unicode.IsDigit(next)
}
