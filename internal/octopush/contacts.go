package octopush

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// contactsBody has the documented fields that octoq uses. The pages disagree on what
// do_not_overwrite means, so it is left out: a contact whose number exists already is then
// overwritten (doc). How many contacts one request may have is unknown.
type contactsBody struct {
	ListName string             `json:"list_name"`
	Contacts []campaign.Contact `json:"contacts"`
}

// AddContacts adds contacts to a list: POST /contact/create (doc). A number that the
// account has already is overwritten (doc), so the call may be repeated; that the list
// has it once then is inferred, and so is that a list which does not exist is made.
// The request does not leave after notAfter, unless that is zero.
func (c *Client) AddContacts(ctx context.Context, list string, contacts []campaign.Contact, notAfter time.Time) record.Outcome {
	e := contactsEndpoint(contactsBody{list, contacts})
	return c.do(ctx, e, record.Request{Call: record.CallContacts, NotAfter: notAfter})
}

// contactsEndpoint adds what it is made with. The good answer is unknown beyond its 2xx,
// so one without a body will do.
func contactsEndpoint(body contactsBody) endpoint {
	return endpoint{
		changes: true, silent: true,
		ask: func(record.Request) (question, error) {
			if body.ListName == "" || len(body.Contacts) == 0 {
				return question{}, errors.New("contacts: the list or its contacts are missing")
			}
			return question{method: http.MethodPost, path: "contact/create", body: body}, nil
		},
		read: func(fields, *record.Outcome) error { return nil },
	}
}
