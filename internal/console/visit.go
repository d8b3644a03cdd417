package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
)

// visit is one request of a page.
type visit struct {
	console *Console
	w       http.ResponseWriter
	r       *http.Request
	caller  access.Caller
	// account is the one that the path names; of a page about one account, what the query
	// asks for, by default the first that the caller may see.
	account string
	// budgets are those of the account, once they were needed.
	budgets []budgetShown
}

// allowed is a refusal unless the caller may have a route. What the path does not name is
// for the API to judge: it is asked in the caller's name.
func (v *visit) allowed(to route) error {
	rule, known := access.RuleOf(to.operation)
	if !known {
		return &apiRefusal{Status: http.StatusForbidden, Detail: "Nobody may do this: octoq has no rule for it."}
	}
	if v.account == "" && rule.Where == access.InAccount {
		rule.Where = access.Anywhere
	}
	if err := v.caller.MayDo(rule, v.account); err != nil {
		return &apiRefusal{Status: http.StatusForbidden, Detail: sentence(err)}
	}
	return nil
}

// mayAnywhere reports whether the caller may carry out an operation in one account at least.
func (v *visit) mayAnywhere(operation string) bool {
	rule, known := access.RuleOf(operation)
	if rule.Where == access.InAccount {
		rule.Where = access.Anywhere
	}
	return known && v.caller.MayDo(rule, "") == nil
}

// may reports whether the caller may carry out an operation in an account.
func (v *visit) may(operation, account string) bool {
	rule, known := access.RuleOf(operation)
	return known && v.caller.MayDo(rule, account) == nil
}

// fail shows why a page cannot be shown.
func (v *visit) fail(err error) {
	p, known := errors.AsType[*apiRefusal](err)
	if !known {
		p = &apiRefusal{Status: http.StatusInternalServerError, Detail: "octoq could not make this page: " + err.Error() + "."}
	}
	v.write("error", p.Status, pageView{Title: http.StatusText(p.Status), Alert: p})
}

// seen lists the accounts that the caller may see: those that were used, and those that
// the caller has a role in.
func (v *visit) seen() ([]string, error) {
	accounts, err := v.accountNames()
	if err != nil {
		return nil, err
	}
	everywhere := false
	for _, g := range v.caller.Grants {
		accounts = append(accounts, g.Accounts...)
		everywhere = everywhere || len(g.Accounts) == 0
	}
	if len(accounts) == 0 && everywhere {
		accounts = []string{campaign.DefaultAccount}
	}
	slices.Sort(accounts)
	return slices.Compact(accounts), nil
}

// choose settles which account a page is about, and lists those that it could be.
func (v *visit) choose() ([]string, error) {
	accounts, err := v.seen()
	if err != nil {
		return nil, err
	}
	if v.account == "" {
		v.account = v.r.URL.Query().Get("account")
	}
	if v.account == "" && len(accounts) > 0 {
		v.account = accounts[0]
		if slices.Contains(accounts, campaign.DefaultAccount) {
			v.account = campaign.DefaultAccount
		}
	}
	return accounts, nil
}

// leadTo sends the browser to a page of the console, which says what was done.
func (v *visit) leadTo(path string, query url.Values) error {
	to := url.URL{Path: path, RawQuery: query.Encode()}
	http.Redirect(v.w, v.r, to.String(), http.StatusSeeOther)
	return nil
}

// done is a query that lets the next page say what was done.
func done(what string) url.Values { return url.Values{"done": {what}} }

// field is what a form says, without blanks around it.
func (v *visit) field(name string) string { return trimmed(v.r.PostFormValue(name)) }

// seenTag is the ETag that a form was made from. A form without it is refused.
func (v *visit) seenTag() (string, error) {
	if tag := v.r.PostFormValue("etag"); tag != "" {
		return tag, nil
	}
	return "", &apiRefusal{Status: http.StatusPreconditionRequired, Detail: "The form does not say what it was made from: load the page again, and press the button there."}
}
