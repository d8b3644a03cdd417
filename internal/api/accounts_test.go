package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/peers"
	"github.com/octoq/octoq/internal/presence"
)

// announce has a worker say by which settings it works.
func (r *rig) announce(name, rate string) {
	r.t.Helper()
	w := peers.PeerWorker{ID: name, Name: name, Settings: map[string]string{"rate": rate, "burst": "5", "max_in_flight": "1", "window": "always open"}}
	if _, err := peers.New(r.rdb).Announce(r.t.Context(), "default", w); err != nil {
		r.t.Fatal(err)
	}
}

// How an account stands is what its workers, queues and records say.
func TestHowAnAccountStands(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	kit := r.worker()
	r.want("an account that was never used", r.ask(http.MethodGet, "/v1/accounts/default", ""), http.StatusNotFound)
	for _, id := range []string{"a", "b", "c"} {
		r.want("enqueue", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/"+id, text("Hello.")), http.StatusCreated)
	}
	kit.Advance("a", campaign.StateAwaitingApproval, nil)
	kit.Advance("b", campaign.StateDead, nil)
	r.announce("one:1", "5")
	r.want("hold", r.ask(http.MethodPut, "/v1/accounts/default/hold", `{"message":"ask me"}`), http.StatusOK)
	look := func() admin.AccountStanding {
		t.Helper()
		a := r.ask(http.MethodGet, "/v1/accounts/default", "")
		r.want("the account", a, http.StatusOK)
		var s admin.AccountStanding
		if err := json.Unmarshal([]byte(a.text), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	lists := func() bool { // one set is read, that of the workers
		stats, err := r.rdb.InfoMap(t.Context(), "commandstats").Result()
		return err != nil || !strings.HasPrefix(stats["Commandstats"]["cmdstat_smembers"], "calls=1,")
	}
	if err := r.rdb.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	s := look()
	if lists() {
		t.Error("one account was looked for in the list of all")
	}
	got := fmt.Sprintf("waiting %d, awaiting %d, dead %d, held %q, %d workers, %+v, %s", s.Waiting, s.Counts["awaiting_approval"], s.Counts["dead"], s.Hold.Message, len(s.Workers), s.Limits, s.Window)
	if want := `waiting 3, awaiting 1, dead 1, held "ask me", 1 workers, {Rate:5 Burst:5 MaxInFlight:1}, always open`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if s.Oldest["create"] <= 0 || len(s.Oldest) != 1 {
		t.Errorf("oldest: got %v, want the create that waits", s.Oldest)
	}
	r.announce("two:2", "7")
	if s = look(); s.Limits.Rate != "" || s.Limits.Burst != "5" || strings.Join(s.Differences, "") != "rate is 5 (one:1), 7 (two:2)" {
		t.Errorf("two rates: got %+v and %q, want the difference", s.Limits, s.Differences)
	}
}

// An account that sleeps in its worker is shown as asleep.
func TestASleepingAccountIsShownAsAsleep(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want("enqueue", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/a", text("Hello.")), http.StatusCreated)
	var asleep []string
	worker := presence.NewChanging(r.rdb, func() []string { return []string{"default"} }, func() []string { return asleep }, nil)
	for _, want := range []bool{false, true, false} {
		if asleep = nil; want {
			asleep = []string{"default"}
		}
		if err := worker.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		a := r.ask(http.MethodGet, "/v1/accounts/default", "")
		r.want("the account", a, http.StatusOK)
		if !strings.Contains(a.text, fmt.Sprintf(`"asleep":%v,`, want)) {
			t.Errorf("got %s, want asleep to be %v", a.text, want)
		}
	}
}

// What needs a person is listed for the accounts that the caller may see, the most urgent
// first, and goes when it is done.
func TestWhatNeedsAPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	kit := r.worker()
	kinds := func() (all []string) {
		t.Helper()
		a := r.ask(http.MethodGet, "/v1/alerts", "")
		r.want("alerts", a, http.StatusOK)
		var body struct {
			Items []admin.Alert
			More  bool
		}
		if err := json.Unmarshal([]byte(a.text), &body); err != nil || body.More {
			t.Fatalf("got %s, %v, want all of them", a.text, err)
		}
		for _, item := range body.Items {
			all = append(all, fmt.Sprintf("%s %s %d", item.Account, item.Kind, item.Count))
			if item.What == "" || item.Do == "" || r.ask(http.MethodGet, item.Path, "").status != http.StatusOK {
				t.Errorf("got %+v, want what it is, what to do, and a path that is there", item)
			}
		}
		return all
	}
	wants := func(what string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, kinds()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	wants("nothing yet")
	r.announce("one:1", "5")
	for _, path := range []string{"default/campaigns/a", "default/campaigns/b", "shop/campaigns/c"} {
		r.want("enqueue", r.ask(http.MethodPut, "/v1/accounts/"+path, text("Hello.")), http.StatusCreated)
	}
	wants("no worker serves shop", "shop no_worker 1")
	kit.Advance("a", campaign.StateAwaitingApproval, nil)
	kit.Advance("b", campaign.StateDead, nil)
	r.announce("two:2", "7")
	r.want("hold", r.ask(http.MethodPut, "/v1/accounts/shop/hold", `{}`), http.StatusOK)
	if err := r.rdb.Set(t.Context(), "asynq:{default.status}:paused", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	wants("all kinds but one", "shop account_held 1", "shop no_worker 1", "default approval_waiting 1", "default letters 1", "default queue_paused 0", "default workers_differ 0")
	r.caller = access.Caller{Name: "user:ben", Kind: access.OfUser, Grants: []access.Grant{{Role: access.Viewer, Accounts: []string{"shop"}}}}
	wants("of one account", "shop account_held 1", "shop no_worker 1")
	r.caller = adminCaller()
	r.want("lift", r.ask(http.MethodDelete, "/v1/accounts/shop/hold", ""), http.StatusOK)
	kit.Advance("a", campaign.StateReady, nil)
	r.want("purge", r.ask(http.MethodPost, "/v1/accounts/default/campaigns/b/purge", `{}`), http.StatusOK)
	wants("after they were done", "shop no_worker 1", "default queue_paused 0", "default workers_differ 0")
}
