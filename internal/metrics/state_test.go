package metrics

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// fake is a source whose accounts are read from memory, or fail.
type fake struct {
	accounts []string
	err      error
	look     func(ctx context.Context, account string) (Standing, error)
	workers  map[string]int
	unseen   error // why workers cannot be counted
	quiet    map[string]Standing
	unheard  error // why nothing is known of the quiet ones
}

func (f fake) Accounts(context.Context) ([]string, error) { return f.accounts, f.err }

func (f fake) Workers(context.Context, []string) (map[string]int, error) { return f.workers, f.unseen }

func (f fake) Quiet(context.Context, []string) (map[string]Standing, error) {
	return f.quiet, f.unheard
}

func (f fake) Look(ctx context.Context, account string) (Standing, error) {
	return f.look(ctx, account)
}

var errAway = errors.New("away")

func well(context.Context, string) (Standing, error) {
	return Standing{
		Campaigns: map[campaign.State]int64{campaign.StateSent: 7},
		Queues: map[campaign.Stage]Queue{
			campaign.StageCreate: {Pending: 1, Active: 2, Scheduled: 3, Retry: 4, Archived: 5, Oldest: 90 * time.Second, Paused: true},
		},
	}, nil
}

// scrape is what Prometheus gets of a collector: its samples, without comments.
func scrape(t *testing.T, c prometheus.Collector) []string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(c); err != nil {
		t.Fatalf("Register: %v", err)
	}
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("scrape: got HTTP %d: %s, want 200", w.Code, w.Body)
	}
	var samples []string
	for line := range strings.Lines(w.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			samples = append(samples, strings.TrimSpace(line))
		}
	}
	return samples
}

func chosen(samples []string, parts ...string) []string {
	var found []string
	for _, s := range samples {
		for _, p := range parts {
			if strings.Contains(s, p) {
				found = append(found, s)
				break
			}
		}
	}
	return found
}

func TestStateTellsCampaignsQueuesAndHolds(t *testing.T) {
	t.Parallel()
	source := fake{accounts: []string{"acme"}, workers: map[string]int{"acme": 2}, look: func(ctx context.Context, account string) (Standing, error) {
		st, err := well(ctx, account)
		st.Budgets = []BudgetGauge{{Name: "month", Amount: 500 * campaign.Euro, Used: 12_5000, Reserved: 5000}}
		credit := -campaign.Euro
		st.Balance = &credit
		st.Hold = &record.Hold{Reason: record.HoldAccount, Phase: record.PhaseHeld, Code: 101, Message: "secret text", By: "c-1"}
		return st, err
	}}
	samples := scrape(t, NewState(source))
	want := []string{
		`octoq_balance{account="acme"} -1`,
		`octoq_budget_amount{account="acme",budget="month"} 500`,
		`octoq_budget_reserved{account="acme",budget="month"} 0.5`,
		`octoq_budget_used{account="acme",budget="month"} 12.5`,
		`octoq_campaigns{account="acme",state="sent"} 7`,
		`octoq_hold{account="acme",code="101",phase="held",reason="account"} 1`,
		`octoq_oldest_seconds{account="acme",stage="create"} 90`,
		`octoq_queue_paused{account="acme",stage="create"} 1`,
		`octoq_queue_tasks{account="acme",kind="active",stage="create"} 2`,
		`octoq_queue_tasks{account="acme",kind="archived",stage="create"} 5`,
		`octoq_queue_tasks{account="acme",kind="pending",stage="create"} 1`,
		`octoq_queue_tasks{account="acme",kind="retry",stage="create"} 4`,
		`octoq_queue_tasks{account="acme",kind="scheduled",stage="create"} 3`,
		`octoq_scrape_accounts_left_out 0`,
		`octoq_scrape_ok 1`,
		`octoq_workers{account="acme"} 2`,
		`octoq_workers_wanted 0`,
	}
	if diff := cmp.Diff(want, chosen(samples, `state="sent"`, `stage="create"`, "octoq_hold", "octoq_scrape", "octoq_workers", "octoq_budget", "octoq_balance")); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	for prefix, n := range map[string]int{
		"octoq_campaigns{": len(campaign.States()), "octoq_queue_tasks{": 5 * len(record.Stages()), "octoq_queue_paused{": len(record.Stages()),
	} {
		if got := len(chosen(samples, prefix)); got != n {
			t.Errorf("series of %s: got %d, want %d: zeros are reported, not left out", prefix, got, n)
		}
	}
}

func TestStateOfAnAccountThatIsNotHeldHasNoHold(t *testing.T) {
	t.Parallel()
	if got := chosen(scrape(t, NewState(fake{accounts: []string{"acme"}, look: well})), "octoq_hold"); got != nil {
		t.Errorf("got %v, want none", got)
	}
}

// Accounts that have nothing to do are not looked at, and count for no limit. What would be 0 is
// left out.
func TestStateTellsOfQuietAccountsWhatIsNotZero(t *testing.T) {
	t.Parallel()
	credit := 3 * campaign.Euro
	quiet := Standing{Campaigns: map[campaign.State]int64{campaign.StateSent: 5}, Balance: &credit, Budgets: []BudgetGauge{{Name: "month", Amount: campaign.Euro}}}
	state := NewState(fake{
		accounts: []string{"a", "b", "c"}, look: well, workers: map[string]int{"a": 1, "b": 1},
		quiet: map[string]Standing{"a": quiet, "c": {}},
	})
	state.limit = 1
	want := []string{
		`octoq_balance{account="a"} 3`, `octoq_budget_amount{account="a",budget="month"} 1`, `octoq_budget_reserved{account="a",budget="month"} 0`,
		`octoq_budget_used{account="a",budget="month"} 0`, `octoq_campaigns{account="a",state="sent"} 5`, `octoq_workers{account="a"} 1`,
		`octoq_workers{account="c"} 0`,
	}
	samples := scrape(t, state)
	if diff := cmp.Diff(want, chosen(samples, `account="a"`, `account="c"`)); diff != "" {
		t.Errorf("quiet accounts (-want +got):\n%s", diff)
	}
	if got := len(chosen(samples, `account="b"`)); got < 40 {
		t.Errorf("series of the other one: got %d, want all", got)
	}
	if diff := cmp.Diff([]string{"octoq_scrape_accounts_left_out 0", "octoq_scrape_ok 1"}, chosen(samples, "octoq_scrape")); diff != "" {
		t.Errorf("the scrape (-want +got):\n%s", diff)
	}
}

func TestStateSaysWhenItIsNotAll(t *testing.T) {
	t.Parallel()
	sick := func(ctx context.Context, account string) (Standing, error) {
		if account == "a" {
			return Standing{}, errAway
		}
		return well(ctx, account)
	}
	for name, tc := range map[string]struct {
		source fake
		want   []string
	}{
		"no list of accounts": {fake{err: errAway}, []string{`octoq_scrape_ok 0`}},
		"no list of workers": {
			fake{accounts: []string{"b"}, look: well, unseen: errAway},
			[]string{`octoq_campaigns{account="b",state="sent"} 7`, `octoq_scrape_accounts_left_out 0`, `octoq_scrape_ok 0`},
		},
		"nothing of the quiet ones": {
			fake{accounts: []string{"b"}, look: well, unheard: errAway},
			[]string{`octoq_campaigns{account="b",state="sent"} 7`, `octoq_scrape_accounts_left_out 0`, `octoq_scrape_ok 0`},
		},
		"one sick account": {
			fake{accounts: []string{"a", "b"}, look: sick},
			[]string{`octoq_campaigns{account="b",state="sent"} 7`, `octoq_scrape_accounts_left_out 0`, `octoq_scrape_ok 0`},
		},
		"too many accounts": {
			fake{accounts: []string{"b", "c", "d"}, look: well},
			[]string{
				`octoq_campaigns{account="b",state="sent"} 7`, `octoq_campaigns{account="c",state="sent"} 7`,
				`octoq_scrape_accounts_left_out 1`, `octoq_scrape_ok 1`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := NewState(tc.source)
			state.limit = 2
			if diff := cmp.Diff(tc.want, chosen(scrape(t, state), `state="sent"`, "octoq_scrape")); diff != "" {
				t.Errorf("samples (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStateGivesUpInTime(t *testing.T) {
	t.Parallel()
	looks := 0
	state := NewState(fake{accounts: []string{"a", "b", "c"}, look: func(ctx context.Context, _ string) (Standing, error) {
		looks++
		<-ctx.Done()
		return Standing{}, ctx.Err()
	}})
	state.timeout = 20 * time.Millisecond
	if got := chosen(scrape(t, state), "octoq_scrape_ok"); !cmp.Equal(got, []string{"octoq_scrape_ok 0"}) {
		t.Errorf("got %v, want octoq_scrape_ok 0", got)
	}
	if looks != 1 {
		t.Errorf("looks after the time was up: got %d, want 1", looks)
	}
}
