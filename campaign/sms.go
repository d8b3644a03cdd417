package campaign

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// A text travels as GSM-7 when its alphabet has every character of it, and as
// Unicode otherwise.
const (
	encodingGSM7    = "GSM-7"
	encodingUnicode = "Unicode"
)

// Units that fit into an SMS that stands alone, and into one part of several.
// Inferred from the API's limit of 1224 characters, which is 8 × 153; an older
// page says 137 and 63 for the parts.
const (
	gsmSingle, gsmPart         = 160, 153
	unicodeSingle, unicodePart = 70, 67
)

// The alphabet is that of 3GPP TS 23.038.
const (
	gsmAlphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtension = "\f^{}\\[~]|€"
	// octopushDouble are the characters that Octopush counts twice (doc): more
	// than the extension, and ¨, which GSM-7 does not have.
	octopushDouble = "{}€[]~^¨|&$@\n"
)

// Length is how long a text is as SMS. It is an estimate: placeholders are
// counted as they are written, the API may rewrite the text
// (auto_optimize_text), and its cost is the truth.
type Length struct {
	// Encoding is GSM-7, or Unicode where the text has a character that GSM-7 lacks.
	Encoding string `json:"encoding"`
	// Units are septets in GSM-7, UTF-16 code units in Unicode.
	Units int `json:"units"`
	// Parts is the number of SMS each recipient gets and the account pays.
	Parts int `json:"parts"`
	// FirstUnicode is the first character that GSM-7 does not have; 0 if none.
	FirstUnicode rune `json:"first_unicode,omitempty"`
}

// Estimate counts a text as Octopush is documented to count it.
func Estimate(text string) Length {
	units := 0
	for _, r := range text {
		n := gsmUnits(r)
		if n == 0 {
			return unicodeLength(text, r)
		}
		units += n
	}
	l := Length{Encoding: encodingGSM7, Units: units, Parts: min(units, 1)}
	if units > gsmSingle {
		l.Parts = parts(text, gsmPart, func(r rune) (units int, whole bool) { return gsmUnits(r), strings.ContainsRune(gsmExtension, r) })
	}
	return l
}

// String is the length for people: "2 SMS (161 units of GSM-7)".
func (l Length) String() string {
	return fmt.Sprintf("%d SMS (%d units of %s)", l.Parts, l.Units, l.Encoding)
}

// gsmUnits is what a character counts in GSM-7, 0 if it needs Unicode.
func gsmUnits(r rune) int {
	switch {
	case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ':
		return 1
	case strings.ContainsRune(octopushDouble, r) || strings.ContainsRune(gsmExtension, r):
		return 2
	case strings.ContainsRune(gsmAlphabet, r):
		return 1
	default:
		return 0
	}
}

func unicodeLength(text string, first rune) Length {
	units := 0
	for _, r := range text {
		units += unicodeUnits(r)
	}
	l := Length{Encoding: encodingUnicode, Units: units, Parts: 1, FirstUnicode: first}
	if units > unicodeSingle {
		l.Parts = parts(text, unicodePart, func(r rune) (units int, whole bool) { return unicodeUnits(r), true })
	}
	return l
}

// unicodeUnits are the UTF-16 code units of a character.
func unicodeUnits(r rune) int { return max(1, utf16.RuneLen(r)) }

// parts fills parts of so many units with a text. A character that is whole
// never straddles two of them: the escape and the character behind it, the two
// halves of a surrogate pair. What Octopush merely counts twice may.
func parts(text string, part int, count func(rune) (units int, whole bool)) int {
	n, used := 1, 0
	for _, r := range text {
		units, whole := count(r)
		if used += units; used <= part {
			continue
		}
		n++
		if used -= part; whole {
			used = units
		}
	}
	return n
}
