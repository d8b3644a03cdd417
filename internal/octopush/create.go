package octopush

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/octoq/octoq/internal/record"
)

// offsetTime is ISO 8601 with a numeric offset, the form the API documents
// (2018-10-03T07:42:39-07:00); RFC 3339's Z is not shown there.
const offsetTime = "2006-01-02T15:04:05-07:00"

// maxTicket bounds a ticket, in bytes. The documented one has 17.
const maxTicket = 64

// createBody has the documented fields of create (doc), and none of octoq's
// own. The API ignores what it does not know and sends all the same, so the
// names here are the contract. What decides over money and law is written out
// even where it is the default; the fields of the newest pages only when they
// are asked for.
//
// Removing the numbers that opted out has two names: the page of this service
// shows auto_remove_blacklisted_numbers, a newer page of direct campaigns
// auto_delete_optout_contacts (doc). Which of them this service reads today is
// unknown, and an unknown field is ignored (doc), so a create that asks for it sends both.
type createBody struct {
	ListName       string `json:"list_name,omitempty"`
	TagName        string `json:"tag_name,omitempty"`
	Text           string `json:"text"`
	Type           string `json:"type"`
	Purpose        string `json:"purpose"`
	Sender         string `json:"sender,omitempty"`
	SendAt         string `json:"send_at,omitempty"`
	WithReplies    bool   `json:"with_replies"`
	Optimize       *bool  `json:"auto_optimize_text,omitempty"`
	RemoveBlocked  bool   `json:"auto_remove_blacklisted_numbers"`
	DeleteOptouts  bool   `json:"auto_delete_optout_contacts,omitempty"`
	RequestID      string `json:"request_id"`
	SimulationMode bool   `json:"simulation_mode"`
	Tracking       bool   `json:"recipient_tracking,omitempty"`
	Segmentation   string `json:"segmentation,omitempty"`
}

// createEndpoint is POST /sms-campaign-on-list/create or …-on-tag/create. The
// good answer is 201 {"ticket_number":"sms_5f3fbce61266e"} (doc).
func createEndpoint() endpoint {
	return endpoint{changes: true, ask: askCreate, read: readCreate}
}

func askCreate(r record.Request) (question, error) {
	recipients, err := audience(r.Campaign)
	if err == nil {
		err = checkCreate(r)
	}
	if err != nil {
		return question{}, fmt.Errorf("create: %w", err)
	}
	return question{method: http.MethodPost, path: recipients + "/create", body: newCreateBody(r)}, nil
}

// checkCreate is no validation of the campaign, which happened long before. It
// stops what the API would carry out in another way than was meant: without a
// purpose it takes wholesale (doc), without a request_id a repeat is a second
// campaign.
func checkCreate(r record.Request) error {
	switch {
	case r.RequestID == "":
		return errors.New("request_id is missing")
	case r.Campaign.Purpose == "":
		return errors.New("purpose is missing")
	case r.Campaign.Type == "":
		return errors.New("type is missing")
	case r.Campaign.Text == "":
		return errors.New("text is missing")
	case !utf8.ValidString(r.Campaign.Text):
		return errors.New("text is not valid UTF-8")
	}
	return nil
}

func newCreateBody(r record.Request) createBody {
	c := r.Campaign
	return createBody{
		ListName: c.ListName, TagName: c.TagName, Text: c.Text, Type: c.Type, Purpose: c.Purpose,
		Sender: c.Sender, SendAt: formatTime(c.SendAt), WithReplies: c.WithReplies,
		Optimize: c.AutoOptimizeText, RemoveBlocked: c.AutoRemoveBlacklistedNumbers,
		DeleteOptouts: c.AutoRemoveBlacklistedNumbers,
		RequestID:     r.RequestID, SimulationMode: c.SimulationMode,
		Tracking: c.RecipientTracking, Segmentation: c.Segmentation,
	}
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(offsetTime)
}

// readCreate takes the ticket under any of the names that were seen. A 2xx
// without one is ambiguous: the campaign may exist, and its ticket is unknown.
func readCreate(f fields, o *record.Outcome) error {
	for _, name := range []string{"ticket_number", "sms_ticket", "ticket"} {
		v := f.get(name)
		if v.kind == kindNone {
			continue
		}
		if !v.isTicket() {
			return errors.New("with a ticket that cannot be read")
		}
		o.Ticket = v.text
		return nil
	}
	return errors.New("without a ticket")
}

// isTicket keeps to a cautious alphabet: a ticket becomes part of URLs, of
// Redis keys and of pages.
func (v value) isTicket() bool {
	switch v.kind {
	case kindText:
		return len(v.text) <= maxTicket && !strings.ContainsFunc(v.text, notInTicket)
	case kindNumber:
		return len(v.text) <= maxTicket && !strings.ContainsFunc(v.text, notDigit)
	default:
		return false
	}
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

func notInTicket(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !letter && notDigit(r) && !strings.ContainsRune("_.-", r)
}
