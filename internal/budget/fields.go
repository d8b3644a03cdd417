package budget

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// StoredPolicy is a policy as it is kept: what commands have set, and what the config
// files of workers say.
type StoredPolicy struct {
	Revision           int64
	Rules, ConfigRules Rules
	Budgets            []Budget // of both, by name; Source says of which
}

// The fields of the hash. A budget has its name behind budgetField.
const (
	RevisionField    = "revision"
	rulesField       = "rules"
	configRulesField = "rules_config"
	budgetField      = "budget:"
)

// ParsePolicy reads the hash that a policy is kept in.
func ParsePolicy(hash map[string]string) (StoredPolicy, error) {
	var p StoredPolicy
	for _, name := range slices.Sorted(maps.Keys(hash)) {
		var err error
		switch text := hash[name]; {
		case name == RevisionField:
			p.Revision, err = strconv.ParseInt(text, 10, 64)
		case name == rulesField:
			err = json.Unmarshal([]byte(text), &p.Rules)
		case name == configRulesField:
			err = json.Unmarshal([]byte(text), &p.ConfigRules)
		case strings.HasPrefix(name, budgetField):
			var b Budget
			if err = json.Unmarshal([]byte(text), &b); err == nil {
				err = b.Validate()
			}
			p.Budgets = append(p.Budgets, b)
		default: // of a newer octoq: what it demands is not known, so nothing is confirmed
			err = errors.New("it is not known here: this octoq is older than the one that wrote it")
		}
		if err != nil {
			return StoredPolicy{}, fmt.Errorf("read %.64q of the rules and budgets: %w", name, err)
		}
	}
	return p, nil
}

// Fields is the hash that a policy is kept in, without its revision.
func (p StoredPolicy) Fields() (map[string]string, error) {
	hash := map[string]string{}
	put := func(name string, v any) error {
		text, err := json.Marshal(v)
		hash[name] = string(text)
		return err
	}
	for name, rules := range map[string]Rules{rulesField: p.Rules.Normal(), configRulesField: p.ConfigRules.Normal()} {
		if rules == (Rules{}) {
			continue
		}
		if err := put(name, rules); err != nil {
			return nil, fmt.Errorf("write rules: %w", err)
		}
	}
	for _, b := range p.Budgets {
		if err := put(budgetField+b.Name, b.WithDefaults()); err != nil {
			return nil, fmt.Errorf("write budget %s: %w", b.Name, err)
		}
	}
	return hash, nil
}

// InForce is what holds: of rules what commands and files demand together.
func (p StoredPolicy) InForce() AccountPolicy {
	return AccountPolicy{Revision: p.Revision, Rules: StricterRules(p.Rules, p.ConfigRules), Budgets: p.Budgets}
}

// SpentFields are the fields of a counter's hash that have what a value has spent.
func SpentFields(value string) []string {
	return []string{value + "/used", value + "/used_contacts", value + "/reserved", value + "/reserved_contacts"}
}

// ParseSpent reads what SpentFields have; nil stands for a field that is not there.
func ParseSpent(values []any) (Spent, error) {
	var n [4]int64
	for i := range n {
		if i >= len(values) || values[i] == nil {
			continue
		}
		text, _ := values[i].(string)
		var err error
		if n[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return Spent{}, fmt.Errorf("%.64q is no number", text)
		}
	}
	return Spent{Used: campaign.Money(n[0]), UsedContacts: int(n[1]), Reserved: campaign.Money(n[2]), ReservedContacts: int(n[3])}, nil
}

// SpentByValue reads all values of a counter's hash.
func SpentByValue(hash map[string]string) (map[string]Spent, error) {
	all := map[string]Spent{}
	for field := range hash {
		i := strings.LastIndexByte(field, '/')
		if i < 0 {
			continue
		}
		value := field[:i]
		var texts []any
		for _, name := range SpentFields(value) {
			if text, ok := hash[name]; ok {
				texts = append(texts, text)
			} else {
				texts = append(texts, nil)
			}
		}
		one, err := ParseSpent(texts)
		if err != nil {
			return nil, err
		}
		all[value] = one
	}
	return all, nil
}
