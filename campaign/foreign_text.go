package campaign

import (
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// foreignWarning names the first thing of a text that another program would have
// replaced, and the API does not: a placeholder of a mailing tool, a format of a
// programming language, a tag or an entity of HTML, an escape. "" without one.
func foreignWarning(text string) string {
	for at := 0; at < len(text); at++ {
		next := strings.IndexAny(text[at:], `[*%$<&\`)
		if next < 0 {
			return ""
		}
		at += next
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		switch found := foreign(before, text[at:]); {
		case found == "":
		case text[at] == '\\':
			return fmt.Sprintf("holds %s, a backslash and a letter, and is sent so: write the line break itself, or what is meant", found)
		case text[at] == '&':
			return fmt.Sprintf("holds %s, an entity of HTML, and is sent so: write the character itself", quote(found))
		default:
			return fmt.Sprintf("holds %s, as other programs write placeholders or tags, and is sent so: the API's placeholders are {first_name}, {last_name} "+
				"and {param1} to {param5}", quote(found))
		}
	}
	return ""
}

// foreign is what text begins with if another program would replace it.
func foreign(before rune, text string) string {
	switch text[0] {
	case '[':
		return between(text, "[[", "]]")
	case '*':
		return between(text, "*|", "|*")
	case '<':
		if found := between(text, "<%", "%>"); found != "" {
			return found
		}
		if found := between(text, "<<", ">>"); found != "" {
			return found
		}
		return tag(text)
	case '&':
		return entity(text)
	case '\\':
		if len(text) > 1 && strings.IndexByte("nrt", text[1]) >= 0 {
			return text[:2]
		}
		return ""
	case '$':
		return dollar(before, text)
	default:
		return percent(before, text)
	}
}

// between is what text begins with from one mark to the other, with a name of one
// line inside; "" if it does not.
func between(text, from, to string) string {
	const longest = 40
	rest, found := strings.CutPrefix(text, from)
	inside, _, closed := strings.Cut(rest, to)
	if !found || !closed || inside == "" || len(inside) > longest || strings.ContainsAny(inside, "\n"+from+to) {
		return ""
	}
	return from + inside + to
}

// tag is a tag of HTML such as <b>, </b> or <br/>, or a name as in <name>.
func tag(text string) string {
	found := between(text, "<", ">")
	if name := strings.Trim(found, "<>/ "); name == "" || wordOf(name) != name {
		return ""
	}
	return found
}

// entity is an entity of HTML: &amp; or &#39;.
func entity(text string) string {
	found := between(text, "&", ";")
	if html.UnescapeString(found) == found {
		return ""
	}
	return found
}

// dollar is $name or $NAME$. A dollar sign inside a word or of a price is none.
func dollar(before rune, text string) string {
	name := wordOf(text[1:])
	first, _ := utf8.DecodeRuneInString(name)
	switch {
	case !unicode.IsLetter(first) || joins(before) || unicode.IsDigit(before):
		return ""
	case strings.HasPrefix(text[1+len(name):], "$"):
		return text[:len(name)+2]
	case unicode.IsLower(first) && len(name) > 1:
		return text[:len(name)+1]
	default:
		return ""
	}
}

// percent is %name%, %(name)s, %s or %d. One behind a number is part of it.
func percent(before rune, text string) string {
	if unicode.IsDigit(before) || before == ' ' && strings.HasPrefix(text, "% ") {
		return ""
	}
	if found := between(text, "%(", ")"); found != "" {
		return found
	}
	name := wordOf(text[1:])
	switch {
	case percentEscaped(name): // as addresses write characters: %20
		return ""
	case name != "" && !allDigits(name) && strings.HasPrefix(text[1+len(name):], "%"):
		return text[:len(name)+2]
	case name == "s" || name == "d":
		return text[:2]
	default:
		return ""
	}
}

// percentEscaped reports whether a name begins with the number of a byte in base sixteen.
// Two letters alone are one, too; more may be a word.
func percentEscaped(name string) bool {
	if len(name) < 2 || strings.Trim(name[:2], "0123456789ABCDEFabcdef") != "" {
		return false
	}
	return len(name) == 2 || strings.ContainsAny(name[:2], "0123456789")
}

// wordOf is what of letters, digits and underscores a text begins with.
func wordOf(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end < 0 {
		return text
	}
	return text[:end]
}

// misreadWarning notices what UTF-8 looks like that was read as Windows-1252, as
// Excel does with a CSV file without a byte order mark, or as Mac Roman: "Ã©" or
// "√©" for "é". No language writes such pairs.
func misreadWarning(s string) string {
	before := rune(0)
	for i, r := range s {
		if misread(before, r) {
			return fmt.Sprintf("holds %q (character %d), as UTF-8 looks that was read as another encoding: read its source as UTF-8, and save it anew",
				string(before)+string(r), utf8.RuneCountInString(s[:i]))
		}
		before = r
	}
	return ""
}

// misread reports whether two characters are what became of one.
func misread(first, second rune) bool {
	switch first {
	case 'Ã':
		return second >= '\u0080' && second <= '\u00bf' || strings.ContainsRune("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ", second)
	case 'Â':
		return second >= '\u00a0' && second <= '\u00bf'
	case 'Å':
		return second == '“'
	case 'â':
		return second == '€' || second == '‚'
	case '√':
		return strings.ContainsRune("©®†ß™¥ªÆπ´∂º§", second)
	default:
		return false
	}
}
