package campaign

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// unseenWarning names the first character of a field that is not seen, and how
// many more there are. A name with one is another name to the API, a text with
// one needs Unicode.
func unseenWarning(s string) string {
	first, at, n := rune(0), 0, 0
	position, before := 0, rune(0)
	for i, r := range s {
		position++
		if unseen(before, r, s[i+utf8.RuneLen(r):]) {
			if n++; n == 1 {
				first, at = r, position
			}
		}
		before = r
	}
	switch n {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("holds %s, which is not seen or looks like a space (character %d): take it out unless it is meant", runeName(first), at)
	default:
		return fmt.Sprintf("holds %d characters that are not seen or look like spaces, the first is %s (character %d): take them out unless they are meant",
			n, runeName(first), at)
	}
}

// ascii reports whether s has no other characters than those of ASCII.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unseen reports whether a character takes no room or looks like a space, or
// turns the direction of writing. Those that make one emoji of several are seen.
func unseen(before, r rune, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	switch {
	case r == '\u200D':
		return !inEmoji(before) || !inEmoji(next)
	case r >= 0xE0020 && r <= 0xE007F: // tags, which make flags of regions
		return before != 0x1F3F4 && (before < 0xE0020 || before > 0xE007F)
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return true
	case r == '\u034F', r == '\u115F', r == '\u1160', r == '\u17B4', r == '\u17B5', r == '\u2800', r == '\u3164', r == '\uFFA0':
		return true
	case r >= 0xFE00 && r <= 0xFE0E, r >= 0xE0100 && r <= 0xE01EF: // variants of a glyph
		return true
	default:
		return r != ' ' && r != '\u3000' && unicode.Is(unicode.Zs, r)
	}
}

// inEmoji reports whether a zero-width joiner beside a character joins emoji.
func inEmoji(r rune) bool {
	return unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) || r == '\uFE0F'
}

// runeName is a character by its number, and its name where people know it.
func runeName(r rune) string {
	names := map[rune]string{
		'\u00A0': "no-break space", '\u00AD': "soft hyphen", '\u200B': "zero width space", '\u200C': "zero width non-joiner",
		'\u200D': "zero width joiner", '\u200E': "left-to-right mark", '\u200F': "right-to-left mark", '\u202A': "left-to-right embedding",
		'\u202B': "right-to-left embedding", '\u202C': "end of embedding", '\u202D': "left-to-right override",
		'\u202E': "right-to-left override", '\u202F': "narrow no-break space", '\u2060': "word joiner", '\u3164': "Hangul filler",
		'\uFEFF': "byte order mark",
	}
	if name := names[r]; name != "" {
		return fmt.Sprintf("%U (%s)", r, name)
	}
	return fmt.Sprintf("%U", r)
}

// splitWarning notices letters that are written as two characters (NFD), as
// files from macOS have them: the name looks like another one.
func splitWarning(s string) string {
	position, before := 0, rune(0)
	for _, r := range s {
		position++
		if splits(before, r) {
			return fmt.Sprintf("holds %q as two characters, the second is %U (character %d): where it was typed as one, the API sees another text; "+
				"write it in one character (Unicode NFC)", string(before)+string(r), r, position)
		}
		before = r
	}
	return ""
}

// splits reports whether a character is the part of a letter that is usually
// written as one: accents, the marks of kana, vowels of Hangul.
func splits(before, r rune) bool {
	switch {
	case r >= 0x0300 && r <= 0x036F:
		return r != '\u034F' && unicode.IsLetter(before)
	case r == 0x3099, r == 0x309A:
		return unicode.IsLetter(before)
	default:
		return r >= 0x1161 && r <= 0x11FF
	}
}
