package admin

import (
	"context"

	"github.com/octoq/octoq/internal/budget"
)

// RulesStanding is what an account demands of each campaign. The JSON names are stable.
type RulesStanding struct {
	Account string `json:"account"`
	RulesInForce
}

// RulesInForce are rules and where they come from: of two the stricter holds.
type RulesInForce struct {
	budget.Rules
	Config budget.Rules `json:"config" doc:"of them what the config files of workers say"`
	Set    budget.Rules `json:"set" doc:"of them what commands, the API and the console have set"`
}

// Rules are the rules of an account that are in force, and where they come from.
func (d *Service) Rules(ctx context.Context, account string) (RulesStanding, error) {
	stored, err := d.policies.Read(ctx, account)
	return RulesStanding{Account: account, RulesInForce: rulesOf(stored)}, err
}

func rulesOf(p budget.StoredPolicy) RulesInForce {
	return RulesInForce{Rules: p.InForce().Rules, Config: p.ConfigRules, Set: p.Rules}
}

// SetRules sets the rules of an account beside those of config files: change is given
// those that were set so far. Warnings are for people: workers that do not know rules do
// not keep to them.
func (d *Service) SetRules(ctx context.Context, account string, change func(budget.Rules) budget.Rules) (warnings []string, err error) {
	var set budget.Rules
	err = d.policies.Change(ctx, account, func(p budget.StoredPolicy) (budget.StoredPolicy, error) {
		set = change(p.Rules).Normal()
		p.Rules = set
		return p, set.Validate()
	})
	if err != nil {
		return nil, err
	}
	d.noted(ctx, Note{Action: "rules.set", Account: account, Detail: set.String()})
	return d.olderWorkers(ctx, account)
}
