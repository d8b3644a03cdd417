package budget

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/octoq/octoq/campaign"
)

// ErrFromConfig is returned for a budget that the config file of workers sets.
var ErrFromConfig = errors.New("it comes from the config file of workers: change it there, and send them SIGHUP")

// WithBudget is the policy with a budget that a command has set. It fails with
// ErrFromConfig where a config file sets one of that name, and with campaign.ErrInvalid.
func (p StoredPolicy) WithBudget(b Budget) (StoredPolicy, error) {
	if err := b.Validate(); err != nil {
		return p, err
	}
	b = b.WithDefaults()
	b.Source = SourceCommand
	other, err := p.without(b.Name)
	if err != nil && !errors.Is(err, campaign.ErrNotFound) {
		return p, err
	}
	const most = 50
	if len(other.Budgets) >= most {
		return p, fmt.Errorf("%w: an account has at most %d budgets", campaign.ErrInvalid, most)
	}
	other.Budgets = sorted(append(other.Budgets, b))
	return other, nil
}

// WithoutBudget is the policy without a budget. It fails with campaign.ErrNotFound, and
// with ErrFromConfig.
func (p StoredPolicy) WithoutBudget(name string) (StoredPolicy, error) { return p.without(name) }

func (p StoredPolicy) without(name string) (StoredPolicy, error) {
	i := slices.IndexFunc(p.Budgets, func(b Budget) bool { return b.Name == name })
	if i < 0 {
		return p, fmt.Errorf("budget %s: %w", name, campaign.ErrNotFound)
	}
	if p.Budgets[i].Source == SourceConfig {
		return p, fmt.Errorf("budget %s: %w", name, ErrFromConfig)
	}
	p.Budgets = slices.Delete(slices.Clone(p.Budgets), i, i+1)
	return p, nil
}

// WithConfig is the policy with what config files say, in the place of what they said
// before. Of a budget of the same name that a command has set, the file's takes the place.
func (p StoredPolicy) WithConfig(rules Rules, budgets []Budget) StoredPolicy {
	p.ConfigRules = rules.Normal()
	var kept []Budget
	for _, b := range p.Budgets {
		if b.Source != SourceConfig {
			kept = append(kept, b)
		}
	}
	for _, b := range budgets {
		b = b.WithDefaults()
		b.Source = SourceConfig
		kept = slices.DeleteFunc(kept, func(o Budget) bool { return o.Name == b.Name })
		kept = append(kept, b)
	}
	p.Budgets = sorted(kept)
	return p
}

func sorted(list []Budget) []Budget {
	slices.SortFunc(list, func(a, b Budget) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Same reports whether two policies demand the same, whatever their revisions.
func (p StoredPolicy) Same(o StoredPolicy) bool {
	return p.Rules == o.Rules && p.ConfigRules == o.ConfigRules && slices.Equal(p.Budgets, o.Budgets)
}
