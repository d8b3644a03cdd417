package simulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/simulator"
)

const (
	processing = `400 {"code":127,"message":"An SMS campaign is already being processed. You must wait for processing to be completed in order to start another."}`
	awaiting   = `400 {"code":126,"message":"An SMS campaign is already waiting for approval to send. You must validate or cancel it in order to start another."}`
	created    = `201 {"ticket_number":"T"}`
)

// strictCase are the calls that show one strictness, and what they are answered with it off and on.
type strictCase struct {
	cfg       simulator.Config
	play      func(s *sim) []reply
	off, only []string
}

// post creates a campaign with these fields besides list and type.
func (s *sim) post(fields string) reply {
	s.t.Helper()
	return s.call("POST", onList+"/create", `{"list_name":"a","type":"sms_premium",`+fields+`}`)
}

func strictCases() map[string]strictCase {
	const text = `"text":"Hi. STOP au 30101"`
	return map[string]strictCase{
		simulator.StrictPending: {
			cfg: simulator.Config{ComputeTime: time.Minute},
			play: func(s *sim) []reply {
				first := s.post(text + `,"request_id":"r1"`)
				computing := s.post(text)
				s.clock.add(time.Minute)
				priced, rehearsal := s.post(text), s.post(text+`,"simulation_mode":true`)
				repeated := s.post(text + `,"request_id":"r1"`)
				s.send(first.ticket())
				second := s.post(text)
				s.cancel(second.ticket())
				return []reply{first, computing, priced, rehearsal, repeated, second, s.post(text)}
			},
			off:  []string{created, created, created, created, seen, created, created},
			only: []string{created, processing, awaiting, created, seen, created, created},
		},
		simulator.StrictErrors: {
			play: func(s *sim) []reply {
				return []reply{
					s.post(`"text":"STOP","sender":"a-b","send_at":"soon"`), s.call("POST", onTag+"/create", `{}`),
					s.call("POST", onList+"/send", `{}`), s.post(`"text":"Hi"`),
				}
			},
			off: []string{
				`400 {"code":106,"message":"The sender must have 3 to 11 letters, digits or spaces."}`,
				`400 {"code":110,"message":"The list or tag is missing."}`,
				`400 {"code":131,"message":"This campaign does not exist."}`,
				`400 {"code":121,"message":"Mention STOP is missing."}`,
			},
			only: []string{
				`422 {"message":"The given data was invalid.","errors":{"sender":["The sender must have 3 to 11 letters, digits or spaces."]}}`,
				`422 {"message":"The given data was invalid.","errors":{"tag_name":["The list or tag is missing."],` +
					`"text":["The text of your message is missing."],"type":["The type of your message is missing or unknown."]}}`,
				`422 {"message":"The given data was invalid.","errors":{"ticket_number":["The ticket number is missing."]}}`,
				`400 {"code":121,"message":"Mention STOP is missing."}`,
			},
		},
		simulator.StrictCancel: {
			play: func(s *sim) []reply {
				var replies []reply
				for _, contacts := range []int{2, 3} {
					ticket := s.post(text).ticket()
					s.rule(simulator.Rule{Call: "status", Ticket: ticket, Fault: "cost", Contacts: &contacts})
					s.status(ticket)
					replies = append(replies, s.cancel(ticket))
				}
				return replies
			},
			off:  []string{"204 ", "204 "},
			only: []string{"204 ", `400 {"message":"A campaign of this many recipients cannot be cancelled."}`},
		},
		simulator.StrictTimes: {
			play: func(s *sim) []reply {
				soon, number := s.post(text+`,"send_at":"soon"`), s.post(text+`,"send_at":5`)
				return []reply{soon, number, s.post(text + `,"send_at":""`), s.post(text + `,"send_at":"2026-03-03 07:42:39"`)}
			},
			off: []string{created, created, created, created},
			only: []string{
				`400 {"message":"The send_at is not a date and time."}`, `400 {"message":"The send_at is not a date and time."}`,
				created, created,
			},
		},
		simulator.StrictStrings: {
			cfg: simulator.Config{Contacts: 20, PricePerContact: 0.129},
			play: func(s *sim) []reply {
				return []reply{
					s.status(s.post(text).ticket()), s.post(`"text":"Hi"`), s.call("GET", wallet, ""),
					s.call("GET", wallet+"?product_name=sms_premium&country_code=FR", ""),
				}
			},
			off: []string{
				`200 {"number_of_contacts":20,"cost":2.58,"status":"ready_to_be_sent"}`,
				`400 {"code":121,"message":"Mention STOP is missing."}`, `200 {"amount":1000,"unit":"euros"}`, messages("7751"),
			},
			only: []string{
				`200 {"cost":"2.58","number_of_contacts":"20","status":"ready_to_be_sent"}`,
				`400 {"code":"121","message":"Mention STOP is missing."}`, `200 {"amount":"1000","unit":"euros"}`,
				`200 {"amount":"7751","unit":"sms_premium","wallet_packs":[{"credit":"7751","expiration_date":"2027-03-02T09:00:00+01:00","id":"00000000-0000-4000-8000-000000000001"}]}`,
			},
		},
		simulator.StrictStatus200: {
			play: func(s *sim) []reply { return []reply{s.post(text)} },
			off:  []string{created},
			only: []string{`200 {"ticket_number":"T"}`},
		},
		simulator.StrictStop: {
			play: func(s *sim) []reply {
				return []reply{s.post(`"text":"Hi. STOP at 30101"`), s.post(text), s.post(`"text":"Hi","purpose":"alert"`)}
			},
			off:  []string{created, created, created},
			only: []string{`400 {"code":121,"message":"STOP mention ([STOP au 30101]) is missing from your text."}`, created, created},
		},
		simulator.StrictWords: {
			cfg: simulator.Config{Contacts: 20, PricePerContact: 0.129, Seed: 1},
			play: func(s *sim) []reply {
				ticket := s.post(text).ticket()
				replies := []reply{s.status(ticket), s.status(ticket), s.status(ticket), s.status(ticket)}
				s.send(ticket)
				return append(replies, s.status(ticket))
			},
			off: []string{ready, ready, ready, ready, sent},
			only: []string{strings.Replace(ready, "ready_to_be_sent", "validated", 1), ready, ready,
				strings.Replace(ready, "ready_to_be_sent", "in_progress", 1), sent},
		},
	}
}

const (
	seen  = `400 {"code":182,"message":"A request with the same request_id has already been received."}`
	sent  = `400 {"code":132,"message":"This campaign has already been sent."}`
	ready = `200 {"number_of_contacts":20,"cost":2.58,"status":"ready_to_be_sent"}`
)

func messages(n string) string {
	return `200 {"amount":` + n + `,"unit":"sms_premium","wallet_packs":[{"id":"00000000-0000-4000-8000-000000000001","credit":` + n +
		`,"expiration_date":"2027-03-02T09:00:00+01:00"}]}`
}

// Each strictness changes its own answers, and none while it is off.
func TestStrictnesses(t *testing.T) {
	t.Parallel()
	cases := strictCases()
	for _, name := range simulator.StrictNames() {
		c, ok := cases[name]
		if !ok {
			t.Errorf("%s: there is no case for it", name)
			continue
		}
		for strict, want := range map[string][]string{"": c.off, name: c.only} {
			cfg := c.cfg
			if strict != "" {
				cfg.Strict = []string{strict}
			}
			var got []string
			for _, r := range c.play(newSim(t, cfg)) {
				got = append(got, said(r))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, on %q (-want +got):\n%s", name, strict, diff)
			}
		}
	}
}

// said is an answer as text, with T for its ticket.
func said(r reply) string {
	if r.err != nil {
		return r.err.Error()
	}
	raw := r.raw
	if ticket := r.ticket(); ticket != "" {
		raw = strings.ReplaceAll(raw, ticket, "T")
	}
	return fmt.Sprintf("%d %s", r.status, raw)
}

// The words are drawn from the seed, and every campaign comes to its own status in the end.
func TestStrangeWordsComeNowAndThen(t *testing.T) {
	t.Parallel()
	words := func(seed uint64) []string {
		s := newSim(t, simulator.Config{Strict: []string{"words"}, Seed: seed})
		ticket := s.create("a")
		var list []string
		for range 30 {
			word, _ := s.status(ticket).body["status"].(string)
			list = append(list, word)
		}
		if n := len(slices.DeleteFunc(slices.Clone(list), func(w string) bool { return w != "ready_to_be_sent" })); n < 8 || n > 22 {
			t.Errorf("seed %d: got %d of 30 ready_to_be_sent, want about 15", seed, n)
		}
		return list
	}
	first, again, other := words(1), words(1), words(2)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same seed (-first +again):\n%s", diff)
	}
	if slices.Equal(first, other) {
		t.Errorf("another seed: got the same words %v", other)
	}
}

func TestNoStrangeWordOnceItIsDecided(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{Strict: []string{"words"}, AfterSend: simulator.AfterSendReady})
	sent, failed := s.create("a"), s.create("b")
	s.send(sent)
	s.rule(simulator.Rule{Call: "status", Ticket: failed, Fault: "failed"})
	for range 20 {
		if got := s.status(sent).body["status"]; got != "ready_to_be_sent" {
			t.Errorf("sent: got %v, want ready_to_be_sent as configured", got)
		}
		if got := s.status(failed).body["status"]; got != "failed" {
			t.Errorf("failed: got %v, want failed", got)
		}
	}
}

// Faults answer as strictly as the service, but for a body that a rule spells out.
func TestStrictnessOfFaults(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{Strict: []string{"strings"}, HugeSize: 1000})
	for _, c := range []struct {
		rule simulator.Rule
		end  string
	}{
		{simulator.Rule{Fault: "huge"}, `","amount":"1000","unit":"euros"}`},
		{simulator.Rule{Fault: "401"}, `{"code":"101","message":"Incorrect login or API key."}`},
		{simulator.Rule{Fault: "answer", HTTPStatus: 400, Body: `{"code":1341}`}, `{"code":1341}`},
	} {
		s.ClearRules()
		s.rule(c.rule)
		if got := s.call("GET", wallet, "").raw; !strings.HasSuffix(got, c.end) {
			t.Errorf("%s: got %s, want it to end with %s", c.rule.Fault, got, c.end)
		}
	}
}

func TestStrictnessByAdmin(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{Strict: []string{"status200"}})
	admin := func(what, method, body, want string) {
		t.Helper()
		if got := said(s.call(method, "/_sim/strict", body)); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	admin("as configured", "GET", "", `200 {"names":["status200"]}`)
	admin("set", "POST", `{"names":["stop","cancel"]}`, "204 ")
	admin("sorted", "GET", "", `200 {"names":["cancel","stop"]}`)
	want(t, "no longer on", s.post(`"text":"STOP au 30101"`), 201, 0)
	want(t, "on", s.post(`"text":"STOP"`), 400, 121)
	const known = "cancel, errors, pending, status200, stop, strings, times, words and all"
	admin("unknown", "POST", `{"names":["stop","boom"]}`,
		`400 {"error":"set strictness: strictness \"boom\" is unknown, known are `+known+`"}`)
	admin("no names", "POST", `{}`, `400 {"error":"names is missing"}`)
	admin("unchanged", "GET", "", `200 {"names":["cancel","stop"]}`)
	admin("all", "POST", `{"names":["all"]}`, "204 ")
	admin("all are on", "GET", "", `200 {"names":["cancel","errors","pending","status200","stop","strings","times","words"]}`)
	admin("none", "DELETE", "", "204 ")
	admin("none is on", "GET", "", `200 {"names":[]}`)
	s.Reset()
	admin("reset", "GET", "", `200 {"names":["status200"]}`)
}
