package octopush

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// endpoint is one service of the API: how it is asked, and how its good answer
// is read.
type endpoint struct {
	// changes: the call changes something at the API, so not knowing what
	// became of it matters.
	changes bool
	// silent: a 2xx without a body is its good answer.
	silent bool
	ask    func(record.Request) (question, error)
	// read takes what the caller needs out of a 2xx answer whose code is absent
	// or 0; an error says what is wrong with it.
	read func(fields, *record.Outcome) error
}

// question is a request before it meets credentials and the base URL.
type question struct {
	method string
	path   string
	query  url.Values
	body   any // sent as JSON unless nil
}

func endpointOf(call campaign.Call) (endpoint, bool) {
	switch call {
	case campaign.CallCreate:
		return createEndpoint(), true
	case campaign.CallStatus:
		return statusEndpoint(), true
	case campaign.CallConfirm:
		return confirmEndpoint(), true
	case campaign.CallCancel:
		return cancelEndpoint(), true
	case campaign.CallBalance:
		return balanceEndpoint(), true
	case record.CallContacts:
		return contactsEndpoint(contactsBody{}), true
	default:
		return endpoint{}, false
	}
}

// request builds the HTTP request of a call.
func (c *Client) request(ctx context.Context, e endpoint, r record.Request) (*http.Request, error) {
	q, err := e.ask(r)
	if err != nil {
		return nil, err
	}
	u := c.base.JoinPath(q.path)
	u.RawQuery = q.query.Encode()
	return c.newRequest(ctx, q.method, u.String(), q.body)
}

// newRequest adds the headers. It never sets an Idempotency-Key: net/http
// would take it as leave to repeat the request.
func (c *Client) newRequest(ctx context.Context, method, target string, body any) (*http.Request, error) {
	raw, err := encode(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("build request: %w", err)
	}
	req.Header.Set("api-login", c.login)
	req.Header.Set("api-key", c.key())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", c.userAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// encode leaves < > & as they are: they are part of people's texts.
func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// audience is the part of the path that distinguishes lists and tags.
func audience(c campaign.Campaign) (string, error) {
	switch {
	case (c.ListName == "") == (c.TagName == ""):
		return "", errors.New("exactly one of list_name and tag_name is needed")
	case c.ListName != "":
		return "sms-campaign-on-list", nil
	default:
		return "sms-campaign-on-tag", nil
	}
}

// ticketBody is the body of confirm and cancel.
type ticketBody struct {
	Ticket string `json:"ticket_number"`
}

var errNoTicket = errors.New("there is no ticket to ask about")
