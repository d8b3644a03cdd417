package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/simulator"
)

// quoted is `octoq quote --json`.
type quoted struct {
	Quote     string         `json:"quote"`
	Campaigns int            `json:"campaigns"`
	Priced    int            `json:"priced"`
	Dead      int            `json:"dead"`
	Contacts  int            `json:"contacts"`
	Cost      campaign.Money `json:"cost"`
	Budgets   []budgetSeen   `json:"budgets"`
}

func (r *rig) quote(code int, args ...string) quoted {
	r.t.Helper()
	var q quoted
	o := r.must(code, append([]string{"quote", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(o.out), &q); err != nil {
		r.t.Fatalf("quote: %v in %q", err, o.out)
	}
	return q
}

// A quote is the sum of what the API charges once it is approved, and nothing is sent before.
func TestAQuoteIsWhatApprovingItCosts(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.rule(simulator.Rule{Call: simulator.CallCreate, ListName: "refused", Fault: simulator.FaultAnswer, HTTPStatus: 400, Code: 121})
	r.known()
	good, bad := campaigns("a", 3, ""), toList("refused", "")
	faulty := r.file("faulty.jsonl", good+`{"id":"x"}`+"\n")
	r.must(2, "quote", faulty, "--name", "spring")
	if left := r.list(); len(left) != 0 {
		t.Errorf("a file with faults: got %v, want nothing enqueued", left)
	}

	r.must(0, "budget", "set", "all", "--per", "month", "--amount", "500.00")
	file := r.file("spring.jsonl", good)
	q := r.quote(0, file, "--name", "spring")
	if len(q.Budgets) != 1 || q.Budgets[0].Name != "all" || q.Budgets[0].Used != 0 {
		t.Errorf("got the budgets %+v, want the one that is set, unused", q.Budgets)
	}
	if q.Quote != "spring" || q.Campaigns != 3 || q.Priced != 3 || q.Dead != 0 || q.Cost == 0 {
		t.Errorf("got %+v, want three that have a price", q)
	}
	if again := r.quote(0, file, "--name", "spring"); !cmp.Equal(again, q) {
		t.Errorf("repeated: got %+v, want %+v", again, q)
	}
	if got := r.bill(); got.Campaigns != 0 {
		t.Errorf("before the approval: got %+v sent, want nothing", got)
	}
	r.must(0, "approve", "--plan", r.planOf("approve", "--label", "quote=spring").Plan)
	r.until(60*time.Second, "all are sent", func() (bool, string) { return r.list()[campaign.StateSent] == 3, "" })
	if got := r.bill(); got != (reportSum{Campaigns: 3, Contacts: q.Contacts, Cost: q.Cost}) {
		t.Errorf("approved: got %+v, want what the quote said, %+v", got, q)
	}

	if text := r.must(0, "quote", file, "--name", "spring").out; !strings.Contains(text, "budget all") || !strings.Contains(text, q.Cost.String()+" used and 0.00 € reserved of 500.00 € until ") {
		t.Errorf("got %s, want how the budget stands once all are sent", text)
	}

	late := r.quote(1, r.file("late.jsonl", campaigns("b", 2, "")+bad), "--name", "late", "--keep", "1s")
	if late.Priced != 2 || late.Dead != 1 {
		t.Errorf("got %+v, want one that died", late)
	}
	r.until(150*time.Second, "what was not approved in time is cancelled", func() (bool, string) { return r.list()[campaign.StateCancelled] == 2, "" })
}

// One command stops all accounts, and another lifts what was stopped by hand.
func TestOneStopForAllAccounts(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.enqueue(toList("a", `,"account":"shop"`) + toList("b", `,"account":"news"`))
	r.must(2, "hold", "set", "--all", "--account", "shop")
	r.must(0, "hold", "set", "--all", "--message", "stop")
	held := r.held()
	if len(held) != 3 { // those two, and the default account, which the settings name
		t.Errorf("got %+v, want three accounts on hold", held)
	}
	for _, h := range held {
		if h.Message != "stop" || h.Reason != record.HoldOperator {
			t.Errorf("got %+v, want it on hold by hand", h)
		}
	}
	r.must(0, "hold", "clear", "--all")
	if left := r.held(); len(left) != 0 {
		t.Errorf("got %+v, want none on hold", left)
	}
}

// A proof goes to its own list, and is not sent before it is approved; the campaign waits
// meanwhile.
func TestAProofGoesFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.quick()
	r.known()
	r.enqueue(toList("spring", `,"confirm":"manual"`))
	r.must(2, "proof", "spring")
	r.must(2, "proof", "spring", "--list", "spring")
	r.must(3, "proof", "none", "--list", "proofs")
	if id := r.must(0, "proof", "spring", "--list", "proofs").out; id != "spring-proof-1\n" {
		t.Errorf("got %q, want the id of the first proof", id)
	}
	if again := r.must(4, "proof", "spring", "--list", "proofs").out; again != "spring-proof-1\n" {
		t.Errorf("repeated: got %q, want the same proof", again)
	}
	r.until(60*time.Second, "both wait", func() (bool, string) { return r.list()[campaign.StateAwaitingApproval] == 2, "" })
	r.must(0, "approve", "spring-proof-1", "--up-to", "100")
	r.until(60*time.Second, "the proof alone is sent", func() (bool, string) {
		all := r.list()
		return all[campaign.StateSent] == 1 && all[campaign.StateAwaitingApproval] == 1, ""
	})
}
