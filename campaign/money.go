package campaign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Money is an amount in 1/10,000 euro, so that prices such as 0.0485 € a
// message add up exactly. No floating-point number is ever involved.
//
// In JSON it is a plain decimal number of euros (2.58), in CSV and other text
// the same digits; both readers accept what ParseMoney accepts.
type Money int64

// Euro is one euro.
const Euro Money = 10_000

const (
	moneyDecimals = 4
	// maxAmount bounds what is looked at: no sensible amount is written longer.
	maxAmount = 64
)

var (
	errNoAmount  = errors.New("is no amount: write euros as digits with a decimal point, such as 2.58")
	errDecimals  = errors.New("has more than four decimals")
	errTooLarge  = errors.New("is too large")
	errLongMoney = fmt.Errorf("is no amount: it has more than %d characters", maxAmount)
)

// ParseMoney reads an amount of euros that a person or a program asked for:
// 2.58, -1, 0.0485, 1e2. An amount with more than four decimals is refused,
// because it was meant to be something else than what would be kept.
func ParseMoney(s string) (Money, error) {
	if len(s) > maxAmount {
		return 0, errLongMoney
	}
	abs, negative := strings.CutPrefix(s, "-")
	digits, point, err := splitDecimal(abs)
	if err != nil {
		return 0, err
	}
	whole, rest := cutDigits(digits, point+moneyDecimals)
	if strings.Trim(rest, "0") != "" {
		return 0, errDecimals
	}
	n, err := units(whole)
	if err != nil {
		return 0, err
	}
	if negative {
		n = -n
	}
	return Money(n), nil
}

// splitDecimal takes an unsigned decimal apart: its digits without leading
// zeros, and where among them the decimal point stands, which may be outside.
func splitDecimal(s string) (digits string, point int, err error) {
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	shift := 0
	if hasExponent {
		if shift, err = strconv.Atoi(exponent); err != nil || shift < -maxAmount || shift > maxAmount {
			return "", 0, errNoAmount
		}
	}
	whole, fraction, hasPoint := strings.Cut(mantissa, ".")
	if !allDigits(whole) || hasPoint && !allDigits(fraction) {
		return "", 0, errNoAmount
	}
	digits = strings.TrimLeft(whole+fraction, "0")
	return digits, len(digits) - len(fraction) + shift, nil
}

// cutDigits cuts the digits behind the n-th; zeros are added where they do not
// reach that far.
func cutDigits(digits string, n int) (whole, rest string) {
	switch {
	case digits == "":
		return "", ""
	case n < 0:
		return "", strings.Repeat("0", -n) + digits
	case n > len(digits):
		return digits + strings.Repeat("0", n-len(digits)), ""
	default:
		return digits[:n], digits[n:]
	}
}

// units is the number that digits spell.
func units(digits string) (int64, error) {
	if digits == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, errTooLarge
	}
	return n, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// String is the amount for people, with two to four decimals: "2.58 €".
func (m Money) String() string { return string(m.appendDecimal(nil, 2)) + " €" }

// appendDecimal appends the amount in euros with at least min decimals.
func (m Money) appendDecimal(b []byte, minDecimals int) []byte {
	n := uint64(m) //nolint:gosec // the lowest number has no positive one; two's complement has
	if m < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendUint(b, n/uint64(Euro), 10)
	fraction := fmt.Sprintf("%04d", n%uint64(Euro))
	for len(fraction) > minDecimals && strings.HasSuffix(fraction, "0") {
		fraction = fraction[:len(fraction)-1]
	}
	if fraction == "" {
		return b
	}
	return append(append(b, '.'), fraction...)
}

// MarshalText writes the amount in euros without a unit: 2.58.
func (m Money) MarshalText() ([]byte, error) { return m.appendDecimal(nil, 0), nil }

// UnmarshalText reads what ParseMoney accepts.
func (m *Money) UnmarshalText(text []byte) error {
	parsed, err := ParseMoney(string(text))
	if err != nil {
		return fmt.Errorf("read amount %s: %w", quote(string(text)), err)
	}
	*m = parsed
	return nil
}

// MarshalJSON writes a plain JSON number of euros: 2.58.
func (m Money) MarshalJSON() ([]byte, error) { return m.MarshalText() }

// UnmarshalJSON reads a JSON number of euros, or a string that holds one. Null
// leaves the amount as it is.
func (m *Money) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	if !bytes.HasPrefix(data, []byte(`"`)) {
		return m.UnmarshalText(data)
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("read amount: %w", err)
	}
	return m.UnmarshalText([]byte(s))
}
