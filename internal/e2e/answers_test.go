package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/simulator"
)

// outspoken is an API that has something to say to each list. Its tickets are
// named after the lists, but for one that is given to two.
type outspoken struct {
	mu    sync.Mutex
	asked map[string]int // calls by kind and ticket
}

func (a *outspoken) count(call, ticket string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked[call+" "+ticket]++
	return a.asked[call+" "+ticket]
}

func (a *outspoken) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		List   string `json:"list_name"`
		Ticket string `json:"ticket_number"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	if body.Ticket == "" {
		body.Ticket = r.URL.Query().Get("ticket_number")
	}
	_, call, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/public/"), "/")
	n := a.count(call, body.Ticket)
	switch {
	case call == "create" && body.List == "refused":
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = fmt.Fprint(w, `{"message":"The given data was invalid.","errors":{"sender":["is \u001b[31mtoo long"]}}`)
	case call == "create":
		list := strings.Replace(body.List, "second", "first", 1)
		_, _ = fmt.Fprintf(w, `{"ticket_number":"sms_%s","code":"0"}`, list)
	case call == "status":
		_, _ = fmt.Fprint(w, statusOf(body.Ticket, n))
	case call == "send":
		_, _ = fmt.Fprint(w, `{"sending_date":"2098-06-01 12:00:00"}`)
	default:
		_, _ = fmt.Fprint(w, `{"amount":"100","unit":"euros"}`)
	}
}

// statusOf is the n-th status of a ticket.
func statusOf(ticket string, n int) string {
	const ready = `{"number_of_contacts":"20","cost":"2.58","status":"ready_to_be_sent"}`
	switch {
	case ticket == "sms_failed":
		return `{"status":"failed","message":"The list is empty."}`
	case ticket == "sms_odd" && n <= 3:
		return `{"status":"validated"}`
	case ticket == "sms_empty":
		return `{"number_of_contacts":0,"cost":0,"status":"ready_to_be_sent"}`
	case ticket == "sms_unnamed":
		return `{"cost":1.25,"status":"ready_to_be_sent"}`
	}
	return ready
}

// What the API says reaches the person who asks: by status, list and letter.
func TestWhatTheAPISaysReachesThePerson(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	api := &outspoken{asked: map[string]int{}}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	r.setenv("OCTOQ_API_URL=" + server.URL + "/v1/public")
	r.worker()
	r.enqueue(toList("refused", "") + toList("failed", "") + toList("odd", "") + toList("empty", "") + toList("unnamed", "") +
		toList("dated", `,"send_at":"2098-06-01T12:30:00+02:00"`) + toList("timely", `,"send_at":"2098-06-01T10:00:00Z"`) + toList("first", ""))
	for id, end := range map[string]struct {
		state campaign.State
		says  []string // by octoq status
	}{
		"refused": {campaign.StateDead, []string{"unknown (HTTP 422)", "The given data was invalid: sender: is [31mtoo long"}},
		"failed":  {campaign.StateDead, []string{"could not compute the campaign: The list is empty."}},
		"odd":     {campaign.StateSent, []string{"status_unknown", `the API's status is "validated"`}},
		"empty":   {campaign.StateAwaitingApproval, []string{"0 contacts, 0.00 €", "there is nobody to send to"}},
		"unnamed": {campaign.StateSent, []string{"1.25 €, contacts not named"}},
		"dated":   {campaign.StateSent, []string{"beware", "is not the send_at asked for", "sending_date_differs"}},
		"timely":  {campaign.StateSent, []string{"2098-06-01 12:00:00"}},
		"first":   {campaign.StateSent, []string{"20 contacts, 2.58 €"}},
	} {
		s := r.await(30*time.Second, id, end.state)
		text := r.must(0, "status", id).out
		for _, want := range end.says {
			if !strings.Contains(text, want) {
				t.Errorf("status of %s: got\n%s\nwant it to say %q", id, text, want)
			}
		}
		if differs := strings.Contains(text, "send_at asked for"); differs != (id == "dated") || strings.Contains(text, "\x1b") {
			t.Errorf("status of %s: got\n%s", id, text)
		}
		told := 0
		for _, e := range s.Timeline {
			if e.What == "status_unknown" {
				told++
			}
		}
		if want := map[string]int{"odd": 1}[id]; told != want {
			t.Errorf("%s: its unknown status is told %d times, want %d", id, told, want)
		}
	}
	if got := r.showLetter("refused").Failure.Message; !strings.Contains(got, "sender: is [31mtoo long") {
		t.Errorf("the letter of refused: got %q, want what is wrong with the sender", got)
	}

	r.enqueue(toList("second", ""))
	s := r.await(30*time.Second, "second", campaign.StateDead)
	if s.Failure.Class != campaign.FailTicketTaken || s.Ticket != "" || s.Maybe || !strings.Contains(s.Failure.Message, "belongs to campaign first") {
		t.Errorf("second: got %+v, want first named, no ticket and no mark", s)
	}
	if got := r.showLetter("second").Failure; got.Class != campaign.FailTicketTaken || !strings.Contains(got.Message, "sms_first") {
		t.Errorf("the letter of second: got %+v, want the ticket named", got)
	}
	if api.count("send", "sms_first") != 2 || api.count("cancel", "sms_first") != 1 { // this call included
		t.Error("sms_first: sent or cancelled again for the sake of second")
	}

	if table := r.must(0, "list").out; !rowOf(table, "empty", "0", "0.00 €") || !rowOf(table, "unnamed", "1.25 €") {
		t.Errorf("list: got\n%s\nwant the prices of empty and unnamed", table)
	}
	r.must(0, "approve", "empty", "--cost", "0", "--contacts", "0")
	r.await(30*time.Second, "empty", campaign.StateSent)
}

// rowOf reports whether a table has a row that begins with an id and has the cells.
func rowOf(table, id string, cells ...string) bool {
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == id {
			return strings.Contains(strings.Join(fields, " "), strings.Join(cells, " "))
		}
	}
	return false
}
