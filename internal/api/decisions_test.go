package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue/enqueuetest"
)

// worker takes campaigns of the rig to states, as a worker does.
func (r *rig) worker() *enqueuetest.Kit {
	r.t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: r.redis.Addr})
	r.t.Cleanup(func() { _ = rdb.Close() })
	return enqueuetest.New(r.t, enqueuetest.WithRedis(rdb))
}

// bare makes a request whose answer has no body.
func (r *rig) bare(method, path string) int {
	w := httptest.NewRecorder()
	r.api.ServeHTTP(w, httptest.NewRequestWithContext(r.t.Context(), method, path, http.NoBody))
	return w.Code
}

// whys are the entries of a timeline that have a reason.
func (a answer) whys() []string {
	var all []string
	for _, e := range a.body.Timeline {
		all = append(all, fmt.Sprintf("%s %s: %s", e.What, e.Who, e.Why))
	}
	return all
}

func (r *rig) wantWhy(what string, a answer, why string) {
	r.t.Helper()
	if !slices.Contains(a.whys(), why) {
		r.t.Errorf("%s: got the timeline %q, want %q in it", what, a.whys(), why)
	}
}

// A rejection cancels, and names the actor and the reason; after a confirm without an answer
// there is nothing to cancel.
func TestRejectOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	kit := r.worker()
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	r.want("without a reason", r.ask(http.MethodPost, spring+"/reject", `{}`), http.StatusUnprocessableEntity)
	r.want("without a body", r.ask(http.MethodPost, spring+"/reject", ""), http.StatusBadRequest)
	rejected := r.ask(http.MethodPost, spring+"/reject", `{"reason":"a wrong date"}`)
	r.want("reject", rejected, http.StatusOK)
	for _, want := range []string{`"state":"cancelled"`, `"rejected_by":"user:anna"`, `"reject_reason":"a wrong date"`} {
		if !strings.Contains(rejected.text, want) {
			t.Errorf("reject: got %s, want %s in it", rejected.text, want)
		}
	}
	r.wantWhy("reject", r.ask(http.MethodGet, spring, ""), "rejected user:anna: a wrong date")

	const tried = "/v1/accounts/default/campaigns/tried"
	r.want("another", r.ask(http.MethodPut, tried, text("Hello.")), http.StatusCreated)
	kit.Advance("tried", campaign.StateAwaitingApproval, func(r *campaign.Record) { r.ConfirmTried, r.MaybeConfirmed = true, true })
	dead := r.ask(http.MethodPost, tried+"/reject", `{"reason":"too dear"}`)
	r.want("after a confirm", dead, http.StatusOK)
	for _, want := range []string{`"state":"dead"`, `"class":"declined"`, `"maybe_confirmed":true`} {
		if !strings.Contains(dead.text, want) {
			t.Errorf("after a confirm: got %s, want %s in it", dead.text, want)
		}
	}
	r.want("replay needs force", r.ask(http.MethodPost, tried+"/replay", `{"reason":"it was not sent"}`), http.StatusConflict)
	forced := r.ask(http.MethodPost, tried+"/replay", `{"reason":"it was not sent","force":true}`)
	r.want("replay by force", forced, http.StatusOK)
	r.wantWhy("replay by force", forced, "replay_requested user:anna: it was not sent")
}

// Cancel and purge have their reasons on the timeline.
func TestReasons(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	kit := r.worker()
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	r.want("a long reason", r.ask(http.MethodPost, spring+"/cancel", `{"reason":"`+strings.Repeat("x", 501)+`"}`), http.StatusUnprocessableEntity)
	r.want("cancel", r.ask(http.MethodPost, spring+"/cancel", `{"reason":"no stock"}`), http.StatusOK)
	r.wantWhy("cancel", r.ask(http.MethodGet, spring, ""), "cancel_requested user:anna: no stock")

	const dead = "/v1/accounts/default/campaigns/dead"
	r.want("another", r.ask(http.MethodPut, dead, text("Hello.")), http.StatusCreated)
	kit.Advance("dead", campaign.StateDead, nil)
	r.want("purge", r.ask(http.MethodPost, dead+"/purge", `{"reason":"a test"}`), http.StatusOK)
	r.wantWhy("purge", r.ask(http.MethodGet, dead, ""), "purged user:anna: a test")
}

// A field that is null is one that is left out.
func TestNullIsAbsent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	plain := strings.Replace(text("Hello."), "{", `{"labels":{"shop":"3"},`, 1)
	nulls := strings.Replace(text("Hello."), "{", `{"send_at":null,"max_cost":null,"id":null,"simulation_mode":null,"labels":{"shop":"3","season":null},`, 1)
	r.want("new", r.ask(http.MethodPut, spring, plain), http.StatusCreated)
	r.want("with nulls", r.ask(http.MethodPut, spring, nulls), http.StatusOK)
	r.want("the list is missing", r.ask(http.MethodPut, spring, strings.Replace(text("Hello."), `"customers"`, "null", 1)), http.StatusUnprocessableEntity)
	r.want("twice", r.ask(http.MethodPut, spring, strings.Replace(text("Hello."), "{", `{"text":null,`, 1)), http.StatusUnprocessableEntity)
	r.want("an unknown one", r.ask(http.MethodPut, spring, strings.Replace(text("Hello."), "{", `{"colour":null,`, 1)), http.StatusUnprocessableEntity)
}

// A price is approved as a text, or as the number that records have.
func TestApproveTextAndNumber(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	kit := r.worker()
	r.want("enqueue", r.ask(http.MethodPut, spring, text("Hello.")), http.StatusCreated)
	kit.Advance("spring", campaign.StateAwaitingApproval, func(r *campaign.Record) { r.Cost, r.Contacts = 197500, 20 })
	for _, body := range []string{`{"cost":"19.74"}`, `{"cost":19.74}`} {
		r.want(body, r.ask(http.MethodPost, spring+"/approve", body), http.StatusConflict)
	}
	for _, body := range []string{`{"cost":[19.75]}`, `{"cost":true}`, `{"cost":"\"19.75"}`, `{"cost":"19,75"}`} {
		r.want(body, r.ask(http.MethodPost, spring+"/approve", body), http.StatusUnprocessableEntity)
	}
	for _, body := range []string{`{"cost":"19.75","number_of_contacts":20}`, `{"cost":19.75,"number_of_contacts":20}`, `{"up_to":19.7501}`} {
		r.want(body, r.ask(http.MethodPost, spring+"/approve", body), http.StatusOK)
	}
}
