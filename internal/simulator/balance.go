package simulator

import "net/http"

// balanceBody is `{"amount":12.54,"unit":"euros"}` (doc).
type balanceBody struct {
	Amount float64 `json:"amount"`
	Unit   string  `json:"unit"`
}

// checkBalance answers GET /wallet/check-balance (doc). It always answers in euros: the form with a product and a country,
// which answers in messages (doc), is not simulated.
func (s *Server) checkBalance(acc *account, _ request, _ fault) answer {
	return answer{status: http.StatusOK, body: balanceBody{acc.balance.euros(), "euros"}}
}
