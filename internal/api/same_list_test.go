package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
)

// A campaign that waits to be approved says which others go to the same list: those that
// were sent, and those that need no further word. Reading it often asks Redis once.
func TestTheSameListIsAWarning(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	kit := r.worker()
	for _, id := range []string{"sent", "ready", "waits", "self"} {
		r.want("enqueue", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/"+id, text("Hello.")), http.StatusCreated)
	}
	r.want("another list", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/other", strings.ReplaceAll(text("Hello."), "customers", "team")), http.StatusCreated)
	priced := func(rec *campaign.Record) { rec.Cost, rec.Contacts = 197500, 20 }
	for id, state := range map[string]campaign.State{
		"sent": campaign.StateSent, "other": campaign.StateSent, "ready": campaign.StateReady, "waits": campaign.StateAwaitingApproval, "self": campaign.StateAwaitingApproval,
	} {
		kit.Advance(id, state, priced)
	}
	if err := r.rdb.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		a := r.ask(http.MethodGet, "/v1/accounts/default/campaigns/self", "")
		r.want("self", a, http.StatusOK)
		if got := fmt.Sprint(a.body.Warnings); len(a.body.Warnings) != 2 || !strings.Contains(got, "campaign sent went to the same people at ") || !strings.Contains(got, "campaign ready goes to the same people now") {
			t.Errorf("got %s, want the two others to this list", got)
		}
	}
	stats, err := r.rdb.InfoMap(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	if got := stats["Commandstats"]["cmdstat_zrevrangebyscore"] + stats["Commandstats"]["cmdstat_zrange"]; !strings.HasPrefix(got, "calls=4,") {
		t.Errorf("three looks asked for indexes: got %q, want four in all, one of each state", got)
	}
	if a := r.ask(http.MethodGet, "/v1/accounts/default/campaigns/sent", ""); len(a.body.Warnings) != 0 {
		t.Errorf("of what has ended: got %v, want no warning", a.body.Warnings)
	}
	approved := r.ask(http.MethodPost, "/v1/accounts/default/campaigns/self/approve", `{"up_to":"25.00"}`)
	r.want("approve", approved, http.StatusOK)
	if len(approved.body.Warnings) != 2 {
		t.Errorf("the approval: got %s, want the warnings", approved.text)
	}
}
