package simulator_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/simulator"
)

func TestRulesByAdmin(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	r := s.call("POST", "/_sim/rules", `{"call":"create","list_name":"a","times":1,"fault":"429","retry_after":7}`)
	wantReply(t, "add", r, 201, `{"id":"1"}`)
	wantReply(t, "list", s.call("GET", "/_sim/rules", ""), 200,
		`[{"id":"1","hits":0,"call":"create","list_name":"a","times":1,"fault":"429","retry_after":7}]`)
	want(t, "befallen", s.call("POST", onList+"/create", campaign("a", "")), 429, 0)
	want(t, "remove", s.call("DELETE", "/_sim/rules/1", ""), 204, 0)
	want(t, "remove again", s.call("DELETE", "/_sim/rules/1", ""), 404, 0)
	s.rule(simulator.Rule{Fault: "500"})
	want(t, "clear", s.call("DELETE", "/_sim/rules", ""), 204, 0)
	wantReply(t, "none left", s.call("GET", "/_sim/rules", ""), 200, `[]`)
	for _, bad := range []string{`{"fault":"boom"}`, `{"fault":"500","tmes":1}`, `{`, `{"fault":"500"}{}`} {
		r := s.call("POST", "/_sim/rules", bad)
		if r.status != 400 || r.body["error"] == nil {
			t.Errorf("%s: got %d %s, want 400 and an error", bad, r.status, r.raw)
		}
	}
}

func TestCredentialsAndBalanceByAdmin(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	admin := func(path, body string, status int) {
		t.Helper()
		want(t, path+" "+body, s.call("POST", path, body), status, 0)
	}
	admin("/_sim/credentials", `{"login":"sim@example.com","key":"new"}`, 204)
	want(t, "old key", s.call("GET", wallet, ""), 401, 101)
	want(t, "new key", s.as(s.login, "new").call("GET", wallet, ""), 200, 0)
	admin("/_sim/credentials", `{"disabled":true}`, 204)
	want(t, "disabled", s.as(s.login, "new").call("GET", wallet, ""), 401, 101)
	admin("/_sim/credentials", `{}`, 204)
	want(t, "let in again", s.as(s.login, "new").call("GET", wallet, ""), 200, 0)
	admin("/_sim/balance", `{"amount":12.54}`, 204)
	wantReply(t, "balance", s.as(s.login, "new").call("GET", wallet, ""), 200, `{"amount":12.54,"unit":"euros"}`)
	admin("/_sim/balance", `{}`, 400)
	admin("/_sim/balance", `{"amount":-1}`, 400)
	admin("/_sim/balance", `{"login":"x","amount":1}`, 404)
	admin("/_sim/credentials", `{"login":"x"}`, 404)
	admin("/_sim/reset", ``, 204)
	wantReply(t, "as configured", s.call("GET", wallet, ""), 200, `{"amount":1000,"unit":"euros"}`)
}

func TestLogByAdmin(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	a, b := s.create("a"), s.create("b")
	s.status(a)
	s.send(b)
	s.send(b)
	s.call("POST", onTag+"/create", `{"tag_name":"t","request_id":"r1"}`)
	for query, want := range map[string][]int64{
		"":                           {1, 2, 3, 4, 5, 6},
		"call=create":                {1, 2, 6},
		"ticket=" + b:                {2, 4, 5},
		"list=a":                     {1, 3},
		"tag=t":                      {6},
		"request_id=r1":              {6},
		"carried_out=true":           {1, 2, 3, 4},
		"carried_out=false":          {5, 6},
		"call=send&carried_out=true": {4},
		"after=4":                    {5, 6},
		"login=unknown":              nil,
	} {
		r := s.call("GET", "/_sim/log?"+query, "")
		var calls []simulator.Call
		if err := json.Unmarshal([]byte(r.raw), &calls); err != nil || r.raw == "null" {
			t.Fatalf("%s: got %v from %s, want a JSON array", query, err, r.raw)
		}
		var got []int64
		for _, c := range calls {
			got = append(got, c.Seq)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: seqs (-want +got):\n%s", query, diff)
		}
	}
	for _, bad := range []string{"carried_out=maybe", "after=x", "lst=a"} {
		want(t, bad, s.call("GET", "/_sim/log?"+bad, ""), 400, 0)
	}
	lines := strings.Split(strings.TrimSpace(s.call("GET", "/_sim/log?format=jsonl&call=send", "").raw), "\n")
	if len(lines) != 2 {
		t.Fatalf("jsonl: got %d lines, want 2", len(lines))
	}
	wantLine := `{"seq":5,"time":"2026-03-02T09:00:00+01:00","login":"sim@example.com","call":"send","list_name":"b","ticket":"` + b +
		`","http_status":400,"code":132,"carried_out":false,"in_flight":1,"ended":true}`
	if lines[1] != wantLine {
		t.Errorf("line: got %s, want %s", lines[1], wantLine)
	}
}

func TestTicketsAndStatsByAdmin(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	s.send(s.create("a"))
	s.create("b")
	var tickets []simulator.Ticket
	if err := json.Unmarshal([]byte(s.call("GET", "/_sim/tickets?state=sent", "").raw), &tickets); err != nil {
		t.Fatal(err)
	}
	if len(tickets) != 1 || tickets[0].ListName != "a" || tickets[0].Sends != 1 || tickets[0].SentAt.IsZero() {
		t.Errorf("tickets: got %+v, want the one that was sent", tickets)
	}
	want(t, "unknown filter", s.call("GET", "/_sim/tickets?stat=sent", ""), 400, 0)
	r := s.call("GET", "/_sim/stats?window=500ms", "")
	if r.body["window_ms"] != 500.0 || r.body["tickets_sent"] != 1.0 || r.body["max_in_flight"] != 1.0 {
		t.Errorf("stats: got %s, want a window of 500 ms, 1 sent, 1 in flight", r.raw)
	}
	want(t, "bad window", s.call("GET", "/_sim/stats?window=-1s", ""), 400, 0)
}

func TestKeyIsNowhere(t *testing.T) {
	t.Parallel()
	const key = "s3cr3t-key"
	s := newSim(t, simulator.Config{Accounts: []simulator.Account{{Login: "a", Key: key}}}).as("a", key)
	s.create("l")
	s.rule(simulator.Rule{Fault: "500", Times: 1})
	s.call("GET", wallet, "")
	for _, path := range []string{"/_sim/log", "/_sim/stats", "/_sim/tickets", "/_sim/rules"} {
		if r := s.call("GET", path, ""); r.status != 200 || strings.Contains(r.raw, key) {
			t.Errorf("%s: got %d %s, want 200 without the key", path, r.status, r.raw)
		}
	}
}
