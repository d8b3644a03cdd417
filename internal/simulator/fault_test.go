package simulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

// TestFaultsThatAnswer takes every kind of rule that gives an answer of its own, once as it is and once carried out.
func TestFaultsThatAnswer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule         simulator.Rule
		status, code int
		retryAfter   string
	}{
		"500":                  {simulator.Rule{Fault: "500"}, 500, 0, ""},
		"503":                  {simulator.Rule{Fault: "503"}, 503, 0, ""},
		"503 with retry-after": {simulator.Rule{Fault: "503", RetryAfter: 3}, 503, 0, "3"},
		"429":                  {simulator.Rule{Fault: "429"}, 429, 0, "9"},
		"429 with retry-after": {simulator.Rule{Fault: "429", RetryAfter: 7}, 429, 0, "7"},
		"401":                  {simulator.Rule{Fault: "401"}, 401, 101, ""},
		"no_credit":            {simulator.Rule{Fault: "no_credit"}, 400, 104, ""},
		"answer":               {simulator.Rule{Fault: "answer", HTTPStatus: 422, Code: 121, Message: "x"}, 422, 121, ""},
		"answer with a body":   {simulator.Rule{Fault: "answer", HTTPStatus: 400, Body: `{"code":1341}`, RetryAfter: 2}, 400, 1341, "2"},
		"answer without body":  {simulator.Rule{Fault: "answer", HTTPStatus: 204}, 204, 0, ""},
	} {
		s := newSim(t, simulator.Config{RetryAfter: 9})
		tt.rule.Call, tt.rule.Times = simulator.CallCreate, 1
		for _, carryOut := range []bool{false, true} {
			tt.rule.CarryOut = carryOut
			id := s.rule(tt.rule)
			r := s.call("POST", onList+"/create", campaign("a", ""))
			want(t, name, r, tt.status, tt.code)
			if got := r.header.Get("Retry-After"); got != tt.retryAfter {
				t.Errorf("%s: got Retry-After %q, want %q", name, got, tt.retryAfter)
			}
			c := s.last()
			if c.Fault != tt.rule.Fault || c.RuleID != id || c.HTTPStatus != tt.status || c.CarriedOut != carryOut {
				t.Errorf("%s: got %+v in the journal, want the fault, rule %s and carried out %v", name, c, id, carryOut)
			}
		}
		if got := len(s.Tickets()); got != 1 {
			t.Errorf("%s: got %d tickets, want the 1 that was carried out", name, got)
		}
		s.create("a")
	}
}

func TestDroppedConnections(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	for fault, tickets := range map[string]int{simulator.FaultDropBefore: 0, simulator.FaultDropAfter: 1} {
		s.Reset()
		s.rule(simulator.Rule{Fault: fault})
		r := s.call("POST", onList+"/create", campaign("a", ""))
		if !errors.Is(r.err, syscall.ECONNRESET) {
			t.Errorf("%s: got %v, want a connection reset", fault, r.err)
		}
		if got := len(s.Tickets()); got != tickets {
			t.Errorf("%s: got %d tickets, want %d", fault, got, tickets)
		}
		c := s.last()
		if c.HTTPStatus != 0 || c.CarriedOut != (tickets == 1) || !c.Ended || c.Fault != fault || (c.Ticket != "") != c.CarriedOut {
			t.Errorf("%s: got %+v in the journal, want it ended without status", fault, c)
		}
	}
}

func TestGarbageAndHugeAreCarriedOut(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	s := newSim(t, simulator.Config{HugeSize: size})
	ticket := s.create("a")
	s.rule(simulator.Rule{Call: "create", Fault: "garbage"})
	r := s.call("POST", onList+"/create", campaign("b", ""))
	if r.status != 201 || r.body != nil || len(r.raw) == 0 {
		t.Errorf("garbage: got %d %q, want 201 and no JSON", r.status, r.raw)
	}
	s.rule(simulator.Rule{Call: "send", Fault: "huge"})
	r = s.send(ticket)
	if r.status != 200 || len(r.raw) != size || r.body["sending_date"] == nil {
		t.Errorf("huge: got %d and %d bytes, want 200, %d and the sending date at the end", r.status, len(r.raw), size)
	}
	s.rule(simulator.Rule{Call: "cancel", Fault: "huge"})
	if r = s.cancel(s.Tickets()[1].Ticket); r.status != 200 || len(r.raw) != size || r.body == nil {
		t.Errorf("huge without an answer: got %d and %d bytes, want 200, JSON and %d", r.status, len(r.raw), size)
	}
	if st := s.Stats(0); st.Sent != 1 || st.Created != 2 || st.Cancelled != 1 {
		t.Errorf("stats: got %+v, want 1 sent, 2 created, 1 cancelled", st.TicketStats)
	}
}

func TestHangEndsWhenTheClientGoesOrTheTimeIsUp(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	s.rule(simulator.Rule{Fault: "hang", Call: "create", CarryOut: true})
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan reply, 1)
	go func() { done <- s.callContext(ctx, "POST", onList+"/create", campaign("a", "")) }()
	eventually(t, "carried out", func() bool { return len(s.Log()) == 1 && s.Log()[0].CarriedOut })
	if c := s.last(); c.Ended || s.Stats(0).InFlight != 1 {
		t.Errorf("hanging: got %+v, want it in flight", c)
	}
	leave()
	if r := <-done; !errors.Is(r.err, context.Canceled) {
		t.Errorf("hang: got %v, want the client's own cancel", r.err)
	}
	eventually(t, "abandoned", func() bool { c := s.last(); return c.Ended && c.Abandoned })

	s = newSim(t, simulator.Config{MaxHang: time.Millisecond})
	s.rule(simulator.Rule{Fault: "hang"})
	if r := s.call("GET", wallet, ""); r.err == nil {
		t.Errorf("hang: got %d, want a dropped connection", r.status)
	}
	if c := s.last(); c.Abandoned || c.CarriedOut {
		t.Errorf("hang: got %+v, want neither abandoned nor carried out", c)
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	const ms = 30
	for name, cfg := range map[string]simulator.Config{
		"rule":   {},
		"config": {Latency: ms * time.Millisecond, Jitter: time.Millisecond},
	} {
		s := newSim(t, cfg)
		if name == "rule" {
			s.rule(simulator.Rule{Fault: "latency", LatencyMS: ms, Call: "balance"})
		}
		began := time.Now()
		want(t, name, s.call("GET", wallet, ""), 200, 0)
		if took := time.Since(began); took < ms*time.Millisecond {
			t.Errorf("%s: got an answer after %v, want at least %d ms", name, took, ms)
		}
	}
}

func TestClientThatGoesDuringALatency(t *testing.T) {
	t.Parallel()
	for _, carryOut := range []bool{false, true} {
		s := newSim(t, simulator.Config{})
		s.rule(simulator.Rule{Fault: "latency", LatencyMS: 60_000, CarryOut: carryOut})
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan reply, 1)
		go func() { done <- s.callContext(ctx, "POST", onList+"/create", campaign("a", "")) }()
		eventually(t, "waiting", func() bool {
			c := s.Log()
			return len(c) == 1 && c[0].Fault == "latency" && c[0].CarriedOut == carryOut
		})
		leave()
		<-done
		eventually(t, "abandoned", func() bool { return s.last().Abandoned })
		if got := len(s.Tickets()) == 1; got != carryOut {
			t.Errorf("carry_out %v: got a ticket %v, want %v", carryOut, got, carryOut)
		}
	}
}

func TestRulesAboutTheTicket(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	s.rule(simulator.Rule{Fault: "never_ready", ListName: "slow", Call: "create"})
	slow := s.create("slow")
	s.clock.add(1000 * time.Hour)
	if got := s.status(slow).body["status"]; got != "under_computation" {
		t.Errorf("never ready: got %v, want under_computation", got)
	}
	want(t, "send of never ready", s.send(slow), 400, 127)

	s.rule(simulator.Rule{Fault: "failed", ListName: "bad"})
	bad := s.create("bad")
	wantReply(t, "failed", s.status(bad), 200, `{"number_of_contacts":0,"cost":0,"status":"failed"}`)
	want(t, "send of failed", s.send(bad), 400, 127)

	s.rule(simulator.Rule{Fault: "cost", ListName: "dear", Cost: new(2.58), Contacts: new(20)})
	wantReply(t, "cost", s.status(s.create("dear")), 200, `{"number_of_contacts":20,"cost":2.58,"status":"ready_to_be_sent"}`)

	s.rule(simulator.Rule{Fault: "failed", Call: "create", Text: "au 30101", ListName: "doomed"})
	if got := s.status(s.create("doomed")).body["status"]; got != "failed" {
		t.Errorf("failed by create: got %v, want failed", got)
	}
	s.rule(simulator.Rule{Fault: "failed", Call: "status", ListName: "slow"})
	if got := s.status(slow).body["status"]; got != "failed" {
		t.Errorf("failed instead of computing: got %v, want failed", got)
	}

	once := s.create("once")
	s.rule(simulator.Rule{Fault: "never_ready", Ticket: once, Call: "status", Times: 1})
	s.rule(simulator.Rule{Fault: "never_ready", Ticket: once, Call: "send", Times: 1})
	if got := s.status(once).body["status"]; got != "under_computation" {
		t.Errorf("not ready this time: got %v, want under_computation", got)
	}
	want(t, "send not ready this time", s.send(once), 400, 127)
	if got := s.status(once).body["status"]; got != "ready_to_be_sent" {
		t.Errorf("next time: got %v, want ready_to_be_sent", got)
	}
	s.rule(simulator.Rule{Fault: "failed", Ticket: once, Call: "status", Times: 1})
	for range 2 {
		if got := s.status(once).body["status"]; got != "failed" {
			t.Errorf("failed: got %v, want failed for good", got)
		}
	}
}

func TestSharesComeTrue(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{
		Seed: 7, HugeSize: 100, MaxHang: time.Millisecond,
		Shares: simulator.Shares{
			Status500: .1, Status503: .1, Status429: .1, Hang: .1, DropBefore: .1, DropAfter: .1, Garbage: .1, Huge: .1,
		},
	})
	const calls = 200
	for range calls {
		s.call("POST", onList+"/create", campaign("a", ""))
	}
	st := s.Stats(0)
	for _, fault := range []string{"500", "503", "429", "hang", "drop_before", "drop_after", "garbage", "huge"} {
		if got := st.Faults[fault]; got < calls/20 || got > calls/5 {
			t.Errorf("%s: got %d of %d calls, want about a tenth", fault, got, calls)
		}
	}
	spared := st.Faults["500"] + st.Faults["503"] + st.Faults["429"] + st.Faults["hang"] + st.Faults["drop_before"]
	if got := st.CarriedOut["create"]; got != calls-spared || got != st.Created {
		t.Errorf("carried out: got %d with %d tickets, want %d of both", got, st.Created, calls-spared)
	}
}

func TestResetRepeatsTheRandomSequence(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{Shares: simulator.Shares{Status500: .5}})
	draw := func() (statuses [16]int) {
		for i := range statuses {
			statuses[i] = s.call("GET", wallet, "").status
		}
		return statuses
	}
	first := draw()
	s.Reset()
	if second := draw(); second != first {
		t.Errorf("statuses: got %v, want %v again", second, first)
	}
}

func TestRuleSparesACallTheShares(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{Shares: simulator.Shares{Status500: 1}})
	want(t, "share", s.call("GET", wallet, ""), 500, 0)
	s.rule(simulator.Rule{Fault: "latency", LatencyMS: 1})
	want(t, "rule", s.call("GET", wallet, ""), 200, 0)
}

func TestHugeAnswerStopsWhenTheClientReadsNoMore(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{HugeSize: 1 << 30})
	s.rule(simulator.Rule{Fault: "huge"})
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+wallet, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.CopyN(io.Discard, resp.Body, 64<<10); n != 64<<10 {
		t.Errorf("read: got %d bytes and %v, want 64 KiB", n, err)
	}
	resp.Body.Close() // the test server's own Close waits for the handler: it would time out here
}
