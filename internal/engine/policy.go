package engine

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/budgetstore"
	"github.com/octoq/octoq/internal/peers"
)

// The names under which workers say to each other what their config files demand.
const (
	settingBudgets = "budgets"
	settingRules   = "rules"
)

// configPolicy puts in force what the config files of an account's workers demand. Of
// files that disagree the stricter holds, and the comparison of settings names them.
type configPolicy struct {
	store   *budgetstore.Store
	account string
}

// declared adds to the settings that are compared what a config file demands.
func (a AccountConfig) declared() map[string]string {
	all := map[string]string{settingBudgets: "none", settingRules: "none"}
	maps.Copy(all, a.Shared)
	if text, err := json.Marshal(budget.Stricter(a.Budgets, nil)); err == nil && len(a.Budgets) > 0 {
		all[settingBudgets] = string(text)
	}
	if text, err := json.Marshal(a.Rules.Normal()); err == nil && a.Rules.Normal() != (budget.Rules{}) {
		all[settingRules] = string(text)
	}
	return all
}

// apply writes what the living workers demand together, if it is not what holds.
func (c configPolicy) apply(ctx context.Context, living []peers.PeerWorker) error {
	var rules budget.Rules
	var budgets []budget.Budget
	for _, w := range living {
		var itsRules budget.Rules
		var its []budget.Budget
		// A worker of another version may say nothing, or what is not known here.
		if json.Unmarshal([]byte(w.Settings[settingRules]), &itsRules) == nil {
			rules = budget.StricterRules(rules, itsRules)
		}
		if json.Unmarshal([]byte(w.Settings[settingBudgets]), &its) == nil {
			budgets = budget.Stricter(budgets, its)
		}
	}
	return c.store.Change(ctx, c.account, func(p budget.StoredPolicy) (budget.StoredPolicy, error) {
		after := p.WithConfig(rules, budgets)
		if after.Same(p) {
			return p, budgetstore.ErrUnchanged
		}
		return after, nil
	})
}
