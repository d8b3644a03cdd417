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
	Or    Role // another one that will do; "" is none
	Where Where
	// Named: the caller has to be a user or a token. In open mode none is.
	Named bool
}

// rules are those of all operations of the API, by their id in the OpenAPI document.
func rules() map[string]Rule {
	all := rulesOfCampaigns()
	maps.Copy(all, rulesOfAccounts())
	maps.Copy(all, rulesOfAccess())
	return all
}

// rulesOfCampaigns are those of campaigns, and of what became of them.
func rulesOfCampaigns() map[string]Rule {
	return map[string]Rule{
		"get-campaign":        {Role: Viewer, Where: InAccount},
		"list-campaigns":      {Role: Viewer, Where: InAccount},
		"get-ticket":          {Role: Viewer, Where: InAccount},
		"put-campaign":        {Role: Producer, Where: InAccount},
		"post-campaign":       {Role: Producer, Where: InAccount},
		"post-campaigns-bulk": {Role: Producer, Where: InAccount},
		"post-quote":          {Role: Producer, Where: InAccount},
		"get-quote":           {Role: Producer, Where: InAccount},
		"proof-campaign":      {Role: Producer, Where: InAccount},

		"approve-campaign": {Role: Approver, Where: InAccount},
		"reject-campaign":  {Role: Approver, Where: InAccount},
		"mend-campaign":    {Role: Operator, Where: InAccount},
		"cancel-campaign":  {Role: Operator, Where: InAccount},
		"replay-campaign":  {Role: Operator, Where: InAccount},
		"purge-campaign":   {Role: Operator, Where: InAccount},

		// Which of the roles an action needs, and where, its request says: see internal/api.
		"post-action": {Role: Approver, Or: Operator, Where: Anywhere},
		"stop-action": {Role: Approver, Or: Operator, Where: Anywhere},
		"get-action":  {Role: Viewer, Where: Anywhere},

		"get-results":    {Role: Viewer, Where: InAccount},
		"list-optouts":   {Role: Operator, Where: InAccount},
		"get-optout":     {Role: Operator, Where: InAccount},
		"delete-optout":  {Role: Admin, Where: InAccount},
		"list-replies":   {Role: Operator, Where: InAccount},
		"delete-replies": {Role: Operator, Where: InAccount},
		"post-contacts":  {Role: Operator, Where: InAccount},
		"get-callbacks":  {Role: Operator, Where: InAccount},
		"put-callbacks":  {Role: Admin, Where: InAccount},
	}
}

// rulesOfAccounts are those of accounts, their schedules, rules and budgets, and of what a
// caller may see of itself.
func rulesOfAccounts() map[string]Rule {
	return map[string]Rule{
		"get-me":        {Role: Viewer, Where: Anywhere},
		"list-accounts": {Role: Viewer, Where: Anywhere},
		"list-alerts":   {Role: Viewer, Where: Anywhere},
		"get-account":   {Role: Viewer, Where: InAccount},
		"get-stats":     {Role: Viewer, Where: InAccount},

		"change-password": {Role: Viewer, Where: Anywhere, Named: true},

		"list-events": {Role: Viewer, Where: Anywhere},

		"list-schedules":  {Role: Viewer, Where: InAccount},
		"get-schedule":    {Role: Viewer, Where: InAccount},
		"put-schedule":    {Role: Operator, Where: InAccount},
		"delete-schedule": {Role: Operator, Where: InAccount},
		"pause-schedule":  {Role: Operator, Where: InAccount},
		"resume-schedule": {Role: Operator, Where: InAccount},
		"run-schedule":    {Role: Operator, Where: InAccount},

		"hold-account":  {Role: Operator, Where: InAccount},
		"lift-hold":     {Role: Operator, Where: InAccount},
		"vouch-account": {Role: Operator, Where: InAccount},

		"hold-all": {Role: Operator, Where: InAll},
		"lift-all": {Role: Operator, Where: InAll},

		"get-rules":     {Role: Viewer, Where: InAccount},
		"put-rules":     {Role: Admin, Where: InAccount},
		"list-budgets":  {Role: Viewer, Where: InAccount},
		"put-budget":    {Role: Admin, Where: InAccount},
		"delete-budget": {Role: Admin, Where: InAccount},
	}
}

// rulesOfAccess are those of users, tokens and webhooks.
func rulesOfAccess() map[string]Rule {
	return map[string]Rule{
		"list-users":   {Role: Admin, Where: InAll},
		"add-user":     {Role: Admin, Where: InAll, Named: true},
		"change-user":  {Role: Admin, Where: InAll, Named: true},
		"remove-user":  {Role: Admin, Where: InAll, Named: true},
		"list-tokens":  {Role: Admin, Where: InAll},
		"add-token":    {Role: Admin, Where: InAll, Named: true},
		"change-token": {Role: Admin, Where: InAll, Named: true},
		"remove-token": {Role: Admin, Where: InAll, Named: true},
		"read-audit":   {Role: Admin, Where: InAll},

		"list-webhooks":   {Role: Admin, Where: InAll},
		"get-webhook":     {Role: Admin, Where: InAll},
		"list-deliveries": {Role: Admin, Where: InAll},
		"add-webhook":     {Role: Admin, Where: InAll, Named: true},
		"change-webhook":  {Role: Admin, Where: InAll, Named: true},
		"remove-webhook":  {Role: Admin, Where: InAll, Named: true},
		"redeliver-event": {Role: Admin, Where: InAll, Named: true},
		"test-webhook":    {Role: Admin, Where: InAll, Named: true},
	}
}

// RuleOf is what an operation needs; ok is false for one that the table does not know,
// which no caller may carry out.
func RuleOf(operation string) (r Rule, ok bool) {
	r, ok = rules()[operation]
	return r, ok
}

// Operations are what a caller may do in one account at least, by name.
func (c Caller) Operations() []string {
	var all []string
	table := rules()
	for _, name := range slices.Sorted(maps.Keys(table)) {
		rule := table[name]
		if rule.Where == InAccount {
			rule.Where = Anywhere
		}
		if c.MayDo(rule, "") == nil {
			all = append(all, name)
		}
	}
	return all
}
