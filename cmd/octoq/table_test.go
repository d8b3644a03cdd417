package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// What a terminal would obey, what turns the direction of writing, and what is invisible.
func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"déjà vu, 你好 👍":        "déjà vu, 你好 👍",
		"\x1b[31mred":          `\x1b[31mred`,
		"a\x9b31m":             `a\x9b31m`, // not UTF-8
		"a\u009b31m":           `a\u009b31m`,
		"\a\b\x00\x7f":         `\a\b\x00\x7f`,
		"a\r\n\tb":             `a\r\n\tb`,
		"txt\u202egnp":         `txt\u202egnp`,
		"a\u200b\ufeff\u00adb": `a\u200b\ufeff\u00adb`,
		"a\u2028b":             `a\u2028b`,
		"it's \uFFFD":          "it's \uFFFD",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		var again string
		raw, _ := json.Marshal(text)
		if err := json.Unmarshal([]byte(plainJSON(string(raw))), &again); err != nil || again != strings.ToValidUTF8(text, "\uFFFD") {
			t.Errorf("%q as JSON: got %q and %v, want the same JSON", text, again, err)
		}
	}
	if got := plainLines("a\nb\x1b"); got != "a\nb\\x1b" {
		t.Errorf("lines: got %q", got)
	}
	if got := plainJSON("\"\U000E0041\""); got != `"\udb40\udc41"` {
		t.Errorf("a character of two halves: got %s", got)
	}
}

// A table keeps to the width: it cuts its last column, then leaves out others.
func TestTableWidths(t *testing.T) {
	t.Parallel()
	const long = "rejected: this and that, and more of it than fits"
	for width, want := range map[int]string{
		0:  "ID  COST  WHY\na   1 €   " + long + "\n",
		60: "ID  COST  WHY\na   1 €   " + long + "\n",
		40: "ID  COST  WHY\na   1 €   rejected: this and that, and …\n",
		26: "ID  WHY\na   rejected: this and th…\n(too narrow for COST: a\nwider terminal or a pipe\nshows more)\n",
	} {
		var out strings.Builder
		tab := newTable(&out, "ID", "COST", "WHY")
		tab.width, tab.spare = width, []string{"COST"}
		tab.row("a", "1 €", long)
		if err := tab.flush(); err != nil || out.String() != want {
			t.Errorf("width %d: got\n%s and %v, want\n%s", width, out.String(), err, want)
		}
	}
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                  "",
		"short":             "short",
		"one two three":     "one two|three",
		"one two  three":    "one two|three",
		"abcdefghijklm":     "abcdefgh|ijklm",
		"ab cdefghijklmnop": "ab|cdefghij|klmnop",
		"ééééé ééééé":       "ééééé|ééééé",
	} {
		if got := strings.Join(wrapped(text, 8), "|"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
