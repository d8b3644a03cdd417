package console

import (
	"net/http"
	"strconv"

	"github.com/octoq/octoq/campaign"
)

// rulesSaid are rules of an account, as the API says them.
type rulesSaid struct {
	Confirm              string
	ApproveAbove         campaign.Money `json:"approve_above"`
	ApproveAboveContacts int            `json:"approve_above_contacts"`
	ApproveBy            string         `json:"approve_by"`
	Window               string
}

// rulesShown are the rules in force, and where they come from.
type rulesShown struct {
	rulesSaid
	Config, Set rulesSaid
}

// ETag names what was set, which is what a form replaces.
func (r rulesShown) ETag() string { return tagOf(r.Set) }

// Any reports whether there is a rule.
func (r rulesSaid) Any() bool { return r != rulesSaid{} }

// FromConfig reports whether config files demand something.
func (r rulesShown) FromConfig() bool { return r.Config.Any() }

// rulesForm is the form that sets the rules of an account.
type rulesForm struct {
	Page    pageView
	Account string
	Rules   rulesShown
}

func rulesFormOf(p pageView, s accountStanding) rulesForm {
	return rulesForm{Page: p, Account: s.Account, Rules: s.Rules}
}

// Action is where the form is sent to.
func (f rulesForm) Action() string { return "/accounts/" + f.Account + "/rules" }

// Sent reports whether this form was sent, and nothing was done.
func (f rulesForm) Sent() bool { return f.Page.Here() == f.Action() }

// Value is what the form says of a field: what was sent, or what is set.
func (f rulesForm) Value(name string) string {
	if f.Sent() {
		return f.Page.Field(name)
	}
	set := f.Rules.Set
	above, contacts := "", ""
	if set.ApproveAbove > 0 {
		above = amountText(set.ApproveAbove)
	}
	if set.ApproveAboveContacts > 0 {
		contacts = strconv.Itoa(set.ApproveAboveContacts)
	}
	return map[string]string{
		"confirm": set.Confirm, "approve_above": above, "approve_above_contacts": contacts, "approve_by": set.ApproveBy, "window": set.Window,
	}[name]
}

// setRules sets the rules of the form in the place of those that were set.
func (v *visit) setRules() error {
	if err := v.sameRules(); err != nil {
		return v.ruled(nil, err)
	}
	body := map[string]any{}
	for _, name := range []string{"confirm", "approve_above", "approve_by", "window"} {
		if text := v.field(name); text != "" {
			body[name] = text
		}
	}
	if text := v.field("approve_above_contacts"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return v.ruled(nil, &apiRefusal{Status: http.StatusUnprocessableEntity, Detail: "The bound on contacts is no whole number."})
		}
		body["approve_above_contacts"] = n
	}
	var answer struct{ Warnings []string }
	_, err := v.ask(apiRequest{method: http.MethodPut, path: pathOf("accounts", v.account, "rules"), body: body, into: &answer})
	return v.ruled(answer.Warnings, err)
}

// sameRules is a refusal if the rules that are set are not as the form was made from.
func (v *visit) sameRules() error {
	tag, err := v.seenTag()
	if err != nil {
		return err
	}
	var now rulesShown
	if _, err := v.ask(apiRequest{path: pathOf("accounts", v.account, "rules"), into: &now}); err != nil {
		return err
	}
	if now.ETag() != tag {
		return outdated()
	}
	return nil
}

// ruled leads back to the accounts, or shows why nothing was done.
func (v *visit) ruled(warnings []string, err error) error {
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil, len(warnings) > 0:
		return v.showAccounts(accountsBody{Warnings: warnings}, alert)
	}
	return v.leadTo("/accounts", done("rules"))
}
