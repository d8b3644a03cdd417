package campaign

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ValidID reports whether id may name a campaign: 1 to 64 of A-Z a-z 0-9 . _ -,
// and neither "." nor "..", which would be lost in a URL's path.
func ValidID(id string) bool {
	return id != "" && len(id) <= MaxID && id != "." && id != ".." && only(id, func(b byte) bool {
		return letterOrDigit(b) || b == '.' || b == '_' || b == '-'
	})
}

// ValidAccount reports whether name may name an account: 1 to 32 of a-z 0-9 _ -,
// beginning with a letter or digit.
func ValidAccount(name string) bool {
	return name != "" && len(name) <= MaxAccount && name[0] != '_' && name[0] != '-' &&
		only(name, func(b byte) bool {
			return letterOrDigit(b) && (b < 'A' || b > 'Z') || b == '_' || b == '-'
		})
}

func only(s string, allowed func(byte) bool) bool {
	for i := range len(s) {
		if !allowed(s[i]) {
			return false
		}
	}
	return true
}

func letterOrDigit(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
}

// nameProblem says what is wrong with the name of a list or tag that is set.
func nameProblem(name string, limit int) string {
	if name == "" {
		return ""
	}
	if p := charactersProblem(name, ""); p != "" {
		return p
	}
	if strings.TrimSpace(name) == "" {
		return "is blank"
	}
	return tooLong(name, limit)
}

func textProblem(text string) string {
	if text == "" {
		return fmt.Sprintf("is missing: 1 to %d characters are allowed", MaxText)
	}
	if p := charactersProblem(text, "\n\r\t"); p != "" {
		return p
	}
	if strings.TrimSpace(text) == "" {
		return "is blank: there would be nothing to read"
	}
	return tooLong(text, MaxText)
}

// senderProblem says what is wrong with a sender that is set. The letters are
// those of the API's field table (doc); spaces are in its examples.
func senderProblem(sender string) string {
	if sender == "" {
		return ""
	}
	if !only(sender, func(b byte) bool { return letterOrDigit(b) || b == ' ' }) {
		return fmt.Sprintf("%s holds other characters than letters a-z, digits and spaces", quote(sender))
	}
	if n := len(sender); n < MinSender || n > MaxSender {
		return fmt.Sprintf("has %s: %d to %d are allowed", characters(n), MinSender, MaxSender)
	}
	if sender != strings.TrimSpace(sender) {
		return "begins or ends with a space"
	}
	return ""
}

// wordProblem says what is wrong with a field that knows a few words only.
func wordProblem(word string, required bool, known []string) string {
	switch {
	case word == "" && required:
		return "is missing: " + strings.Join(known, " or ") + " is wanted"
	case word == "" || slices.Contains(known, word):
		return ""
	default:
		return fmt.Sprintf("%s is not known: %s is wanted", quote(word), strings.Join(known, " or "))
	}
}

func labelNameProblem(name string) string {
	if name == "" {
		return "has no name"
	}
	if len(name) > MaxLabelName {
		return fmt.Sprintf("has a name of %d bytes: at most %d are allowed", len(name), MaxLabelName)
	}
	if p := charactersProblem(name, ""); p != "" {
		return "has a name that " + p
	}
	return ""
}

func labelProblem(value string) string {
	if len(value) > MaxLabel {
		return fmt.Sprintf("has %d bytes: at most %d are allowed", len(value), MaxLabel)
	}
	return charactersProblem(value, "")
}

// charactersProblem refuses what is not text: broken UTF-8, and control
// characters other than those allowed.
func charactersProblem(s, allowed string) string {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return fmt.Sprintf("is not valid UTF-8 (byte %d)", i+1)
		}
		if unicode.IsControl(r) && !strings.ContainsRune(allowed, r) {
			return fmt.Sprintf("holds the control character %U (byte %d)", r, i+1)
		}
	}
	return ""
}

func tooLong(s string, limit int) string {
	if len(s) <= limit {
		return ""
	}
	if n := utf8.RuneCountInString(s); n > limit {
		return fmt.Sprintf("has %s: at most %d are allowed", characters(n), limit)
	}
	return ""
}

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return strconv.Itoa(n) + " characters"
}

// clip shortens what a message quotes: inputs may be a megabyte long.
func clip(s string) string {
	const limit = 40
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// quote is s in quotation marks, shortened, on one line.
func quote(s string) string { return strconv.Quote(clip(s)) }

// printable is s, shortened, and in quotation marks only where it is empty or holds
// characters that are not printed.
func printable(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return quote(s)
	}
	return clip(s)
}
