package campaign_test

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
)

// Each row is a text and part of the one warning that it gets; "" if it gets
// none. The texts are alerts, so that none needs a mention, and ASCII where
// their characters are not what is meant.
func TestWarningsOfPlaceholders(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Hi {first_name}{last_name}{param5}!":  "",
		"Hi {{first_name}}":                    `"{{first_name}}" has doubled braces: the API's placeholders have one on each side, as {first_name}`,
		"Hi {{ Param3 }}":                      `"{{ Param3 }}" has doubled braces: the API's placeholders have one on each side, as {param3}`,
		"Hi {{{last_name}}}":                   "as {last_name}",
		"Hi {{name}}":                          "has doubled braces",
		"Hi {{first_name}":                     "has doubled braces",
		"Hi ${first_name}":                     `"${first_name}" has a '$' before its brace`,
		"Hi ${prenom}":                         `"${prenom}" has a '$' before its brace`,
		"Hi #{param2}":                         `write {param2}`,
		"Hi %{last_name}":                      `write {last_name}`,
		"Hi {first_name":                       `"{first_name" is not closed`,
		"Hi {unclosed, and more":               `"{unclosed, and more" is not closed`,
		"Hi {first_name {last_name}":           `"{first_name " is not closed`,
		"Hi {":                                 `"{" is not closed`,
		"Hi {{":                                `"{{" is not closed`,
		"Hi first_name}":                       `"}" closes nothing`,
		"Hi {param1}}":                         `"}" closes nothing`,
		"Hi }{param1}":                         `"}" closes nothing`,
		"Hi {First_Name}":                      "is {first_name} meant?",
		"Hi {firstname}":                       "is {first_name} meant?",
		"Hi {LAST NAME}":                       "is {last_name} meant?",
		"Hi { param1 }":                        "is {param1} meant?",
		"Hi {prenom}":                          `"{prenom}" is no placeholder the API knows`,
		"Hi {param6}":                          `"{param6}" is no placeholder the API knows`,
		"Hi {param0}":                          `"{param0}" is no placeholder the API knows`,
		"Hi {}":                                `"{}" is no placeholder the API knows`,
		"Hi %first_name%":                      `"first_name" stands there without braces`,
		"Hi [LAST_NAME]":                       `"LAST_NAME" stands there without braces: the API's placeholder is {last_name}`,
		"Hi $param1":                           `"param1" stands there without braces`,
		"Hi <<param2>>":                        `"param2" stands there without braces`,
		"Hi param10, myparam1, param1s":        "",
		"Hi {first_name} for $5, 20% {param1}": "",
	} {
		warns(t, campaign.Campaign{Text: text, Purpose: campaign.PurposeAlert}, "text", want)
	}
}

func TestWarningsOfTheUnseen(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"clients":         "",
		"clients fidèles": "",
		"cli\u200Bents":   "holds U+200B (zero width space), which is not seen or looks like a space (character 4)",
		"\uFEFFclients":   "U+FEFF (byte order mark), which is not seen or looks like a space (character 1)",
		"élève\u202Efdp":  "U+202E (right-to-left override), which is not seen or looks like a space (character 6)",
		"co\u00ADop":      "U+00AD (soft hyphen)",
		"a\u200Cb":        "U+200C",
		"a\u200Db":        "U+200D",
		"a\u2060b":        "U+2060",
		"a\u2066b\u2069":  "holds 2 characters that are not seen or look like spaces, the first is U+2066 (character 2)",
		"a\u00A0b":        "U+00A0 (no-break space)",
		"a\u2028b":        "U+2028",
		"a\u3164b":        "U+3164",
		"a\U000E0041b":    "U+E0041",
		"a\u061Cb":        "U+061C",
		"👨\u200D👩\u200D👧": "",
		"❤\uFE0F\u200D🔥":  "",
		"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F": "",

		"cafe\u0301s":        `the second is U+0301 (character 5)`,
		"nin\u0303o":         `the second is U+0303 (character 4)`,
		"Zu\u0308rich":       `U+0308`,
		"c\u0327a":           `U+0327`,
		"\u30CF\u309A":       `U+309A`,
		"\u1112\u1161\u11AB": `U+1161`,
		"café Zürich ça 한 パ": "",
	} {
		warns(t, campaign.Campaign{ListName: name, Text: "Hi", Purpose: campaign.PurposeAlert}, "list_name", want)
		warns(t, campaign.Campaign{TagName: name, Text: "Hi", Purpose: campaign.PurposeAlert}, "tag_name", want)
		if want != "" {
			c := campaign.Campaign{ListName: "l", Text: name, Purpose: campaign.PurposeAlert}
			if got := texts(c.Warnings(noon), "text"); !strings.Contains(got, want) && !strings.Contains(got, "as two characters") {
				t.Errorf("text %q: got %q, want %s", name, got, want)
			}
		}
	}
}

func TestWarningsOfLowCost(t *testing.T) {
	t.Parallel()
	const want = "is longer than one SMS, and its type is sms_low_cost: the API is known to refuse it with code 119 or 102"
	for name, c := range map[string]struct {
		kind, text string
		warned     bool
	}{
		"one SMS":             {campaign.TypeLowCost, strings.Repeat("x", 160), false},
		"161":                 {campaign.TypeLowCost, strings.Repeat("x", 161), true},
		"by one euro":         {campaign.TypeLowCost, strings.Repeat("x", 159) + "€", true},
		"71 of Unicode":       {campaign.TypeLowCost, strings.Repeat("ê", 71), true},
		"by one emoji":        {campaign.TypeLowCost, strings.Repeat("ê", 69) + "👍", true},
		"two premium":         {campaign.TypePremium, strings.Repeat("x", 161), false},
		"one SMS, of Unicode": {campaign.TypeLowCost, strings.Repeat("ê", 70), false},
	} {
		got := texts(campaign.Campaign{Type: c.kind, Text: c.text, Purpose: campaign.PurposeAlert}.Warnings(noon), "text")
		if strings.Contains(got, want) != c.warned {
			t.Errorf("%s: got %q, want the warning %t", name, got, c.warned)
		}
	}
}

func TestWarningsOfSenders(t *testing.T) {
	t.Parallel()
	for sender, want := range map[string]string{
		"": "", "Company": "", "24h": "",
		"Company X": `"Company X" has a space`, "A B": "has a space", "1 2 3": "has a space", "Mon  Shop": "has a space",
	} {
		warns(t, campaign.Campaign{Sender: sender, Text: "Hi", Purpose: campaign.PurposeAlert}, "sender", want)
	}
}

// warns checks a campaign's only warning of a field; want is part of it, "" for none.
func warns(t *testing.T, c campaign.Campaign, field, want string) {
	t.Helper()
	got := texts(c.Warnings(noon), field)
	if (want == "") != (got == "") || !strings.Contains(got, want) || strings.Contains(got, "\n") {
		t.Errorf("%s of %q%q%q%q: got %q, want one warning with %q", field, c.ListName, c.TagName, c.Text, c.Sender, got, want)
	}
}

// texts are the problems of a field, a line each.
func texts(all []campaign.Warning, field string) string {
	var lines []string
	for _, w := range all {
		if w.Field == field {
			lines = append(lines, w.Problem)
		}
	}
	return strings.Join(lines, "\n")
}
