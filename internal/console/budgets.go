package console

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

// budgetShown is a budget of an account and how it stands, as the API says it.
type budgetShown struct {
	Name, Per, Label, Zone, Over, Source string
	Amount, Used, Reserved               campaign.Money
	Contacts                             int
	UsedContacts                         int `json:"used_contacts"`
	ReservedContacts                     int `json:"reserved_contacts"`
	Values                               []struct {
		Value          string
		Used, Reserved campaign.Money
	}
	PeriodStart time.Time `json:"period_start"`
	PeriodEnd   time.Time `json:"period_end"`
}

// ETag names what the budget is, whatever is spent.
func (b budgetShown) ETag() string {
	return tagOf([]any{b.Name, b.Per, b.Label, b.Zone, b.Over, b.Source, b.Amount, b.Contacts})
}

// Fixed reports whether the budget is set by the config file of workers, and changed there.
func (b budgetShown) Fixed() bool { return b.Source == "config" }

// perValue reports whether each value of the budget's label has the amount for itself.
func (b budgetShown) perValue() bool { return b.Label != "" && !strings.Contains(b.Label, "=") }

// Covers says which campaigns count.
func (b budgetShown) Covers() string {
	switch {
	case b.Label == "":
		return "all campaigns of the account"
	case b.perValue():
		return "campaigns with the label " + b.Label + ", each value for itself"
	default:
		return "campaigns with the label " + b.Label
	}
}

// OverText says what becomes of a campaign that does not fit.
func (b budgetShown) OverText() string {
	switch b.Over {
	case "wait":
		return "waits for the next period"
	case "dead":
		return "becomes a dead letter"
	default:
		return "waits for a person, who may approve it beyond the budget"
	}
}

// Meters are how full the budget is: one for each of its bounds, or for each value that
// has spent something.
func (b budgetShown) Meters() []meter {
	euros := func(n int64) string { return campaign.Money(n).String() }
	if b.perValue() {
		var all []meter
		for _, v := range b.Values {
			all = append(all, newMeter(b.Label+"="+v.Value, [3]int64{int64(v.Used), int64(v.Reserved), int64(b.Amount)}, euros))
		}
		return all
	}
	all := []meter{newMeter("", [3]int64{int64(b.Used), int64(b.Reserved), int64(b.Amount)}, euros)}
	if b.Contacts > 0 {
		contacts := func(n int64) string { return strconv.FormatInt(n, 10) + " contacts" }
		all = append(all, newMeter("", [3]int64{int64(b.UsedContacts), int64(b.ReservedContacts), int64(b.Contacts)}, contacts))
	}
	return all
}

// of is the budget as far as it concerns a campaign with these labels.
func (b budgetShown) of(labels map[string]string) budgetShown {
	if !b.perValue() {
		return b
	}
	all := b.Values
	b.Values = nil
	for _, v := range all {
		if v.Value == labels[b.Label] {
			b.Values = append(b.Values, v)
		}
	}
	return b
}

// meter is how full a budget is: a bar, and the same in words.
type meter struct {
	Of             string // the label and value that it is of
	Used, Reserved string // how wide the parts of the bar are, of 100
	Text           string
}

// newMeter measures what is used, what is reserved, and what both may come to.
func newMeter(of string, amounts [3]int64, shown func(int64) string) meter {
	const whole = 100
	used, reserved, all := amounts[0], amounts[1], amounts[2]
	part := func(n int64) float64 { return whole * float64(n) / float64(max(all, 1)) }
	width := func(p float64) string { return strconv.FormatFloat(p, 'f', 1, 64) }
	wide := min(max(part(used), 0), whole)
	return meter{
		Of: of, Used: width(wide), Reserved: width(min(max(part(reserved), 0), whole-wide)),
		Text: fmt.Sprintf("%.0f %% used or reserved: %s used, %s reserved, of %s", part(used+reserved), shown(used), shown(reserved), shown(all)),
	}
}

// budgetForm is a form that adds a budget, or changes one.
type budgetForm struct {
	Page   pageView
	Action string
	Budget budgetShown // without a name it is a new one
}

func formOf(p pageView, account string, b budgetShown) budgetForm {
	f := budgetForm{Page: p, Action: "/accounts/" + account + "/budgets", Budget: b}
	if b.Name != "" {
		f.Action += "/" + b.Name + "/change"
	}
	return f
}

// Sent reports whether this form was sent, and nothing was done.
func (f budgetForm) Sent() bool { return f.Page.Here() == f.Action }

// Value is what the form says of a field: what was sent, or what the budget has.
func (f budgetForm) Value(name string, has any) string {
	if f.Sent() {
		return f.Page.Field(name)
	}
	if amount, is := has.(campaign.Money); is {
		has = amountText(amount)
	}
	if text := fmt.Sprint(has); text != "0" {
		return text
	}
	return ""
}

// addBudget adds the budget of the form. One of the same name is left to be changed: the
// form does not know it.
func (v *visit) addBudget() error {
	s, err := v.standing(v.account)
	if err != nil {
		return err
	}
	name := v.field("name")
	for _, b := range s.Budgets {
		if b.Name == name {
			return v.showAccounts(accountsBody{}, &apiRefusal{Status: http.StatusConflict, Detail: "There is a budget " + name + ": change it, or give this one another name."})
		}
	}
	if name == "" {
		return v.showAccounts(accountsBody{}, &apiRefusal{Status: http.StatusUnprocessableEntity, Detail: "The budget needs a name."})
	}
	return v.putBudget(name)
}

// changeBudget gives the budget of the path what the form says.
func (v *visit) changeBudget() error {
	if err := v.sameBudget(); err != nil {
		return v.budgeted("", err)
	}
	return v.putBudget(v.r.PathValue("name"))
}

// putBudget sets the budget of the form, and shows which workers do not keep to it.
func (v *visit) putBudget(name string) error {
	body := map[string]any{"per": v.field("per"), "amount": v.field("amount"), "over": v.field("over")}
	for _, optional := range []string{"label", "zone"} {
		if text := v.field(optional); text != "" {
			body[optional] = text
		}
	}
	if text := v.field("contacts"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return v.budgeted("", &apiRefusal{Status: http.StatusUnprocessableEntity, Detail: "The bound on contacts is no whole number."})
		}
		body["contacts"] = n
	}
	var answer struct{ Warnings []string }
	_, err := v.ask(apiRequest{method: http.MethodPut, path: pathOf("accounts", v.account, "budgets", name), body: body, into: &answer})
	if err == nil && len(answer.Warnings) > 0 {
		return v.showAccounts(accountsBody{Warnings: answer.Warnings}, nil)
	}
	return v.budgeted("budget", err)
}

func (v *visit) removeBudget() error {
	err := v.sameBudget()
	if err == nil {
		_, err = v.ask(apiRequest{method: http.MethodDelete, path: pathOf("accounts", v.account, "budgets", v.r.PathValue("name"))})
	}
	return v.budgeted("budget-remove", err)
}

// sameBudget is a refusal if the budget of the path is not as the form was made from.
func (v *visit) sameBudget() error {
	tag, err := v.seenTag()
	if err != nil {
		return err
	}
	s, err := v.standing(v.account)
	if err != nil {
		return err
	}
	for _, b := range s.Budgets {
		if b.Name == v.r.PathValue("name") && b.ETag() == tag {
			return nil
		}
	}
	return outdated()
}

// budgeted leads back to the accounts, or shows why nothing was done.
func (v *visit) budgeted(what string, err error) error {
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showAccounts(accountsBody{}, alert)
	}
	return v.leadTo("/accounts", done(what))
}
