package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/simulator"
)

// budgetSeen is a line of `octoq budget ls --json`.
type budgetSeen struct {
	Name     string         `json:"name"`
	Amount   campaign.Money `json:"amount"`
	Used     campaign.Money `json:"used"`
	Reserved campaign.Money `json:"reserved"`
	Source   string         `json:"source"`
}

// budgets is what `octoq budget ls` lists, by name.
func (r *rig) budgets() map[string]budgetSeen {
	r.t.Helper()
	all := map[string]budgetSeen{}
	for line := range strings.Lines(r.must(0, "budget", "ls", "--json").out) {
		var b budgetSeen
		if err := json.Unmarshal([]byte(line), &b); err != nil {
			r.t.Fatalf("budget ls: %v in %q", err, line)
		}
		all[b.Name] = b
	}
	return all
}

// Four workers have a budget for a third of the campaigns. Confirms are not answered, or
// answered by what proves that nothing was sent, and workers are killed half-way: never
// more is sent than the budget has, and in the end all of it is. OCTOQ_BUDGET_N says how
// many campaigns there are.
func TestABudgetIsNeverExceeded(t *testing.T) {
	t.Parallel()
	n := number(t, "OCTOQ_BUDGET_N", 200)
	r := newRig(t, simulator.Config{Contacts: 20, PricePerContact: 0.05}) // 1.00 each
	r.fast()
	r.setenv("OCTOQ_BACKOFF=200ms", "OCTOQ_BACKOFF_MAX=2s")
	third := n / 3
	file := r.file("octoq.yaml", fmt.Sprintf("budgets:\n  - {name: all, per: month, amount: %d, over: wait}\n", third))
	for _, fault := range []string{simulator.FaultDropAfter, simulator.FaultDropBefore, simulator.FaultNeverReady, simulator.Fault429} {
		r.rule(simulator.Rule{Call: simulator.CallSend, Fault: fault, Share: 0.08})
	}
	r.vouch() // a create of a worker that is killed is octoq's own
	r.enqueue(campaigns("b", n, ""))
	var workers []*process
	for range 4 {
		workers = append(workers, r.worker("--config", file))
	}
	sent := func() int {
		calls := r.carriedOut(simulator.CallSend)
		if len(calls) > third {
			t.Fatalf("got %d campaigns sent at 1.00 each, and the budget is %d.00", len(calls), third)
		}
		return len(calls)
	}
	r.until(time.Minute, "a third of the budget is used", func() (bool, string) { return sent() > third/3, fmt.Sprint(sent()) })
	workers[0].kill()
	workers[1].kill()
	workers[0], workers[1] = r.worker("--config", file), r.worker("--config", file)
	within := 90*time.Second + time.Duration(n)*100*time.Millisecond
	r.until(within, "all of the budget is used, and nothing is reserved", func() (bool, string) {
		b := r.budgets()["all"]
		return sent() == third && b.Used == campaign.Money(third)*campaign.Euro && b.Reserved == 0, fmt.Sprintf("%d sent, %+v", sent(), b)
	})
	r.until(within, "the others wait", func() (bool, string) {
		counts := r.list()
		return counts[campaign.StateSent] == third && counts[campaign.StateReady] == n-third, fmt.Sprint(counts)
	})
	sent()
	r.onceEach()
}

// What goes over a budget waits for a person, becomes a letter, or waits for the next
// period, as the budget says; a person who approves lets it go beyond.
func TestWhatGoesOverABudget(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{Contacts: 20, PricePerContact: 0.05})
	r.fast()
	r.must(0, "budget", "set", "ask", "--per", "month", "--amount", "1.50", "--label", "team=ask")
	r.must(0, "budget", "set", "dead", "--per", "month", "--amount", "1.50", "--label", "team=dead", "--over", "dead")
	r.must(0, "budget", "set", "each", "--per", "day", "--amount", "1.00", "--label", "shop", "--over", "wait")
	r.wantCode(2, "budget", "set", "x", "--per", "year", "--amount", "1")
	r.wantCode(3, "budget", "rm", "x")
	r.worker()
	label := func(id, name, value string) string {
		return fmt.Sprintf(`{"id":"%s","list_name":"%s","text":"Hello, STOP au 30101","type":"sms_premium","purpose":"wholesale","labels":{"%s":"%s"}}`+"\n", id, id, name, value)
	}
	for _, team := range []string{"ask", "dead"} {
		r.enqueue(label(team+"1", "team", team))
		r.await(30*time.Second, team+"1", campaign.StateSent)
		r.enqueue(label(team+"2", "team", team))
	}
	r.enqueue(label("paris1", "shop", "paris") + label("lyon1", "shop", "lyon"))
	r.await(30*time.Second, "paris1", campaign.StateSent)
	r.await(30*time.Second, "lyon1", campaign.StateSent)
	r.enqueue(label("paris2", "shop", "paris"))

	asked := r.await(30*time.Second, "ask2", campaign.StateAwaitingApproval)
	if !strings.Contains(asked.Waiting, "budget ask (1.50 € a month) has not enough left") {
		t.Errorf("ask2 waits for %q, want the budget named", asked.Waiting)
	}
	if f := r.await(30*time.Second, "dead2", campaign.StateDead).Failure; f == nil || f.Class != campaign.FailBudget || f.MaybeConfirmed {
		t.Errorf("dead2: got failure %+v, want the class budget", f)
	}
	r.until(30*time.Second, "paris2 waits for tomorrow", func() (bool, string) {
		s := r.status("paris2")
		return s.State == campaign.StateReady && strings.Contains(s.Waiting, "budget each (1.00 € a day) of paris"), fmt.Sprintf("%+v", s)
	})
	r.must(0, "approve", "ask2", "--cost", "1.00", "--contacts", "20")
	r.await(30*time.Second, "ask2", campaign.StateSent)
	if b := r.budgets()["ask"]; b.Used != 2*campaign.Euro || b.Reserved != 0 {
		t.Errorf("budget ask: got %+v, want 2.00 used, beyond its amount", b)
	}
	if n := len(r.carriedOut(simulator.CallSend)); n != 5 {
		t.Errorf("got %d sends, want 5", n)
	}
	r.onceEach()
}

// The stricter of two config files holds, a command does not change it, and doctor names
// both.
func TestFilesThatDisagreeAboutABudget(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.fast()
	lax := r.file("lax.yaml", "approve_above: 50\nbudgets:\n  - {name: all, per: month, amount: \"500.00\"}\n")
	strict := r.file("strict.yaml", "approve_above: 20\nbudgets:\n  - {name: all, per: month, amount: 100, over: wait}\n")
	r.worker("--config", lax)
	if b := r.budgets()["all"]; b.Amount != 500*campaign.Euro || b.Source != "config" {
		t.Errorf("one worker: got %+v, want 500.00", b)
	}
	second := r.worker("--config", strict)
	if b := r.budgets()["all"]; b.Amount != 100*campaign.Euro {
		t.Errorf("two workers: got %+v, want 100.00", b)
	}
	o := r.must(0, "rules", "show", "--json")
	if !strings.Contains(o.out, `"approve_above":20`) {
		t.Errorf("rules: got %s, want approve_above 20", o.out)
	}
	r.wantCode(1, "budget", "set", "all", "--per", "month", "--amount", "900.00")
	r.wantCode(1, "budget", "rm", "all")
	if !strings.Contains(second.Log(), "workers of this account work by different settings") {
		t.Errorf("the second worker does not say that the files differ:\n%s", second.Log())
	}
	if o := r.octoq("doctor"); !strings.Contains(o.out, "budgets is") {
		t.Errorf("doctor does not name the budgets that differ:\n%s", o.out)
	}
}

// Under approve_by: other nobody approves at the shell under no more than the name of the
// machine's user, and no token approves what it has enqueued.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{})
	r.fast()
	r.must(0, "rules", "set", "--approve-by", "other", "--confirm", "manual")
	author, other := r.newToken("author", "producer", "approver"), r.newToken("other", "approver")
	r.worker()
	by := func(token string) *rig {
		c := *r
		c.env = append(append([]string{}, r.env...), "OCTOQ_TOKEN="+token, "OCTOQ_REDIS_URL="+r.roleURL(rights.Operator)) // which may look tokens up
		return &c
	}
	by(author).enqueue(campaigns("f", 1, `,"confirm":"auto"`))
	r.await(30*time.Second, "f0", campaign.StateAwaitingApproval)
	for name, who := range map[string]*rig{"the machine's user": r, "the author": by(author)} {
		if o := who.octoq("approve", "f0", "--up-to", "900.00"); o.code != 8 || !strings.Contains(o.err, "approve_by") {
			t.Errorf("approve by %s: got exit code %d, %s, want 8", name, o.code, o.err)
		}
	}
	by(other).must(0, "approve", "f0", "--up-to", "900.00")
	r.await(30*time.Second, "f0", campaign.StateSent)
}

// newToken is a token with roles.
func (r *rig) newToken(name string, roles ...string) string {
	r.t.Helper()
	args := []string{"token", "add", name, "--json"}
	for _, role := range roles {
		args = append(args, "--role", role)
	}
	var made struct {
		Token string `json:"token"`
	}
	if o := r.must(0, args...); json.Unmarshal([]byte(o.out), &made) != nil || made.Token == "" {
		r.t.Fatalf("token add %s: got %q, want a token", name, o.out)
	}
	return made.Token
}
