package access

import (
	"maps"
	"slices"
)

// Where says in which accounts a caller needs a role.
type Where int

// Where roles are needed.
const (
	InAccount Where = iota // in the account that the request names
	InAll                  // in all accounts
	Anywhere               // in any account: the answer has only what the caller may see
)

// Rule is what an operation needs.
type Rule struct {
	Role  Role
	Where Where
}

// rules are those of all operations of the API, by their id in the OpenAPI document.
func rules() map[string]Rule {
	return map[string]Rule{
		"get-me":        {Viewer, Anywhere},
		"list-accounts": {Viewer, Anywhere},

		"get-campaign":   {Viewer, InAccount},
		"list-campaigns": {Viewer, InAccount},
		"put-campaign":   {Producer, InAccount},
		"post-campaign":  {Producer, InAccount},

		"approve-campaign": {Approver, InAccount},
		"cancel-campaign":  {Operator, InAccount},
		"replay-campaign":  {Operator, InAccount},
		"purge-campaign":   {Operator, InAccount},

		"hold-account":  {Operator, InAccount},
		"lift-hold":     {Operator, InAccount},
		"vouch-account": {Operator, InAccount},
	}
}

// RuleOf is what an operation needs; ok is false for one that the table does not know,
// which nobody may carry out.
func RuleOf(operation string) (r Rule, ok bool) {
	r, ok = rules()[operation]
	return r, ok
}

// Operations are what a caller may do in one account at least, by name.
func (c Caller) Operations() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(rules())) {
		rule := rules()[name]
		if rule.Where == InAccount {
			rule.Where = Anywhere
		}
		if c.MayDo(rule, "") == nil {
			all = append(all, name)
		}
	}
	return all
}
