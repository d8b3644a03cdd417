package input

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

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

// allDigits reports whether s has digits and nothing else.
func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
