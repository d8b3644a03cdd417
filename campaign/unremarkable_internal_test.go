package campaign

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is called unremarkable has no warning that the searches would have found.
func TestUnremarkableTextsHaveNoWarning(t *testing.T) {
	t.Parallel()
	pieces := append(apiPlaceholders(), "{first_name}", "{param5}", "{", "}", "{{", "{name}", "%", "% ", "%s", "$", "#", "_", "[", "]", "[[x]]", "*|x|*",
		"<b>", "&amp;", `\n`, "\n", "\t", "~", "|", "^", "€", "é", "ç", "\u200b", "e\u0301", "aram", "PARAM1", "param", "m", "STOP au 30101", "Hello", " ", ".", ",",
		"https://example.com/?a=1", "20", "@", "\"", "'", "(x)", "#{param1}", "Ã©", strings.Repeat("x", 50), strings.Repeat("y", 150))
	some := 0
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 8).Draw(t, "text"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
		if !unremarkable(text) {
			return
		}
		some++
		var found warnings
		found.checkText(&Campaign{Text: text, Type: TypeLowCost})
		if len(found) > 0 {
			t.Errorf("%q is called unremarkable: got %v", text, found)
		}
	})
	if some == 0 {
		t.Error("no text was unremarkable: the test shows nothing")
	}
}

func TestUnremarkable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "Hello {first_name}, 20 % off. STOP au 30101": true, strings.Repeat("x", 160): true, strings.Repeat("x", 161): false,
		strings.Repeat("x", 150) + "{param1}": true, strings.Repeat("x", 151) + "{param1}": false, "{first_name}" + strings.Repeat("x", 146): true, "{first_name}" + strings.Repeat("x", 147): false,
		"${first_name}": false, "{name}": false, "{first_name": false, "param1": false, "Paramount": false, "armada": true, "20%": false, "a_b": false, "é": false,
	} {
		if got := unremarkable(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

func BenchmarkWarnings(b *testing.B) {
	c := Campaign{
		Text: "Hello {first_name}, from Monday to Saturday everything in the shop is 20 % off. STOP au 30101", Type: TypePremium, Purpose: PurposeWholesale,
		ListName: "customers",
	}
	now := time.Unix(0, 0)
	b.ReportAllocs()
	for b.Loop() {
		if found := c.Warnings(now); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
