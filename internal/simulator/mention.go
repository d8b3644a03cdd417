package simulator

import "regexp"

// mentionRefusal says that a wholesale text lacks the STOP mention, nil if it has it. The code and both messages are
// documented or seen (doc, seen). Without StrictStop, STOP in capitals as a word is enough (inferred).
func (q request) mentionRefusal() *answer {
	if q.fields.text("purpose") == "alert" {
		return nil
	}
	var a answer
	switch strict := q.strict.has(StrictStop); {
	case strict && !hasMention(q.text):
		a = refused(codeStop, "STOP mention ([STOP au 30101]) is missing from your text.")
	case !strict && !hasWord(q.text):
		a = refused(codeStop, "Mention STOP is missing.")
	default:
		return nil
	}
	return &a
}

// What a word of its own may not have beside it: letters, accents, hyphens and underscores, and a digit in front.
const (
	joiners = `\p{L}\p{M}_\-\x{AD}\x{2010}\x{2011}`
	begin   = `(^|[^\p{Nd}` + joiners + `])`
)

// hasWord looks for STOP in capitals as a word of its own. A number may follow at once.
func hasWord(text string) bool {
	return regexp.MustCompile(begin + `STOP($|[^` + joiners + `])`).MatchString(text)
}

// hasMention looks for "STOP au" and five digits, in this case (doc: "respect the case"), as words of their own. The
// number is the account's, so any will do.
func hasMention(text string) bool {
	return regexp.MustCompile(begin + `STOP au [0-9]{5}($|[^\p{Nd}` + joiners + `])`).MatchString(text)
}
