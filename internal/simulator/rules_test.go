package simulator_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/simulator"
)

func TestRulesMatch(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule                   simulator.Rule
		create, status, cancel bool // befallen
	}{
		"everything":         {simulator.Rule{}, true, true, true},
		"any":                {simulator.Rule{Call: "any"}, true, true, true},
		"call":               {simulator.Rule{Call: "status"}, false, true, false},
		"list":               {simulator.Rule{ListName: "a"}, true, true, true},
		"other list":         {simulator.Rule{ListName: "b"}, false, false, false},
		"tag":                {simulator.Rule{TagName: "a"}, false, false, false},
		"login":              {simulator.Rule{Login: simulator.DefaultLogin}, true, true, true},
		"other login":        {simulator.Rule{Login: "x"}, false, false, false},
		"text":               {simulator.Rule{Text: "au 30101"}, true, true, true},
		"other text":         {simulator.Rule{Text: "bye"}, false, false, false},
		"other ticket":       {simulator.Rule{Ticket: "sms_0"}, false, false, false},
		"call and list":      {simulator.Rule{Call: "cancel", ListName: "a"}, false, false, true},
		"call or other list": {simulator.Rule{Call: "cancel", ListName: "b"}, false, false, false},
	} {
		s := newSim(t, simulator.Config{})
		ticket := s.create("a")
		tt.rule.Fault = simulator.Fault503
		s.rule(tt.rule)
		got := []bool{
			s.call("POST", onList+"/create", campaign("a", "")).status == 503,
			s.status(ticket).status == 503,
			s.cancel(ticket).status == 503,
		}
		if diff := cmp.Diff([]bool{tt.create, tt.status, tt.cancel}, got); diff != "" {
			t.Errorf("%s: create, status, cancel (-want +got):\n%s", name, diff)
		}
	}
}

func TestRulesMatchATicketAndATag(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	a, b := s.create("a"), s.create("b")
	s.rule(simulator.Rule{Ticket: a, Fault: "500"})
	want(t, "its ticket", s.status(a), 500, 0)
	want(t, "another", s.status(b), 200, 0)
	s.rule(simulator.Rule{TagName: "vip", Fault: "503"})
	want(t, "its tag", s.call("POST", onTag+"/create", `{"tag_name":"vip","text":"STOP","type":"sms_premium"}`), 503, 0)
}

func TestFirstRuleThatMatchesDecidesAndRunsOut(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	s.rule(simulator.Rule{Fault: "500", Times: 2})
	second := s.rule(simulator.Rule{Fault: "503"})
	var got []int
	for range 4 {
		got = append(got, s.call("GET", wallet, "").status)
	}
	if diff := cmp.Diff([]int{500, 500, 503, 503}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	var hits []int
	for _, r := range s.Rules() {
		hits = append(hits, r.Hits)
	}
	if diff := cmp.Diff([]int{2, 2}, hits); diff != "" {
		t.Errorf("hits (-want +got):\n%s", diff)
	}
	if err := s.RemoveRule(second); err != nil {
		t.Errorf("RemoveRule: got %v, want no error", err)
	}
	want(t, "without rules", s.call("GET", wallet, ""), 200, 0)
	if err := s.RemoveRule(second); !errors.Is(err, simulator.ErrUnknownRule) {
		t.Errorf("RemoveRule: got %v, want %v", err, simulator.ErrUnknownRule)
	}
}

func TestShareOfARule(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	s.rule(simulator.Rule{Fault: "500", Share: 0.5})
	failed := 0
	for range 100 {
		if s.call("GET", wallet, "").status == 500 {
			failed++
		}
	}
	if failed < 30 || failed > 70 {
		t.Errorf("failed: got %d of 100, want about half", failed)
	}
}

func TestNoCreditLeavesTheBalanceAlone(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	ticket := s.create("a")
	s.rule(simulator.Rule{Fault: "no_credit"})
	want(t, "balance", s.call("GET", wallet, ""), 200, 0)
	want(t, "status", s.status(ticket), 200, 0)
	want(t, "send", s.send(ticket), 400, 104)
	want(t, "create", s.call("POST", onList+"/create", campaign("a", "")), 400, 104)
	s.rule(simulator.Rule{Fault: "no_credit", Call: "balance"})
	want(t, "balance when named", s.call("GET", wallet, ""), 400, 104)
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	s := newSim(t, simulator.Config{})
	for name, r := range map[string]simulator.Rule{
		"no fault":              {},
		"unknown fault":         {Fault: "boom"},
		"unknown call":          {Fault: "500", Call: "delete"},
		"failed on balance":     {Fault: "failed", Call: "balance"},
		"answer without status": {Fault: "answer"},
		"answer with 700":       {Fault: "answer", HTTPStatus: 700},
		"latency without":       {Fault: "latency"},
		"negative latency":      {Fault: "latency", LatencyMS: -1},
		"cost without":          {Fault: "cost"},
		"cost below 0":          {Fault: "cost", Cost: new(-1.0)},
		"cost not a number":     {Fault: "cost", Cost: new(math.NaN())},
		"contacts below 0":      {Fault: "cost", Contacts: new(-1)},
		"negative times":        {Fault: "500", Times: -1},
		"negative retry-after":  {Fault: "429", RetryAfter: -1},
		"share above 1":         {Fault: "500", Share: 1.1},
	} {
		if _, err := s.AddRule(r); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
	if got := s.Rules(); len(got) != 0 {
		t.Errorf("rules: got %v, want none", got)
	}
}
