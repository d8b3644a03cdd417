package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/octoq/octoq/internal/access"
)

// A token is shown once; users are added, changed and removed; a form that was made from
// what has changed since does nothing. A password is changed by who knows it.
func TestPeopleAreManaged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	page := r.get("/admin")
	r.press(page, "/admin/users", "name", "anna", "password", "correct horse", "grants", "admin").want(http.StatusOK, "The user is added.")
	r.press(page, "/admin/users", "name", "ben", "password", "short", "grants", "viewer").want(http.StatusUnprocessableEntity, "12 characters")
	r.press(page, "/admin/users", "name", "ben", "password", "correct horse", "grants", "king").want(http.StatusUnprocessableEntity, "king")
	r.press(page, "/admin/users", "name", "ben", "password", "correct horse", "grants", "operator@shop viewer").want(http.StatusOK, "operator@shop viewer")
	made := r.press(page, "/admin/tokens", "name", "shop-1", "grants", "producer", "kind", "review", "expires", "2099-01-31")
	made.want(http.StatusOK, "shown this once")
	token := regexp.MustCompile(`octoq_[A-Za-z0-9_-]+`).FindString(made.text)
	page = r.get("/admin")
	page.want(http.StatusOK, "shop-1", "review", "2099-01-31")
	if token == "" || regexp.MustCompile(regexp.QuoteMeta(token)).MatchString(page.text) {
		t.Errorf("the token %q is not shown once", token)
	}
	r.press(page, "/admin/users/ben/change", "grants", "viewer").want(http.StatusOK, "The user is changed.")
	r.press(page, "/admin/users/ben/remove").want(http.StatusPreconditionFailed, "has changed since")
	r.press(r.get("/admin"), "/admin/users/ben/remove").want(http.StatusOK, "The user is removed.")
	r.press(page, "/admin/tokens/shop-1/remove").want(http.StatusOK, "The token is removed.")
	r.get("/admin/audit").want(http.StatusOK, "user.add", "token.add")
	r.caller = callerWith(access.Viewer)
	r.ask(http.MethodGet, "/admin", nil).want(http.StatusForbidden)
	me := r.get("/me")
	r.press(me, "/me/password", "current", "correct horse", "password", "another horse", "again", "yet another").want(http.StatusUnprocessableEntity, "not the same twice")
	r.press(me, "/me/password", "current", "correct horse", "password", "another horse", "again", "another horse").want(http.StatusOK, "password is changed")
	r.press(me, "/me/password", "current", "correct horse", "password", "a third horse", "again", "a third horse").want(http.StatusUnprocessableEntity, "present password")
	r.press(me, "/me/password", "current", "another horse", "password", "a third horse", "again", "a third horse").want(http.StatusTooManyRequests, "wait")
}

// In open mode nobody has a name, so nothing is shown that takes one.
func TestOpenModeShowsNoButtonsForNames(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.caller = access.Open("system:root@host")
	r.get("/admin").lacks("Add a user", "Make the token")
	r.ask(http.MethodPost, "/admin/tokens", url.Values{}).want(http.StatusForbidden)
}

// Accounts are stopped and go on; schedules are set, paused and removed; many campaigns
// are acted on after a dry run.
func TestAccountsSchedulesAndActions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, id := range []string{"old-1", "old-2", "new-1"} {
		r.enqueue(id, "Hello.", "queued", nil)
	}
	stale := r.get("/accounts")
	held := r.press(stale, "/accounts/default/hold", "message", "a look")
	held.want(http.StatusOK, "The account is stopped.", "a look", "user:anna")
	r.press(stale, "/accounts/default/hold").want(http.StatusPreconditionFailed)
	r.get("/").want(http.StatusOK, "account held", "a look")
	r.press(held, "/accounts/default/lift").want(http.StatusOK, "The hold is lifted.")
	page := r.get("/schedules")
	set := r.press(page, "/schedules/default", "name", "monday", "cron", "0 9 * * 1", "zone", "Europe/Paris", "id", "m-{{tick}}", "text", "News. STOP au 30101",
		"list_name", "customers", "type", "sms_premium", "purpose", "wholesale", "missed", "skip")
	set.want(http.StatusOK, "The schedule is set.", "Next ticks", "Monday, ")
	r.press(page, "/schedules/default", "name", "monday").want(http.StatusConflict, "another name")
	r.press(page, "/schedules/default", "name", "bad", "cron", "often", "zone", "x").want(http.StatusUnprocessableEntity, "cron")
	r.press(set, "/schedules/default/monday/run").want(http.StatusOK, "Enqueued once")
	paused := r.press(set, "/schedules/default/monday/pause")
	paused.want(http.StatusOK, "paused")
	r.press(set, "/schedules/default/monday/delete").want(http.StatusPreconditionFailed)
	r.press(paused, "/schedules/default/monday/delete").want(http.StatusOK, "removed", "There are no schedules")
	actions := r.get("/actions")
	r.press(actions, "/actions/default", "action", "cancel").want(http.StatusUnprocessableEntity)
	plan := r.press(actions, "/actions/default", "action", "cancel", "id_part", "old-")
	plan.want(http.StatusOK, "Dry run", "old-1", "old-2", "cancel 2 campaigns now")
	plan.lacks("new-1")
	r.press(plan, "/actions/default/begin").want(http.StatusOK, "cancel 2 campaigns", "running")
	r.caller = callerWith(access.Approver)
	r.press(actions, "/actions/default", "action", "cancel", "id_part", "old-").want(http.StatusForbidden)
}
