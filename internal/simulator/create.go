package simulator

import (
	"hash/fnv"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxText = 1224 // characters (doc)
	maxList = 30   // characters (doc)
	maxTag  = 20   // characters (doc)
)

// createdBody is `{"ticket_number":"sms_5f3fbce61266e"}` (doc).
type createdBody struct {
	TicketNumber string `json:"ticket_number"`
}

// create answers POST /sms-campaign-on-list/create and /sms-campaign-on-tag/create with 201 and a ticket (doc). The answer
// to a request_id that was seen before carries no ticket (inferred).
func (s *Server) create(acc *account, q request, f fault) answer {
	now := s.cfg.Now()
	if acc.seen.has(q.requestID, now, s.cfg.RequestIDTTL) {
		return refused(s.cfg.DuplicateCode, "A request with the same request_id has already been received.")
	}
	if a := q.refusal(); a != nil {
		if s.cfg.RefusedUsesRequestID {
			acc.seen.add(q.requestID, now)
		}
		return *a
	}
	acc.seen.add(q.requestID, now)
	t := s.newTicket(acc, q, now)
	t.shape(f)
	t.neverReady = f.kind == FaultNeverReady
	acc.add(t)
	return answer{status: http.StatusCreated, body: createdBody{t.number}, ticket: t.number}
}

func (s *Server) newTicket(acc *account, q request, now time.Time) *ticket {
	contacts := s.contactsOf(q.list + q.tag)
	return &ticket{
		number: s.ticketNumber(now), login: acc.login,
		list: q.list, tag: q.tag, text: q.text, requestID: q.requestID,
		contacts: contacts, cost: units(contacts) * unitsOf(s.cfg.PricePerContact),
		created: now, readyAt: now.Add(s.cfg.ComputeTime), sendAt: q.fields.moment("send_at"),
		simulated: q.fields.flag("simulation_mode"),
	}
}

// contactsOf gives a name the same number of contacts every time.
func (s *Server) contactsOf(name string) int {
	if s.cfg.Contacts > 0 {
		return s.cfg.Contacts
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return 1 + int(h.Sum32()%500)
}

// refusal says why a campaign is not taken, nil if it is. In simulation mode validation is minimal (doc); that it
// consists of what a campaign cannot be without is inferred.
func (q request) refusal() *answer {
	a := q.missing()
	if a == nil && !q.fields.flag("simulation_mode") {
		a = q.improper()
	}
	return a
}

// missing looks for what no campaign can be without. The codes are inferred from the legacy ones (sdk).
func (q request) missing() *answer {
	var a answer
	switch {
	case q.list+q.tag == "":
		a = refused(codeNoList, "The list or tag is missing.")
	case utf8.RuneCountInString(q.list) > maxList, utf8.RuneCountInString(q.tag) > maxTag:
		a = refused(codeUnknownList, "This list or tag does not exist.")
	case q.text == "":
		a = refused(codeText, "The text of your message is missing.")
	case utf8.RuneCountInString(q.text) > maxText:
		a = refused(codeTextTooLong, "The text of your message is too long.")
	default:
		return nil
	}
	return &a
}

// improper looks for what is wrong with a campaign that could be sent. That the API looks for STOP in capitals anywhere
// in the text is inferred; the code and the message of the refusal are documented (doc, seen).
func (q request) improper() *answer {
	var a answer
	switch {
	case !isType(q.fields.text("type")):
		a = refused(codeType, "The type of your message is missing or unknown.")
	case !isSender(q.fields.text("sender")):
		a = refused(codeSender, "The sender must have 3 to 11 letters, digits or spaces.")
	case q.fields.text("purpose") != "alert" && !strings.Contains(q.text, "STOP"):
		a = refused(codeStop, "Mention STOP is missing.")
	default:
		return nil
	}
	return &a
}

// isType knows the documented types; sms_vocal is on some versions of the page only (doc).
func isType(name string) bool {
	return name == "sms_premium" || name == "sms_low_cost" || name == "sms_vocal"
}

// isSender knows 3 to 11 letters and digits, and spaces as in the examples; none is fine (doc).
func isSender(name string) bool {
	return name == "" || len(name) >= 3 && len(name) <= 11 && !strings.ContainsFunc(name, isForeign)
}

// isForeign reports whether a character cannot be in a sender.
func isForeign(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !letter && (r < '0' || r > '9') && r != ' '
}
