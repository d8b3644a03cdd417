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
		return fmt.Sprintf("a wholesale text without the word STOP: where the law asks for it, the API refuses it with code %d", CodeStopMissing) + remedy
	case mentionLowerCase:
		return fmt.Sprintf("the word STOP is not in capitals: the API asks for them, and refuses the text with code %d", CodeStopMissing) + remedy
	case mentionOther:
		return fmt.Sprintf(`STOP is not written as the API is known to ask for it, "STOP au" and five digits: it may refuse the text with code %d`,
			CodeStopMissing) + remedy
	default:
		return ""
	}
}

// mentionOf looks for the best STOP of a text.
func mentionOf(text string) stopMention {
	const word = "STOP"
	best := mentionMissing
	for at := 0; at+len(word) <= len(text); at++ {
		if c := text[at]; c != 'S' && c != 's' || !strings.EqualFold(text[at:at+len(word)], word) {
			continue
		}
		if rest := text[at+len(word):]; isWord(text[:at], rest) {
			best = max(best, mentionAt(text[at:at+len(word)], rest))
		}
	}
	return best
}

// mentionAt is the mention that a word and the text behind it make.
func mentionAt(word, rest string) stopMention {
	switch {
	case word != "STOP":
		return mentionLowerCase
	case startsWithNumber(rest):
		return mentionKnown
	default:
		return mentionOther
	}
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
