package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/console"
)

// A campaign is found by part of its id, by its state, and page by page.
func TestCampaignsAreFound(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range 60 {
		r.enqueue(fmt.Sprintf("news-%02d", i), "Hello.", campaign.StateQueued, nil)
	}
	r.enqueue("spring-sale-7", "Hello.", campaign.StateSent, priced)
	found := r.get("/campaigns?id_part=sale")
	found.want(http.StatusOK, "spring-sale-7", "19.75 €")
	found.lacks("news-")
	r.get("/campaigns?state=sent").lacks("news-")
	first := r.get("/campaigns")
	next := regexp.MustCompile(`href="(/campaigns\?[^"]*cursor[^"]*)"`).FindStringSubmatch(first.text)
	if next == nil {
		t.Fatalf("61 campaigns are on one page: %s", first.text)
	}
	second := r.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	if a, b := strings.Count(first.text, "/campaigns/default/"), strings.Count(second.text, "/campaigns/default/"); a != 50 || b != 11 {
		t.Errorf("got %d and %d campaigns on two pages, want 50 and 11", a, b)
	}
	r.ask(http.MethodGet, "/campaigns?since=yesterday", nil).want(http.StatusUnprocessableEntity, "since")
	r.ask(http.MethodGet, "/campaigns/default/unknown", nil).want(http.StatusNotFound)
	r.ask(http.MethodGet, "/nowhere", nil).want(http.StatusNotFound)
}

// Where many campaigns wait, the list says that it leaves those out that no worker has
// touched, on each of its pages, and leads to them.
func TestManyThatWaitAreLeftOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range 51 {
		r.enqueue(fmt.Sprintf("done-%02d", i), "Hello.", campaign.StateSent, priced)
	}
	many := func(yield func(campaign.Campaign) bool) {
		for i := range 5001 {
			c := campaign.Campaign{ID: fmt.Sprintf("wait-%04d", i), ListName: "customers", Text: "Hello.", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert}
			if !yield(c) {
				return
			}
		}
	}
	for _, err := range r.client.EnqueueAll(t.Context(), many) {
		if err != nil {
			t.Fatal(err)
		}
	}
	const says = "Those that no worker has touched are not in this list"
	first := r.get("/campaigns?account=default")
	first.want(http.StatusOK, says, "done-50", `href="/campaigns?account=default&state=queued"`)
	first.lacks("wait-")
	next := regexp.MustCompile(`href="(/campaigns\?[^"]*cursor[^"]*)"`).FindStringSubmatch(first.text)
	if next == nil {
		t.Fatalf("51 campaigns are on one page: %s", first.text)
	}
	second := r.get(strings.ReplaceAll(next[1], "&amp;", "&"))
	second.want(http.StatusOK, says, "done-00")
	second.lacks("wait-", "done-50")
	r.get("/campaigns?state=queued").want(http.StatusOK, "wait-5000")
	r.get("/campaigns?state=queued").lacks(says)
}

// A person approves what was shown, and rejects with a reason; a form that was made from
// an older state does nothing, and neither does one that does not say from which.
func TestDecisionsAreOnWhatWasShown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, id := range []string{"yes", "no", "moved"} {
		r.enqueue(id, "Hello. Today?", campaign.StateAwaitingApproval, priced)
	}
	page := r.get("/campaigns/default/yes")
	page.want(http.StatusOK, "Hello. Today?", "1 SMS", "19.75 €", "Approve: send to 20 recipients for 19.75 €")
	r.press(page, "/campaigns/default/yes/approve").want(http.StatusOK, "Approved.")
	if got := r.state("yes"); !got.Approved || got.Cover.String() != "up to 19.75 € and 20 contacts" {
		t.Errorf("got the approval %v, want one of what was shown", got.Cover)
	}
	page = r.get("/approvals")
	page.lacks(">yes<")
	r.press(page, "/campaigns/default/no/reject").want(http.StatusUnprocessableEntity, "reason")
	r.press(page, "/campaigns/default/no/reject", "reason", "a wrong date").want(http.StatusOK, "Rejected.", "Approvals")
	if got := r.state("no"); !got.CancelRequested || got.RejectedBy != "user:anna" || got.RejectReason != "a wrong date" {
		t.Errorf("got %v, %s, %s, want a rejection with its reason", got.CancelRequested, got.RejectedBy, got.RejectReason)
	}
	stale := r.get("/campaigns/default/moved")
	r.kit.Advance("moved", campaign.StateAwaitingApproval, func(c *campaign.Record) { priced(c); c.Cost++ })
	r.press(stale, "/campaigns/default/moved/approve").want(http.StatusPreconditionFailed, "Nothing was changed")
	r.press(stale, "/campaigns/default/moved/cancel").want(http.StatusPreconditionFailed)
	r.ask(http.MethodPost, "/campaigns/default/moved/cancel", url.Values{}).want(http.StatusPreconditionRequired)
	if got := r.state("moved"); got.Approved || got.CancelRequested {
		t.Error("a form that was made from another state decided something")
	}
}

// A dead letter is changed in the fields that differ, replayed and purged.
func TestLettersAreChangedAndReplayed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, id := range []string{"letter", "other"} {
		r.enqueue(id, "Sale!\nToday.", campaign.StateAwaitingApproval, func(c *campaign.Record) { c.ConfirmTried, c.MaybeConfirmed = true, true })
		r.press(r.get("/campaigns/default/"+id), "/campaigns/default/"+id+"/reject", "reason", "a wrong text").want(http.StatusOK, "Rejected.")
	}
	r.get("/letters").want(http.StatusOK, "declined", "(2)", "It may have been sent.")
	page := r.get("/campaigns/default/letter")
	const mend, replay = "/campaigns/default/letter/mend", "/campaigns/default/letter/replay"
	r.press(page, mend, "text", "Sale!\r\nTomorrow.", "list_name", "customers", "sender", "x").want(http.StatusUnprocessableEntity, "sender")
	changed := r.press(page, mend, "text", "Sale!\r\nTomorrow.", "list_name", "customers", "sender", "CompanyX")
	changed.want(http.StatusOK, "Saved.")
	if got := r.state("letter").Campaign; got.Text != "Sale!\nTomorrow." || got.Sender != "CompanyX" || got.ListName != "customers" {
		t.Errorf("got %+v, want the new text and sender", got)
	}
	r.press(page, mend, "text", "Later.").want(http.StatusPreconditionFailed)
	r.press(changed, replay).want(http.StatusConflict, "force")
	r.press(changed, replay, "force", "1", "reason", "it was not sent").want(http.StatusOK, "next run")
	r.press(r.get("/campaigns/default/other"), "/campaigns/default/other/purge").want(http.StatusOK, "Purged.")
}

// Each role has the pages and buttons that internal/access allows it, and is refused the
// others. All routes are those of operations that have a rule.
func TestRolesSeeNoButtonThatTheyMayNotPress(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.enqueue("waits", "Hello.", campaign.StateAwaitingApproval, priced)
	r.enqueue("dead", "Hello.", campaign.StateDead, nil)
	for _, route := range console.Routes() {
		if _, known := access.RuleOf(route[1]); !known {
			t.Errorf("%s: there is no rule for %s", route[0], route[1])
		}
	}
	pages := []string{"/", "/campaigns", "/campaigns/default/waits", "/campaigns/default/dead", "/approvals", "/letters", "/new", "/actions", "/schedules", "/accounts", "/admin", "/me"}
	button := regexp.MustCompile(`<form method="post" action="([^"?]*)`)
	for _, role := range access.Roles() {
		r.caller = callerWith(role)
		seen := map[string]bool{}
		for _, page := range pages {
			s := r.ask(http.MethodGet, page, nil)
			if s.status == http.StatusForbidden {
				continue
			}
			s.want(http.StatusOK)
			for _, m := range button.FindAllStringSubmatch(s.text, -1) {
				seen[m[1]] = true
			}
		}
		for path := range seen {
			if op := console.OperationAt(path); op != "" && r.caller.MayDo(anywhere(op), "") != nil {
				t.Errorf("a %s sees the button %s, and may not %s", role, path, op)
			}
		}
		for path, needs := range map[string]bool{
			"/campaigns/default/waits/approve": role == access.Approver || role == access.Admin,
			"/campaigns/default/waits/cancel":  role == access.Operator || role == access.Admin,
			"/new/default":                     role == access.Producer || role == access.Operator || role == access.Admin,
			"/accounts/default/hold":           role == access.Operator || role == access.Admin,
			"/admin/tokens":                    role == access.Admin,
		} {
			if seen[path] != needs {
				t.Errorf("a %s sees the button %s: got %v, want %v", role, path, seen[path], needs)
			}
			if got := r.ask(http.MethodPost, path, url.Values{}).status; (got == http.StatusForbidden) == needs {
				t.Errorf("a %s presses %s: got %d", role, path, got)
			}
		}
	}
	r.caller = callerWith(access.Operator, "shop")
	r.ask(http.MethodGet, "/campaigns/default/waits", nil).want(http.StatusForbidden)
	r.ask(http.MethodGet, "/campaigns?account=default", nil).want(http.StatusForbidden)
	r.get("/campaigns").want(http.StatusOK, "Account shop")
	r.get("/").lacks("waits", "default")
}

func anywhere(operation string) access.Rule {
	rule, _ := access.RuleOf(operation)
	if rule.Where == access.InAccount {
		rule.Where = access.Anywhere
	}
	return rule
}
