package octopush

import (
	"errors"
	"net/http"
	"strings"

	"github.com/octoq/octoq/internal/record"
)

// balanceEndpoint is GET /wallet/check-balance, the cheapest call that proves
// credentials and credit. The good answer is 200
// {"amount":12.54,"unit":"euros"} (doc).
func balanceEndpoint() endpoint {
	return endpoint{
		ask: func(record.Request) (question, error) {
			return question{method: http.MethodGet, path: "wallet/check-balance"}, nil
		},
		read: readBalance,
	}
}

// readBalance takes euros only; the same service counts in messages when it is
// asked for a product (doc). A balance may be below zero.
func readBalance(f fields, o *record.Outcome) error {
	unit := f.get("unit")
	if unit.kind != kindNone && !strings.HasPrefix(strings.ToLower(unit.text), "eur") {
		return errors.New("with a balance that is not in euros")
	}
	m, ok := money(f.get("amount"))
	if !ok {
		return errors.New("without a readable amount")
	}
	o.Balance = m
	return nil
}
