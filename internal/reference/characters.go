package reference

import (
	"fmt"
	"strings"
	"unicode"
)

// characters says of which characters a text may consist, as far as a schema
// goes. Every text but those of a pattern goes without control characters.
type characters struct {
	pattern  string   // of the whole text, the empty one included
	not      []string // texts that match the pattern and are refused
	text     bool     // it is read by people: one that is blank is refused
	controls string   // control characters that are allowed
	max      int      // in bytes, which are characters unless the text is refused
}

// schema are the rules for the characters.
func (c characters) schema(required bool) orderedObject {
	if c.pattern != "" {
		o := orderedObject{{"pattern", c.pattern}}
		if c.not != nil {
			o = append(o, member{"not", orderedObject{{"enum", c.not}}})
		}
		return o
	}
	var o orderedObject
	if c.text {
		visible := "[^" + class(unicode.IsSpace) + "]"
		if !required {
			visible = "^$|" + visible
		}
		o = append(o, member{"pattern", visible})
	}
	return append(o, without(controls(c.controls))...)
}

// without refuses texts that hold a character of a class.
func without(class string) orderedObject {
	return orderedObject{{"not", orderedObject{{"pattern", "[" + class + "]"}}}}
}

// controls are the control characters but those that are allowed, as a class.
func controls(allowed string) string {
	return class(func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(allowed, r) })
}

// class is what stands between the brackets of a regular expression for some
// characters. Go and ECMAScript read it alike.
func class(in func(rune) bool) string {
	var b strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !in(r) {
			continue
		}
		first := r
		for in(r + 1) {
			r++
		}
		b.WriteString(escaped(first))
		if r > first {
			b.WriteString("-" + escaped(r))
		}
	}
	return b.String()
}

// escaped is a character in a class of a regular expression.
func escaped(r rune) string {
	if r <= unicode.MaxLatin1 {
		return fmt.Sprintf(`\x%02x`, r)
	}
	return string(r)
}
