package octopush

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// statusEndpoint is GET /sms-campaign-on-list/status?ticket_number=…, which
// serves tags, too (doc). The good answer is 200
// {"number_of_contacts":20,"cost":2.58,"status":"ready_to_be_send"} (doc).
func statusEndpoint() endpoint {
	return endpoint{ask: askStatus, read: readStatus}
}

func askStatus(r record.Request) (question, error) {
	if r.Ticket == "" {
		return question{}, errNoTicket
	}
	return question{
		method: http.MethodGet, path: "sms-campaign-on-list/status",
		query: url.Values{"ticket_number": {r.Ticket}},
	}, nil
}

// readStatus insists on a readable price only where it is acted upon. A
// campaign that is ready at an unknown price is not ready: max_cost could not
// be kept, and no person could approve it.
func readStatus(f fields, o *record.Outcome) error {
	o.Progress = progress(f.get("status"))
	cost, costErr := price(f.get("cost"))
	contacts, contactsErr := count(f.get("number_of_contacts"))
	switch o.Progress {
	case record.ProgressReady:
		if costErr != nil || contactsErr != nil {
			return errors.Join(costErr, contactsErr)
		}
		named := f.get("number_of_contacts").kind != kindNone
		o.NoContacts = contacts == 0 && (named || cost == 0)
	case record.ProgressUnknown:
		o.StatusWord = f.text("status")
	}
	o.Cost, o.Contacts = cost, contacts
	return nil
}

// progress reads the values that are documented. Everything else is unknown,
// which is polled on. That goes for "validated", too: a sibling service shows
// it (doc), and whether it means "may be confirmed" or "was confirmed" is
// unknown; taken for ready it could send twice.
func progress(v value) record.Progress {
	if v.kind != kindText {
		return record.ProgressUnknown
	}
	switch strings.ToLower(v.text) {
	case "under_computation":
		return record.ProgressComputing
	case "ready_to_be_sent", "ready_to_be_send": // the page prints both (doc)
		return record.ProgressReady
	case "failed":
		return record.ProgressFailed
	default:
		return record.ProgressUnknown
	}
}

// price is an amount that is there and not negative.
func price(v value) (campaign.Money, error) {
	if m, ok := money(v); ok && !strings.HasPrefix(v.text, "-") {
		return m, nil
	}
	return 0, errors.New("without a readable cost")
}

// maxContacts is more than there are telephones.
const maxContacts = 1e11

// count tolerates that the number is missing: it is for people only.
func count(v value) (int, error) {
	if v.kind == kindNone {
		return 0, nil
	}
	n, ok := v.whole()
	if !ok || n < 0 || n > maxContacts {
		return 0, errors.New("with a number of contacts that cannot be read")
	}
	return n, nil
}
