package campaign_test

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
)

// What other programs replace, and the API sends as it is written.
func TestWarningsOfForeignText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Hi [[name]]":            `holds "[[name]]", as other programs write placeholders`,
		"Hi *|FNAME|*":           `holds "*|FNAME|*"`,
		"Hi <%= name %>":         `holds "<%= name %>"`,
		"Hi <<Name>>":            `holds "<<Name>>"`,
		"Hi <name>":              `holds "<name>"`,
		"Hi <Prénom>!":           `holds "<Prénom>"`,
		"Hi<br/>you":             `holds "<br/>"`,
		"<b>Hi</b>":              `holds "<b>"`,
		"Hi %name%":              `holds "%name%"`,
		"Hi %PRENOM%":            `holds "%PRENOM%"`,
		"Hi %(name)s":            `holds "%(name)"`,
		"Hi %s, you":             `holds "%s"`,
		"You owe %d":             `holds "%d"`,
		"Hi $name$":              `holds "$name$"`,
		"Hi $NAME$":              `holds "$NAME$"`,
		"Hi $prenom, you":        `holds "$prenom"`,
		`Hi\nyou`:                `holds \n, a backslash and a letter`,
		`Hi\tyou`:                `holds \t, a backslash`,
		"Fish &amp; chips":       `holds "&amp;", an entity of HTML`,
		"L&#39;offre":            `holds "&#39;"`,
		"&eacute;":               `holds "&eacute;"`,
		"20%-30% off, up to 50%": "",
		"50 % de remise, 100%":   "",
		"20% off & more; now":    "",
		"$5, US$ 5, Ke$ha, $HOP": "",
		"[Shop] Promo [1]":       "",
		"* new *, a|b, 5*|2":     "",
		"5 < 6, 7 > 6, <3, ->":   "",
		"R&D; B&B; Achat&vente;": "",
		"https://x.fr/?a=%20x%2Fy&b=2;c=%C3%AB%C3%A9t%20": "",
		"Hi %dear_name%":   `holds "%dear_name%"`,
		`C:\dir, 1\2, \o/`: "",
		"100%sur, 50%d":    "",
		"-50% %":           "",
	} {
		warns(t, campaign.Campaign{Text: text, Purpose: campaign.PurposeAlert}, "text", want)
	}
}

// Words whose letters were read in another encoding are noticed, and words of
// languages that have these letters are not.
func TestWarningsOfMisreadText(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"NoÃ«l":            `holds "Ã«" (character 3), as UTF-8 looks that was read as another encoding`,
		"clients fidÃ¨les": `"Ã¨" (character 12)`,
		"Ã‰tÃ©":            `"Ã‰"`,
		"l’Ã©tÃ©":          `"Ã©"`,
		"lâ€™Ã©tÃ©":        `"â€"`,
		"3Â°":              `"Â°"`,
		"5â‚¬":             `"â‚"`,
		"No√´l":            `"√´"`,
		"√2, √x":           "",
		"vÅ“u":             `"Å“"`,
		"SÃO PAULO":        "",
		"Ângela, âge":      "",
		"ÅSA “Å”":          "",
	} {
		got := texts(campaign.Campaign{ListName: name, Text: "Hi", Purpose: campaign.PurposeAlert}.Warnings(noon), "list_name")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
