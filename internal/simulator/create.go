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
	if a := q.refusal(acc, now); a != nil {
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
	status := http.StatusCreated
	if q.strict.has(StrictStatus200) {
		status = http.StatusOK
	}
	return answer{status: status, body: createdBody{t.number}, ticket: t.number}
}

func (s *Server) newTicket(acc *account, q request, now time.Time) *ticket {
	contacts := s.contactsOf(q.list + q.tag)
	if n := len(acc.lists[q.list]); n > 0 {
		contacts = n
	}
	sendAt, _ := q.fields.moment("send_at") // zero is what an unreadable one comes to (doc: wrong fields are ignored)
	return &ticket{
		number: s.ticketNumber(now), login: acc.login,
		onTag: q.onTag, list: q.list, tag: q.tag, text: q.text, requestID: q.requestID,
		contacts: contacts, cost: units(contacts) * unitsOf(s.cfg.PricePerContact),
		created: now, readyAt: now.Add(s.cfg.ComputeTime), sendAt: sendAt,
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
func (q request) refusal(acc *account, now time.Time) *answer {
	simulated := q.fields.flag("simulation_mode")
	faults := q.missing()
	if !simulated {
		faults = append(faults, q.improper()...)
	}
	if len(faults) > 0 {
		a := q.invalid(faults)
		return &a
	}
	if simulated {
		return nil
	}
	if a := q.mentionRefusal(); a != nil || !q.strict.has(StrictPending) {
		return a
	}
	return acc.occupied(now)
}

// missing looks for what no campaign can be without. The codes are inferred from the legacy ones (sdk).
func (q request) missing() []fieldFault {
	var faults []fieldFault
	name := "list_name"
	if q.onTag || q.tag != "" {
		name = "tag_name"
	}
	switch {
	case q.list+q.tag == "":
		faults = append(faults, fieldFault{name, codeNoList, "The list or tag is missing."})
	case utf8.RuneCountInString(q.list) > maxList, utf8.RuneCountInString(q.tag) > maxTag:
		faults = append(faults, fieldFault{name, codeUnknownList, "This list or tag does not exist."})
	}
	switch {
	case q.text == "":
		faults = append(faults, fieldFault{"text", codeText, "The text of your message is missing."})
	case utf8.RuneCountInString(q.text) > maxText:
		faults = append(faults, fieldFault{"text", codeTextTooLong, "The text of your message is too long."})
	}
	return faults
}

// improper looks for fields that are wrong with a campaign that could be sent. No code for send_at is known.
func (q request) improper() []fieldFault {
	var faults []fieldFault
	if !isType(q.fields.text("type")) {
		faults = append(faults, fieldFault{"type", codeType, "The type of your message is missing or unknown."})
	}
	if !isSender(q.fields.text("sender")) {
		faults = append(faults, fieldFault{"sender", codeSender, "The sender must have 3 to 11 letters, digits or spaces."})
	}
	if _, readable := q.fields.moment("send_at"); !readable && q.strict.has(StrictTimes) {
		faults = append(faults, fieldFault{"send_at", 0, "The send_at is not a date and time."})
	}
	return faults
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
