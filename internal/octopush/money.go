package octopush

import (
	"math/big"
	"strings"

	"github.com/octoq/octoq/campaign"
)

const (
	// maxEuros bounds a believable amount, in euros either way.
	maxEuros = 1_000_000_000
	// maxDigits bounds the text of an amount; floats printed in full have some 20.
	maxDigits = 40
)

// money reads an amount in euros, a JSON number or a text such as "2.58", and
// rounds it to the nearest 1/10,000 euro in exact arithmetic: the API's own
// floats may print as 2.5800000000000001. It reports false for anything that is
// not a believable amount.
func money(v value) (campaign.Money, bool) {
	if v.kind != kindNumber && v.kind != kindText || !isDecimal(v.text) {
		return 0, false
	}
	r, ok := new(big.Rat).SetString(v.text)
	if !ok {
		return 0, false
	}
	if new(big.Rat).Abs(r).Cmp(big.NewRat(maxEuros, 1)) > 0 {
		return 0, false
	}
	return round(r.Mul(r, big.NewRat(int64(campaign.Euro), 1))), true
}

// round is half away from zero; r is small enough for an int64.
func round(r *big.Rat) campaign.Money {
	half := big.NewRat(int64(r.Sign()), 2)
	r.Add(r, half)
	return campaign.Money(new(big.Int).Quo(r.Num(), r.Denom()).Int64())
}

// isDecimal admits what a JSON number may look like, with an exponent of at
// most two digits, so that no answer makes octoq compute 10 to the billionth.
func isDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	mantissa, exponent, has := strings.Cut(strings.ToLower(s), "e")
	whole, part, dot := strings.Cut(mantissa, ".")
	switch {
	case len(s) > maxDigits, !digits(whole), dot && !digits(part):
		return false
	case has:
		exponent = strings.TrimLeft(exponent, "+-")
		return digits(exponent) && len(exponent) <= 2
	}
	return true
}

func digits(s string) bool { return s != "" && !strings.ContainsFunc(s, notDigit) }
