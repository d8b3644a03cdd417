package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/action"
)

// carriesOut carries out what is begun, as octoq web does, until the test ends.
func (r *rig) carriesOut() {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.actions.Run(ctx, func(err error) { r.t.Errorf("an action was broken off: %v", err) })
	}()
	r.t.Cleanup(func() { cancel(); <-ended })
}

// waiting makes n campaigns that wait for a person, at 1 € each.
func (r *rig) waiting(n int) {
	r.t.Helper()
	kit := r.worker()
	for i := range n {
		id := fmt.Sprint("c", i)
		r.want("enqueue", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/"+id, text("Hello.")), http.StatusCreated)
		kit.Advance(id, campaign.StateAwaitingApproval, func(r *campaign.Record) { r.Cost, r.Contacts = 10_000, 20 })
	}
}

// act is a request of an action, and what came back.
func (r *rig) act(body string, status int) (plan string, s action.Status) {
	r.t.Helper()
	a := r.ask(http.MethodPost, "/v1/actions", body)
	r.want(body, a, status)
	var got struct {
		Plan string `json:"plan"`
		action.Status
	}
	if err := json.Unmarshal([]byte(a.text), &got); err != nil {
		r.t.Fatal(err)
	}
	return got.Plan, got.Status
}

// ended waits until an action has ended.
func (r *rig) ended(id string) action.Status {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		a := r.ask(http.MethodGet, "/v1/actions/"+id, "")
		r.want("look", a, http.StatusOK)
		var s action.Status
		if err := json.Unmarshal([]byte(a.text), &s); err != nil {
			r.t.Fatal(err)
		}
		if s.State == action.Finished || s.State == action.Stopped {
			return s
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("it has not ended: %s", a.text)
		}
	}
}

// An action over HTTP: a dry run, then its plan, then how far it has come.
func TestActionsOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.carriesOut()
	r.waiting(12)
	const order = `{"action":"approve","account":"default","filter":{"list_name":"customers"},"dry_run":true}`
	seen := r.ask(http.MethodPost, "/v1/actions", order)
	r.want("dry run", seen, http.StatusOK)
	for _, want := range []string{`"campaigns":12`, `"contacts":240`, `"cost":12`, `"sample":[{"id":"c11","account":"default","campaign":{`} {
		if !strings.Contains(seen.text, want) {
			t.Errorf("dry run: got %s, want %s in it", seen.text, want)
		}
	}
	plan, _ := r.act(order, http.StatusOK)
	r.want("a plan that was not begun", r.ask(http.MethodGet, "/v1/actions/"+plan, ""), http.StatusNotFound)
	kit := r.worker()
	kit.Advance("c3", campaign.StateAwaitingApproval, func(r *campaign.Record) { r.Cost = 20_000 })
	_, begun := r.act(`{"plan":"`+plan+`"}`, http.StatusAccepted)
	if begun.ID != plan || begun.Total != 12 || begun.By != "user:anna" || begun.State == "" {
		t.Errorf("begin: got %+v, want the action", begun)
	}
	s := r.ended(plan)
	if s.State != action.Finished || s.Done != 11 || s.Skipped != 1 || s.Failed != 0 || len(s.Problems) != 1 || s.Problems[0].ID != "c3" {
		t.Errorf("got %+v, want 11 done, and c3 skipped", s)
	}
	r.wantWhy("approve", r.ask(http.MethodGet, "/v1/accounts/default/campaigns/c1", ""), "approved user:anna: up to 1.00 € and 20 contacts")
	r.act(`{"plan":"`+plan+`"}`, http.StatusAccepted) // sent again
	if audit := r.ask(http.MethodGet, "/v1/audit", ""); strings.Count(audit.text, "action.begin") != 1 || !strings.Contains(audit.text, `"action":"action.begin","subject":"approve `+plan+`","account":"default"`) {
		t.Errorf("audit: got %s, want that it was begun", audit.text)
	}
	r.want("stop what has ended", r.ask(http.MethodPost, "/v1/actions/"+plan+"/stop", ""), http.StatusAccepted)
}

func TestActionsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	plan, _ := r.act(`{"action":"cancel","account":"default","filter":{"id_prefix":"c"},"dry_run":true}`, http.StatusOK)
	for name, tt := range map[string]struct {
		body, field string
	}{
		"nothing":               {`{}`, "action"},
		"no account":            {`{"action":"cancel","filter":{"id_prefix":"c"},"dry_run":true}`, "account"},
		"no dry run":            {`{"action":"cancel","account":"default","filter":{"id_prefix":"c"}}`, "dry_run"},
		"no filter":             {`{"action":"cancel","account":"default","dry_run":true}`, ""},
		"an empty filter":       {`{"action":"cancel","account":"default","filter":{"labels":{}},"dry_run":true}`, ""},
		"an empty list":         {`{"action":"cancel","account":"default","filter":{"id_prefix":"c","list_name":""},"dry_run":true}`, "filter.list_name"},
		"no states":             {`{"action":"cancel","account":"default","filter":{"id_prefix":"c","state":[]},"dry_run":true}`, "filter.state"},
		"no labels":             {`{"action":"cancel","account":"default","filter":{"id_prefix":"c","labels":{}},"dry_run":true}`, "filter.labels"},
		"a misspelt filter":     {`{"action":"cancel","account":"default","filter":{"list":"c"},"dry_run":true}`, "filter.list"},
		"another action":        {`{"action":"force","account":"default","filter":{"id_prefix":"c"},"dry_run":true}`, "action"},
		"a state that is final": {`{"action":"cancel","account":"default","filter":{"state":["sent"]},"dry_run":true}`, ""},
		"a plan and a filter":   {`{"plan":"` + plan + `","filter":{"id_prefix":"c"}}`, "plan"},
	} {
		a := r.ask(http.MethodPost, "/v1/actions", tt.body)
		r.want(name, a, http.StatusUnprocessableEntity)
		if tt.field != "" && !strings.Contains(strings.Join(a.fields(), " "), tt.field) {
			t.Errorf("%s: got %s, want that it names %s", name, a.text, tt.field)
		}
	}
	const unknown = "default.aaaaaaaaaaaaaaaa"
	r.want("begin an unknown one", r.ask(http.MethodPost, "/v1/actions", `{"plan":"`+unknown+`"}`), http.StatusNotFound)
	r.want("no id", r.ask(http.MethodGet, "/v1/actions/x", ""), http.StatusNotFound)
	r.want("an unknown one", r.ask(http.MethodGet, "/v1/actions/"+unknown, ""), http.StatusNotFound)
	r.want("stop an unknown one", r.ask(http.MethodPost, "/v1/actions/"+unknown+"/stop", ""), http.StatusNotFound)
}

// An act by filter needs the role of the single act, in the account of the plan.
func TestActionsNeedTheRoleOfTheAct(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	plans := map[action.Verb]string{}
	for _, v := range action.Verbs() {
		reason := map[action.Verb]string{action.Reject: `,"reason":"no"`}[v]
		plans[v], _ = r.act(fmt.Sprintf(`{"action":%q,"account":"own","filter":{"id_prefix":"c"},"dry_run":true%s}`, v, reason), http.StatusOK)
	}
	for _, role := range access.Roles() {
		for _, account := range []string{"own", "other"} {
			r.caller = access.Caller{Name: "user:ben", Kind: access.OfUser, Grants: []access.Grant{{Role: role, Accounts: []string{account}}}}
			for v, plan := range plans {
				decides := v == action.Approve || v == action.Reject
				may := account == "own" && (role == access.Admin || role == access.Approver && decides || role == access.Operator && !decides)
				requests := map[string]answer{
					"dry run": r.ask(http.MethodPost, "/v1/actions", fmt.Sprintf(`{"action":%q,"account":"own","filter":{"id_prefix":"c"},"reason":"","dry_run":true}`, v)),
					"begin":   r.ask(http.MethodPost, "/v1/actions", `{"plan":"`+plan+`"}`),
					"stop":    r.ask(http.MethodPost, "/v1/actions/"+plan+"/stop", ""),
				}
				for what, a := range requests {
					if got := a.status != http.StatusForbidden; got != may {
						t.Errorf("%s of %s as %s of %s: got %d %s, want allowed: %v", what, v, role, account, a.status, a.text, may)
					}
				}
				const unknown = "own.aaaaaaaaaaaaaaaa" // of another account nothing is said, not even that there is no such plan
				if a := r.ask(http.MethodPost, "/v1/actions", `{"plan":"`+unknown+`"}`); account == "other" && a.status != http.StatusForbidden {
					t.Errorf("an unknown plan as %s of %s: got %d %s, want it refused", role, account, a.status, a.text)
				}
				if got := r.ask(http.MethodGet, "/v1/actions/"+plan, "").status != http.StatusForbidden; got != (account == "own") {
					t.Errorf("look as %s of %s: got allowed: %v", role, account, got)
				}
			}
		}
	}
}
