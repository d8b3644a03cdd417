package campaign

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// apiPlaceholders are those that the API replaces in a text, written in braces
// (doc).
func apiPlaceholders() []string {
	return []string{"first_name", "last_name", "param1", "param2", "param3", "param4", "param5"}
}

// placeholderWarnings says what of a text looks like a placeholder and is none
// of the API's, each once, at most five.
func placeholderWarnings(text string) []string {
	var found []string
	for rest := text; len(found) < 5; {
		at := strings.IndexAny(rest, "{}")
		if at < 0 {
			break
		}
		before := rest[:at]
		braces := bracesAt(rest[at:])
		rest = rest[at+len(braces.whole):]
		if problem := braces.problem(before); problem != "" && !slices.Contains(found, problem) {
			found = append(found, problem)
		}
	}
	if len(found) > 0 {
		return found
	}
	if bare := bareName(text); bare != "" {
		return append(found, fmt.Sprintf("%s stands there without braces: the API's placeholder is {%s}", quote(bare), strings.ToLower(bare)))
	}
	if foreign := foreignWarning(text); foreign != "" {
		return append(found, foreign)
	}
	return found
}

// braces are a pair with what is inside, or one without its other.
type braces struct {
	whole, inside string
	opened        int // braces before the inside
	closed        int // braces behind it
}

// bracesAt reads what text begins with, which is a brace.
func bracesAt(text string) braces {
	inside := strings.TrimLeft(text, "{")
	opened := len(text) - len(inside)
	if opened == 0 {
		rest := strings.TrimLeft(text, "}")
		return braces{whole: text[:len(text)-len(rest)], closed: len(text) - len(rest)}
	}
	end := strings.IndexAny(inside, "{}")
	if end < 0 {
		return braces{whole: text, inside: inside, opened: opened}
	}
	if inside[end] == '{' {
		return braces{whole: text[:opened+end], inside: inside[:end], opened: opened}
	}
	closed := 0
	for closed < opened && strings.HasPrefix(inside[end+closed:], "}") {
		closed++
	}
	return braces{whole: text[:opened+end+closed], inside: inside[:end], opened: opened, closed: closed}
}

// problem says what is wrong with braces that stand behind a text.
func (b braces) problem(before string) string {
	known := slices.Contains(apiPlaceholders(), b.inside)
	switch last, _ := utf8.DecodeLastRuneInString(before); {
	case b.opened == 0:
		return quote(b.whole) + " closes nothing: a brace is missing before it, or this one is too many"
	case b.closed == 0:
		return quote(b.whole) + " is not closed: a brace is missing behind it, and it may be sent as it is written"
	case b.opened > 1 || b.closed > 1:
		return fmt.Sprintf("%s has doubled braces: the API's placeholders have one on each side, as {%s}", quote(b.whole), b.meant())
	case strings.ContainsRune("$%#", last) && b.inside != "":
		return fmt.Sprintf("%s has a %q before its brace, which is no part of the API's placeholders: it may be sent along, write {%s}",
			quote(string(last)+b.whole), last, b.meant())
	case known:
		return ""
	default:
		return b.unknown()
	}
}

func (b braces) unknown() string {
	problem := fmt.Sprintf("%s is no placeholder the API knows ({first_name}, {last_name}, {param1} to {param5}): it may be sent as it is written",
		quote(b.whole))
	if meant := b.nearest(); meant != "" {
		problem += "; is {" + meant + "} meant?"
	}
	return problem
}

// meant is the API's placeholder that is nearest to the inside, else one as an
// example.
func (b braces) meant() string { return cmp.Or(b.nearest(), "first_name") }

// nearest is the API's placeholder that differs from the inside by case, spaces
// and separators at most; "" without one.
func (b braces) nearest() string {
	plain := strings.NewReplacer("_", "", " ", "", "-", "", ".", "").Replace(strings.ToLower(b.inside))
	for _, name := range apiPlaceholders() {
		if plain == strings.ReplaceAll(name, "_", "") {
			return name
		}
	}
	return ""
}

// bareName is a placeholder's name that is written in a text without braces, as in
// %first_name% or [first_name]; "" without one.
func bareName(text string) string {
	for _, mark := range []string{"_", "aram", "ARAM"} { // each name has one, and few texts
		for at := 0; ; at++ {
			next := strings.Index(text[at:], mark)
			if next < 0 {
				break
			}
			at += next
			if name := nameAround(text, at, strings.ToLower(mark)); name != "" {
				return name
			}
		}
	}
	return ""
}

// nameAround is the bare name whose mark stands at a place of the text.
func nameAround(text string, at int, mark string) string {
	for _, name := range apiPlaceholders() {
		before := strings.Index(name, mark)
		from, to := at-before, at-before+len(name)
		if before < 0 || from < 0 || to > len(text) || !strings.EqualFold(text[from:to], name) {
			continue
		}
		if !inWord(text, from, to) && !inBraces(text[:from]) {
			return text[from:to]
		}
	}
	return ""
}

func inBraces(before string) bool { return strings.HasSuffix(before, "{") }

// inWord reports whether a longer word surrounds what stands between two places.
func inWord(text string, from, to int) bool {
	last, _ := utf8.DecodeLastRuneInString(text[:from])
	next, _ := utf8.DecodeRuneInString(text[to:])
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	return joins(last) || joins(next) || isDigit(last) || isDigit(next)
}
