package campaign

import (
	"slices"
	"strings"
)

// unremarkable reports whether a text fits into one SMS and holds nothing but the
// API's placeholders and characters that no warning speaks of. Most texts are so; they
// skip the searches for each kind of mistake, whose sum a bulk of campaigns
// would feel.
func unremarkable(text string) bool {
	units := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '{':
			n := placeholderAt(text, i)
			if n == 0 {
				return false
			}
			units += n + 2 // braces count twice
			i += n - 1
		case c == '%' && strings.HasPrefix(text[i+1:], " "):
			units++
		case c == 'm' || c == 'M': // as in param1 without braces
			if i >= len("ara") && strings.EqualFold(text[i-len("ara"):i], "ara") {
				return false
			}
			units++
		case plainByte(c):
			units++
		default:
			return false
		}
	}
	return units <= gsmSingle
}

// placeholderAt is the length of the API's placeholder at a place of the text, braces
// included; 0 without one, or behind a sign that other programs write before theirs.
func placeholderAt(text string, at int) int {
	if at > 0 && strings.IndexByte("$%#", text[at-1]) >= 0 {
		return 0
	}
	end := strings.IndexByte(text[at:], '}')
	if end < 0 {
		return 0
	}
	if slices.Contains(apiPlaceholders(), text[at+1:at+end]) {
		return end + 1
	}
	return 0
}

// plainByte reports whether a character takes one unit of GSM-7 and begins nothing
// that is looked for.
func plainByte(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	switch c {
	case ' ', '\n', '!', '"', '#', '\'', '(', ')', '+', ',', '-', '.', '/', ':', ';', '=', '>', '?', '@':
		return true
	default:
		return false
	}
}
