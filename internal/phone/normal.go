package phone

import "strings"

// longest bounds a number in bytes; E.164 allows 15 digits.
const longest = 32

// Normal is a number in E.164's form, +33612345678, so that two ways to write it are
// equal: separators are left out, and 00 is a plus sign. Whatever is no number in
// international form stays as it is written, cut to 32 bytes: it is compared, too.
func Normal(text string) string {
	text = strings.TrimSpace(text)
	digits := strings.Map(func(c rune) rune {
		if strings.ContainsRune(" \t.-()/\u00a0", c) {
			return -1
		}
		return c
	}, text)
	digits = strings.TrimPrefix(digits, "+")
	if international, ok := strings.CutPrefix(digits, "00"); ok {
		digits = international
	}
	if isE164(digits) {
		return "+" + digits
	}
	return strings.ToValidUTF8(text[:min(len(text), longest)], "")
}

// International is Normal, and reports whether the text is a number in international form.
func International(text string) (number string, ok bool) {
	number = Normal(text)
	digits, plus := strings.CutPrefix(number, "+")
	return number, plus && isE164(digits)
}

// isE164 reports whether digits are a country's code and what follows it: no country
// begins with 0.
func isE164(digits string) bool {
	const least, most = 7, 15
	if len(digits) < least || len(digits) > most || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}
