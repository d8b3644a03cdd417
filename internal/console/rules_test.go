package console_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
)

// An admin sets the rules of an account; a form that was made from what has changed since
// does nothing, and others have none.
func TestRulesAreSet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.enqueue("first", "Hello.", campaign.StateQueued, nil)
	const set = "/accounts/default/rules"
	page := r.get("/accounts")
	page.want(http.StatusOK, "campaigns say themselves what they need")
	r.press(page, set, "approve_above", "much", "window", "at night").want(http.StatusUnprocessableEntity, "approve_above", `value="much"`, `value="at night"`)
	r.press(page, set, "approve_above_contacts", "all").want(http.StatusUnprocessableEntity, "no whole number")
	done := r.press(page, set, "confirm", "manual", "approve_above", "100", "approve_above_contacts", "5000", "approve_by", "other", "window", "Mo-Sa 08:00-20:00 Europe/Paris")
	done.want(http.StatusOK, "The rules are set.", "a person approves each campaign", "100.00 €", "5000 contacts", "has not written the campaign", "Mo-Sa 08:00-20:00 Europe/Paris", `value="5000"`)
	r.press(page, set, "confirm", "").want(http.StatusPreconditionFailed, "has changed since")
	r.ask(http.MethodPost, set, url.Values{}).want(http.StatusPreconditionRequired)
	r.press(done, set, "confirm", "").want(http.StatusOK, "campaigns say themselves what they need")
	r.caller = callerWith(access.Operator)
	r.get("/accounts").lacks(set, "Save the rules")
	r.ask(http.MethodPost, set, url.Values{}).want(http.StatusForbidden)
}

// One button stops all accounts, for admins; the button says how many there are.
func TestAllAccountsAreStopped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.enqueue("first", "Hello.", campaign.StateQueued, nil)
	r.get("/accounts").want(http.StatusOK, "Stop all accounts, 1 of them used so far")
	r.press(r.get("/accounts"), "/hold", "message", "a wrong price").want(http.StatusOK, "All accounts are stopped.", "a wrong price", "on hold")
	r.ask(http.MethodPost, "/hold", url.Values{}).want(http.StatusPreconditionRequired)
	r.ask(http.MethodPost, "/hold", url.Values{"etag": {"x"}}).want(http.StatusPreconditionFailed)
	r.press(r.get("/accounts"), "/lift").want(http.StatusOK, "All holds that were set by hand are lifted.")
	r.get("/accounts").lacks("a wrong price")
	r.caller = callerWith(access.Operator, campaign.DefaultAccount)
	r.get("/accounts").lacks(`action="/hold"`)
	r.ask(http.MethodPost, "/hold", url.Values{}).want(http.StatusForbidden)
}
