package campaign_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
)

func TestEstimate(t *testing.T) {
	t.Parallel()
	gsm := func(units, parts int) campaign.Length {
		return campaign.Length{Encoding: "GSM-7", Units: units, Parts: parts}
	}
	unicode := func(units, parts int, first rune) campaign.Length {
		return campaign.Length{Encoding: "Unicode", Units: units, Parts: parts, FirstUnicode: first}
	}
	x := func(n int) string { return strings.Repeat("x", n) }
	ê := func(n int) string { return strings.Repeat("ê", n) }
	tests := map[string]struct {
		text string
		want campaign.Length
	}{
		"nothing":                      {"", gsm(0, 0)},
		"one SMS":                      {x(160), gsm(160, 1)},
		"two":                          {x(161), gsm(161, 2)},
		"two, full":                    {x(306), gsm(306, 2)},
		"three":                        {x(307), gsm(307, 3)},
		"the longest text":             {x(1224), gsm(1224, 8)},
		"accents of GSM-7":             {"éèùìòàäöñüÇØÅßÆ¿¡§", gsm(18, 1)},
		"Greek capitals":               {"ΔΦΓΛΩΠΨΣΘΞ", gsm(10, 1)},
		"the whole extension":          {"^{}\\[~]|€\f", gsm(20, 1)},
		"counted twice":                {"{}€[]~^¨|&$@\n", gsm(26, 1)},
		"CRLF":                         {"a\r\nb", gsm(5, 1)},
		"euros tip it over":            {x(159) + "€", gsm(161, 2)},
		"a placeholder":                {"{param1}", gsm(10, 1)},
		"Unicode":                      {ê(70), unicode(70, 1, 'ê')},
		"Unicode, two":                 {ê(71), unicode(71, 2, 'ê')},
		"Unicode, two, full":           {ê(134), unicode(134, 2, 'ê')},
		"Unicode, three":               {ê(135), unicode(135, 3, 'ê')},
		"small cedilla":                {"garçon", unicode(6, 1, 'ç')},
		"curly apostrophe":             {"l’eau €", unicode(7, 1, '’')},
		"emoji are pairs":              {"ok 👍🎉", unicode(7, 1, '👍')},
		"a pair at a border":           {x(152) + "[" + x(152), gsm(306, 3)},
		"a euro there":                 {x(152) + "€" + x(152), gsm(306, 3)},
		"a backslash there":            {x(152) + "\\" + x(152), gsm(306, 3)},
		"a placeholder's brace there":  {x(152) + "{param1}" + x(145), gsm(307, 3)},
		"a pair before the border":     {x(151) + "[" + x(153), gsm(306, 2)},
		"a pair that ends the last":    {x(305) + "[", gsm(307, 3)},
		"two borders":                  {x(152) + "[" + x(150) + "[" + x(152), gsm(458, 4)},
		"only pairs":                   {strings.Repeat("€", 153), gsm(306, 3)},
		"counted twice, no pair":       {x(152) + "@" + x(152), gsm(306, 2)},
		"a newline at a border":        {x(152) + "\n" + x(152), gsm(306, 2)},
		"one SMS with a pair":          {x(158) + "[", gsm(160, 1)},
		"an emoji at a border":         {ê(66) + "👍" + ê(66), unicode(134, 3, 'ê')},
		"an emoji before the border":   {ê(65) + "👍" + ê(67), unicode(134, 2, 'ê')},
		"only emoji":                   {strings.Repeat("👍", 67), unicode(134, 3, '👍')},
		"a rare ideograph at a border": {ê(66) + "𠮷" + ê(66), unicode(134, 3, 'ê')},
		"an emoji in one SMS":          {ê(68) + "👍", unicode(70, 1, 'ê')},
		"a tab":                        {"a\tb", unicode(3, 1, '\t')},
		"no doubling there":            {"ê{}€\n", unicode(5, 1, 'ê')},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, campaign.Estimate(tt.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The alphabet has 128 characters, the escape to the extension among them.
func TestGSM7HasItsWholeAlphabet(t *testing.T) {
	t.Parallel()
	known := 0
	for r := rune(0); r < 0x3000; r++ {
		if campaign.Estimate(string(r)).Encoding == "GSM-7" {
			known++
		}
	}
	const alphabet, extension, octopush = 127, 10, 1 // the last is ¨
	if want := alphabet + extension + octopush; known != want {
		t.Errorf("got %d characters, want %d", known, want)
	}
}
