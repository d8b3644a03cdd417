package input

import (
	"strings"

	"github.com/octoq/octoq/campaign"
)

// parseBool reads the words that people and spreadsheets write, in English,
// French, German, Spanish, Italian, Dutch and Portuguese, and PostgreSQL's t and f.
func parseBool(s string) (bool, flaw) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "1", "t", "vrai", "oui", "wahr", "ja",
		"verdadero", "sí", "vero", "sì", "si", "waar", "verdadeiro", "sim":
		return true, flaw{}
	case "false", "no", "0", "f", "faux", "non", "falsch", "nein",
		"falso", "onwaar", "nee", "não", "":
		return false, flaw{}
	default:
		return false, flaw{quote(s) + " is neither true nor false", "true, false, yes, no, 1 or 0 is wanted"}
	}
}

func parseOptionalBool(s string) (*bool, flaw) {
	if s == "" {
		return nil, flaw{}
	}
	v, f := parseBool(s)
	return &v, f
}

// amountFromText reads an amount as people and spreadsheets write it: with a
// decimal point or comma, the thousands apart or not, with or without a euro
// sign or EUR. One that could be two amounts, such as 1,234, is refused.
func amountFromText(s string) (campaign.Money, flaw) {
	trimmed := strings.TrimFunc(s, isBlank)
	for _, sign := range []string{"€", "EUR"} {
		trimmed = strings.TrimFunc(strings.TrimSuffix(strings.TrimPrefix(trimmed, sign), sign), isBlank)
	}
	plain, f := decimalPoint(trimmed)
	if f.problem == "" {
		m, err := campaign.ParseMoney(plain)
		if err == nil {
			return m, flaw{}
		}
		f.problem = err.Error()
	}
	f.problem = quote(s) + " " + f.problem
	return 0, f
}

// decimalPoint writes an amount with a decimal point and its thousands together,
// if it can be read in one way only.
func decimalPoint(s string) (string, flaw) {
	whole, fraction, decimals := s, "", false
	if at := strings.LastIndexAny(s, ".,"); at >= 0 && !strings.Contains(s[:at], s[at:at+1]) {
		whole, fraction, decimals = s[:at], s[at+1:], true
	}
	if strings.ContainsFunc(whole, partsThousands) {
		joined, ok := joinThousands(whole)
		if !ok {
			return "", flaw{problem: noAmount()}
		}
		whole = joined
	} else if decimals && len(fraction) == 3 && allDigits(fraction) && len(whole) <= 3 && whole != "" && whole[0] != '0' {
		return "", flaw{"could be " + whole + fraction + " or " + whole + " and a fraction",
			"write " + whole + fraction + " for the one, " + whole + "." + fraction + "0 for the other"}
	}
	switch {
	case !decimals:
		return whole, flaw{}
	case len(s) == len(whole)+1+len(fraction) && s[len(whole)] == '.':
		return s, flaw{}
	default:
		return whole + "." + fraction, flaw{}
	}
}

// noAmount is the problem of what no amount is written like.
func noAmount() string {
	_, err := campaign.ParseMoney("")
	return err.Error()
}

// partsThousands reports whether a character may stand between thousands.
func partsThousands(c rune) bool {
	return c == '.' || c == ',' || c == '\'' || c == '’' || isBlank(c)
}

// joinThousands joins groups of three digits that one kind of character parts.
func joinThousands(s string) (string, bool) {
	at := strings.IndexFunc(s, partsThousands)
	var between rune
	for _, between = range s[at:] {
		break
	}
	groups := strings.Split(s, string(between))
	for i, group := range groups {
		if !allDigits(group) || len(group) > 3 || i > 0 && len(group) != 3 {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}
