package event

import "github.com/octoq/octoq/internal/budget"

// OfBudget is the event that a budget is used up to a part, without its time. The script
// that books in the budget writes it, once a period.
func OfBudget(account string, t Type, b budget.Budget, c budget.Counter) Event {
	amount, _ := b.Amount.MarshalText() // it has no error
	return Event{
		ID: idOf(account, "budget", b.Name, c.Value, c.Period, string(amount), string(t)), Type: t, Account: account,
		Data: Data{Budget: b.Name, Value: c.Value, Period: c.Period, Amount: string(amount)},
	}
}
