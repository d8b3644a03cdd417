package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain is text from records, tasks and the API as it may stand on a terminal, on
// one line: what would command the terminal, or is not seen there, is escaped.
func plain(s string) string { return escaped(s, func(r rune) bool { return !unicode.IsPrint(r) }) }

// plainLines is plain for text of several lines.
func plainLines(s string) string {
	return escaped(s, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) })
}

func escaped(s string, hidden func(rune) bool) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case hidden(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plainJSON escapes in JSON what a terminal would obey or not show, as JSON does.
// Such characters occur in strings only, so it stays the same JSON.
func plainJSON(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			const base, half = 0x10000, 10
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xD800+(r-base)>>half, 0xDC00+(r-base)&(1<<half-1))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
