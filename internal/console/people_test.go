package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/schedule"
)

// A token is shown once; users are added, changed and removed; a form that was made from
// what has changed since does nothing. A password is changed by a user who knows it.
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

// In open mode no caller has a name, so nothing is shown that takes one.
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
	set.want(http.StatusOK, "The schedule is set.", "Next ticks", `scope="col">Monday<`, "</time> monday")
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

// A schedule is changed by its form: what the form does not have stays, and one that was
// made from what has changed since does nothing. The calendar has its ticks.
func TestAScheduleIsChanged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	set := schedule.Schedule{Name: "daily", Account: "default", Cron: "0 9 * * *", Zone: "Europe/Paris", Missed: schedule.MissedSkip, CreatedAt: time.Now()}
	set.Template = json.RawMessage(`{"id":"d-{{tick}}","list_name":"customers","text":"News. STOP au 30101","type":"sms_premium","purpose":"wholesale","labels":{"team":"a"},"max_cost":5}`)
	operator, err := admin.New(r.rdb, "user:anna", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := operator.SetSchedule(t.Context(), set, "", false); err != nil {
		t.Fatal(err)
	}
	const change = "/schedules/default/daily/change"
	page := r.get("/schedules")
	page.want(http.StatusOK, "Change schedule daily", `value="0 9 * * *"`, "News. STOP au 30101")
	if days := regexp.MustCompile(`</time> daily</li>`).FindAllString(page.text, -1); len(days) < 28 {
		t.Errorf("the calendar: got %d ticks of a daily schedule, want four weeks at least: %s", len(days), page.main())
	}
	fields := []string{"cron", "30 10 * * 1", "zone", "UTC", "missed", "once", "expires_after", "2h", "id", "d-{{tick}}", "list_name", "", "tag_name", "loyal",
		"sender", "Shop", "type", "sms_low_cost", "purpose", "wholesale", "window", "", "text", "Other news. STOP au 30101"}
	r.press(page, change, slices.Concat(fields, []string{"cron", "often"})...).want(http.StatusUnprocessableEntity, "cron", `value="often"`)
	r.press(page, change, fields...).want(http.StatusOK, "The schedule is set.", "Other news.", "tag loyal", "30 10 * * 1")
	got, err := operator.Schedule(t.Context(), "default", "daily")
	if err != nil {
		t.Fatal(err)
	}
	text := string(got.Template)
	for _, want := range []string{`"team":"a"`, `"max_cost":5`, `"tag_name":"loyal"`, `"type":"sms_low_cost"`} {
		if !strings.Contains(text, want) {
			t.Errorf("got %s, want %s in it", text, want)
		}
	}
	if strings.Contains(text, "list_name") || got.Missed != schedule.MissedOnce || time.Duration(got.ExpiresAfter) != 2*time.Hour {
		t.Errorf("got %s, %s, %s, want no list, made up for once, and two hours", text, got.Missed, time.Duration(got.ExpiresAfter))
	}
	r.press(page, change, fields...).want(http.StatusPreconditionFailed, "has changed since")
	r.caller = callerWith(access.Viewer)
	r.get("/schedules").lacks("Change schedule")
	r.ask(http.MethodPost, change, url.Values{}).want(http.StatusForbidden)
}
