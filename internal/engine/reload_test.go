package engine

import (
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/budgetstore"
	"github.com/octoq/octoq/internal/peers"
	"github.com/octoq/octoq/internal/redistest"
)

// Of what a file says after a reload the stricter still holds where another worker says
// something else, and what it no longer says is gone.
func TestAReloadedFileIsInForceAtOnce(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	store := budgetstore.New(rdb)
	shared := map[string]string{"rate": "5"}
	of := func(name string, amount campaign.Money) *comparison {
		cfg := AccountConfig{Shared: shared, Budgets: []budget.Budget{{Name: "month", Per: budget.PerMonth, Amount: amount}}}
		return &comparison{
			store: peers.New(rdb), policy: configPolicy{store: store, account: "shop"}, account: "shop", log: zerolog.Nop(), every: peers.Every,
			self: peers.PeerWorker{ID: name, Name: name, Settings: cfg.declared()},
		}
	}
	a, b := of("a", 500*campaign.Euro), of("b", 300*campaign.Euro)
	holds := func(when string, want campaign.Money, above campaign.Money) {
		t.Helper()
		p, err := store.Read(t.Context(), "shop")
		if err != nil {
			t.Fatal(err)
		}
		var got campaign.Money
		if len(p.Budgets) > 0 {
			got = p.Budgets[0].Amount
		}
		if got != want || p.ConfigRules.ApproveAbove != above {
			t.Errorf("%s: got a budget of %s and rules %+v, want %s and %s", when, got, p.ConfigRules, want, above)
		}
	}
	now := time.Now()
	for _, c := range []*comparison{a, b} {
		if err := c.compare(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	holds("as they start", 300*campaign.Euro, 0)
	one := budget.Budget{Name: "month", Per: budget.PerMonth, Amount: 100 * campaign.Euro}
	if err := a.reload(t.Context(), AccountConfig{Shared: shared, Rules: budget.Rules{ApproveAbove: 20 * campaign.Euro}, Budgets: []budget.Budget{one}}, now); err != nil {
		t.Fatal(err)
	}
	holds("the first is stricter now", 100*campaign.Euro, 20*campaign.Euro)
	if a.self.Settings["rate"] != "5" {
		t.Errorf("other settings: got %v, want them as they were", a.self.Settings)
	}
	for _, c := range []*comparison{a, b} {
		if err := c.reload(t.Context(), AccountConfig{Shared: shared}, now); err != nil {
			t.Fatal(err)
		}
	}
	holds("neither says anything", 0, 0)
	p := processOf(t, with(rdb), AccountConfig{})
	if err := p.Reload(t.Context(), nil, 0); !errors.Is(err, ErrNotRunning) {
		t.Errorf("before it runs: got %v, want ErrNotRunning", err)
	}
}
