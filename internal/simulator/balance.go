package simulator

import "net/http"

// balanceBody is `{"amount":12.54,"unit":"euros"}` (doc).
type balanceBody struct {
	Amount float64 `json:"amount"`
	Unit   string  `json:"unit"`
}

// messagesBody is `{"amount":204,"unit":"sms_premium","wallet_packs":[…]}` (doc).
type messagesBody struct {
	Amount units        `json:"amount"`
	Unit   string       `json:"unit"`
	Packs  []walletPack `json:"wallet_packs"`
}

// walletPack is `{"id":"…","credit":10,"expiration_date":"2030-12-08T16:45:14+01:00"}` (sdk).
type walletPack struct {
	ID         string `json:"id"`
	Credit     units  `json:"credit"`
	Expiration string `json:"expiration_date"`
}

// checkBalance answers GET /wallet/check-balance: in euros, or with product_name and country_code in messages (doc). What
// one of the two alone does is unknown; here it is ignored.
func (s *Server) checkBalance(acc *account, q request, _ fault) answer {
	if q.product != "" && q.country != "" {
		return answer{status: http.StatusOK, body: s.messages(acc, q.product)}
	}
	return answer{status: http.StatusOK, body: balanceBody{acc.balance.euros(), "euros"}}
}

// messages is what the credit buys, at Config.PricePerContact for every product and country. It is one pack that
// expires in a year.
func (s *Server) messages(acc *account, product string) messagesBody {
	body := messagesBody{Amount: acc.balance / max(unitsOf(s.cfg.PricePerContact), 1), Unit: product, Packs: []walletPack{}}
	if body.Amount > 0 {
		body.Packs = append(body.Packs, walletPack{
			ID: "00000000-0000-4000-8000-000000000001", Credit: body.Amount,
			Expiration: s.cfg.Now().AddDate(1, 0, 0).Format(isoOffset),
		})
	}
	return body
}
