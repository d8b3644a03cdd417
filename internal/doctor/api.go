package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// LowBalance is the balance below which there is a warning.
const LowBalance = 5 * campaign.Euro

// Account is one login at the API.
type Account struct {
	Name string
	// Balance asks the API for the balance, once. An error means that the
	// settings do not even allow to ask; everything else is an outcome. Neither
	// text contains the key.
	Balance func(context.Context) (record.Outcome, error)
}

// API checks credentials and balance of one account.
func API(ctx context.Context, a Account) []Finding {
	out, err := a.Balance(ctx)
	var found []Finding
	switch {
	case err != nil:
		found = []Finding{BadSettings(err.Error())}
	case out.Class == record.ClassOK:
		found = []Finding{ok(CheckAPI, "login and key are accepted"), balance(out.Balance)}
	default:
		found = []Finding{refusal(a.Name, out)}
	}
	for i := range found {
		found[i].Account = a.Name
	}
	return found
}

func balance(m campaign.Money) Finding {
	what := fmt.Sprintf("balance %s", m)
	if m < LowBalance {
		return warning(CheckBalance, what, "Buy credit: without it, the account is put on hold.")
	}
	return ok(CheckBalance, what)
}

// refusal sorts what came instead of a balance.
func refusal(account string, o record.Outcome) Finding {
	url, rate := setting(account, "api_url"), setting(account, "rate")
	switch o.Class {
	case record.ClassAccount:
		return fault(CheckAPI, "the API refuses the account: "+said(o), "Check "+setting(account, "api_login")+" and the key, and look at the account on Octopush's site.")
	case record.ClassNotSent:
		return fault(CheckAPIReach, "the API cannot be reached: "+said(o), "Check "+url+", the network, DNS and any proxy.")
	case record.ClassUnanswered:
		return fault(CheckAPIReach, "the API gives no usable answer: "+said(o), "Check that "+url+" is the API, and try again.")
	case record.ClassThrottled:
		return warning(CheckAPIReach, "the API asks for fewer calls: "+said(o), "Wait and try again; if it stays, lower "+rate+".")
	case record.ClassTransient:
		return fault(CheckAPIReach, "the API is in trouble: "+said(o), "Try again later: campaigns wait until then.")
	default:
		return fault(CheckAPI, "the API refuses to report the balance: "+said(o), "Check "+url+", and look at the account on Octopush's site.")
	}
}

// setting is where people find a setting of an account: those that are named in
// the config file have keys of their own there, and credentials nowhere else.
func setting(account, name string) string {
	variable := "OCTOQ_" + strings.ToUpper(name)
	switch {
	case account == campaign.DefaultAccount:
		return variable
	case name == "api_login":
		return "accounts." + account + "." + name
	default:
		return fmt.Sprintf("accounts.%s.%s (without it, %s)", account, name, variable)
	}
}

// said is the API's answer for people.
func said(o record.Outcome) string {
	var parts []string
	if o.HTTPStatus != 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", o.HTTPStatus))
	}
	if o.Code != 0 {
		parts = append(parts, fmt.Sprintf("code %d", o.Code))
	}
	if o.Message != "" {
		parts = append(parts, o.Message)
	}
	if len(parts) == 0 {
		return string(o.Class)
	}
	return strings.Join(parts, ", ")
}
