package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
)

// A decision with If-Match is on what was seen, and does nothing where that has changed.
func TestDecisionsAreOnWhatWasSeen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	kit := r.worker()
	priced := func(c *campaign.Record) { c.Cost, c.Contacts, c.PricedAt = 19_7500, 20, time.Now() }
	const match = "If-Match"
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	r.want("of what no worker has touched", r.ask(http.MethodPost, spring+"/cancel", "", match, `"1.1.xxxxxxxx"`), http.StatusPreconditionFailed)
	kit.Advance("spring", campaign.StateAwaitingApproval, priced)
	old := r.ask(http.MethodGet, spring, "").header.Get("ETag")
	kit.Advance("spring", campaign.StateAwaitingApproval, func(c *campaign.Record) { priced(c); c.StatusWord = "else" })
	for path, body := range map[string]string{"/approve": `{"cost":"19.75"}`, "/reject": `{"reason":"no"}`, "/cancel": `{}`} {
		r.want(path+" on an old record", r.ask(http.MethodPost, spring+path, body, match, old), http.StatusPreconditionFailed)
	}
	decided := func(e string) bool { return !strings.HasPrefix(e, "awaiting_approval enqueuetest") }
	if got := r.ask(http.MethodGet, spring, ""); got.body.State != campaign.StateAwaitingApproval || slices.ContainsFunc(got.whys(), decided) {
		t.Errorf("a decision on an old record did something: %s", got.text)
	}
	now := r.ask(http.MethodGet, spring, "").header.Get("ETag")
	r.want("on the present record", r.ask(http.MethodPost, spring+"/approve", `{"cost":"19.75"}`, match, old+", "+now), http.StatusOK)
	r.want("any record", r.ask(http.MethodPost, spring+"/cancel", `{}`, match, "*"), http.StatusOK)
	r.want("enqueue another", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/winter", text("Hello.")), http.StatusCreated)
	r.want("what has no record yet", r.ask(http.MethodPost, "/v1/accounts/default/campaigns/winter/cancel", `{}`, match, `""`), http.StatusOK)
}

// Campaigns are found by any part of their ids, by actions too.
func TestAPartOfAnIDFinds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, id := range []string{"spring-sale-1", "sale-2", "news"} {
		r.want("enqueue", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/"+id, text("Hello.")), http.StatusCreated)
	}
	const list = "/v1/accounts/default/campaigns?id_part="
	if got := r.ask(http.MethodGet, list+"sale", "").body.Items; len(got) != 2 {
		t.Errorf("got %v, want the two with sale in their ids", got)
	}
	if got := r.ask(http.MethodGet, list+"sale&id_prefix=spring", "").body.Items; len(got) != 1 {
		t.Errorf("got %v, want the one that begins with spring", got)
	}
	r.want("no part of an id", r.ask(http.MethodGet, list+"a+b", ""), http.StatusUnprocessableEntity)
	r.act(`{"action":"cancel","account":"default","filter":{"id_part":"sale"},"dry_run":true}`, http.StatusOK)
}

// Users change their own password, if they know it; a wrong one slows the next try down.
func TestAPasswordIsChangedByWhoKnowsIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, "--appendonly", "yes", "--appendfsync", "always")
	r.want("prepare", r.ask(http.MethodPost, "/v1/users", `{"name":"ben","password":"correct horse","grants":[{"role":"viewer"}]}`), http.StatusCreated)
	const path, right = "/v1/me/password", `{"current":"correct horse","password":"battery staple"}`
	r.want("a user without a password at octoq", r.ask(http.MethodPut, path, right), http.StatusConflict)
	r.caller = access.Caller{Name: "token:ben", Kind: access.OfToken, Grants: []access.Grant{{Role: access.Viewer}}}
	r.want("a token", r.ask(http.MethodPut, path, right), http.StatusConflict)
	r.caller = access.Open("system:root@host")
	r.want("open mode", r.ask(http.MethodPut, path, right), http.StatusForbidden)
	r.caller = access.Caller{Name: "user:ben", Kind: access.OfUser, Grants: []access.Grant{{Role: access.Viewer}}}
	r.want("a short one", r.ask(http.MethodPut, path, `{"current":"correct horse","password":"short"}`), http.StatusUnprocessableEntity)
	r.want("the right one", r.ask(http.MethodPut, path, right), http.StatusOK)
	r.want("the old one", r.ask(http.MethodPut, path, right), http.StatusUnprocessableEntity)
	slowed := r.ask(http.MethodPut, path, `{"current":"battery staple","password":"correct horse"}`)
	r.want("at once behind it", slowed, http.StatusTooManyRequests)
	if slowed.header.Get("Retry-After") == "" {
		t.Error("429 does not say when to try again")
	}
}
