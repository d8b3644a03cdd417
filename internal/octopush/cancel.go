package octopush

import (
	"net/http"

	"github.com/octoq/octoq/internal/record"
)

// cancelEndpoint is DELETE /sms-campaign-on-list/cancel with a JSON body, which
// serves tags, too; the good answer is 204 without a body (doc). Its refusals
// are unknown.
func cancelEndpoint() endpoint {
	return endpoint{
		changes: true, silent: true, ask: askCancel,
		read: func(fields, *record.Outcome) error { return nil },
	}
}

func askCancel(r record.Request) (question, error) {
	if r.Ticket == "" {
		return question{}, errNoTicket
	}
	return question{
		method: http.MethodDelete, path: "sms-campaign-on-list/cancel", body: ticketBody{r.Ticket},
	}, nil
}
