package octopush

import (
	"fmt"
	"net/http"

	"github.com/octoq/octoq/internal/apidate"
	"github.com/octoq/octoq/internal/record"
)

// confirmEndpoint is POST /sms-campaign-on-list/send or …-on-tag/send: the one
// call that cannot be taken back, and that takes no request_id (doc). The good
// answer is 200 {"sending_date":"2021-06-01T12:00:00+03:00"} (doc).
func confirmEndpoint() endpoint {
	return endpoint{changes: true, ask: askConfirm, read: readConfirm}
}

func askConfirm(r record.Request) (question, error) {
	recipients, err := audience(r.Campaign)
	if err == nil && r.Ticket == "" {
		err = errNoTicket
	}
	if err != nil {
		return question{}, fmt.Errorf("confirm: %w", err)
	}
	return question{method: http.MethodPost, path: recipients + "/send", body: ticketBody{r.Ticket}}, nil
}

// readConfirm does not insist on the date: a readable 2xx without a refusal is
// an accepted order, and calling it anything else would invite a second one.
func readConfirm(f fields, o *record.Outcome) error {
	if v := f.get("sending_date"); v.kind == kindText || v.kind == kindNumber {
		o.SendingDate = v.text
		o.SendingAt, _ = apidate.Parse(v.text)
	}
	return nil
}
