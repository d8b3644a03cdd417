package simulator

import (
	"regexp"
	"strings"
)

// mentionRefusal says that a wholesale text lacks the STOP mention, nil if it has it. The code and both messages are
// documented or seen (doc, seen). Without StrictStop, STOP in capitals anywhere in the text is enough (inferred).
func (q request) mentionRefusal() *answer {
	if q.fields.text("purpose") == "alert" {
		return nil
	}
	var a answer
	switch strict := q.strict.has(StrictStop); {
	case strict && !hasMention(q.text):
		a = refused(codeStop, "STOP mention ([STOP au 30101]) is missing from your text.")
	case !strict && !strings.Contains(q.text, "STOP"):
		a = refused(codeStop, "Mention STOP is missing.")
	default:
		return nil
	}
	return &a
}

// hasMention looks for "STOP au" and five digits, in this case (doc: "respect the case"), as words of their own. The
// number is the account's, so any will do.
func hasMention(text string) bool {
	return regexp.MustCompile(`(^|[^\p{L}\p{N}_-])STOP au [0-9]{5}($|[^\p{L}\p{N}_])`).MatchString(text)
}
