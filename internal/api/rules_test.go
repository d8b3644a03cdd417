package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/api"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/budgetstore"
	"github.com/octoq/octoq/internal/presence"
)

// rulesOf are the rules of the default account over HTTP.
func (r *rig) rulesOf() admin.RulesStanding {
	r.t.Helper()
	a := r.ask(http.MethodGet, "/v1/accounts/default/rules", "")
	r.want("rules", a, http.StatusOK)
	var s admin.RulesStanding
	if err := json.Unmarshal([]byte(a.text), &s); err != nil {
		r.t.Fatal(err)
	}
	return s
}

// A PUT takes the place of all that was set before; what config files say holds beside
// it, the stricter of two, and stays.
func TestRulesByHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if got := r.rulesOf(); got.Rules != (budget.Rules{}) {
		t.Errorf("before any were set: got %+v, want none", got)
	}
	file := budget.Rules{ApproveAbove: 50 * campaign.Euro, ApproveBy: budget.ByOther}
	err := budgetstore.New(r.rdb).Change(t.Context(), "default", func(p budget.StoredPolicy) (budget.StoredPolicy, error) { return p.WithConfig(file, nil), nil })
	if err != nil {
		t.Fatal(err)
	}
	set := r.ask(http.MethodPut, "/v1/accounts/default/rules", `{"confirm":"manual","approve_above":"100.00","window":"Mo-Fr 09:00-18:00 Europe/Paris"}`)
	r.want("set", set, http.StatusOK)
	got := r.rulesOf()
	want := budget.Rules{Confirm: campaign.ConfirmManual, ApproveAbove: 50 * campaign.Euro, ApproveBy: budget.ByOther, Window: "Mo-Fr 09:00-18:00 Europe/Paris"}
	if got.Rules != want || got.Config != file || got.Set.ApproveAbove != 100*campaign.Euro || got.Set.ApproveBy != "" {
		t.Errorf("got %+v, want %+v in force, and where they come from", got, want)
	}
	r.want("again, others", r.ask(http.MethodPut, "/v1/accounts/default/rules", `{"approve_above_contacts":20}`), http.StatusOK)
	if got := r.rulesOf(); got.Set != (budget.Rules{ApproveAboveContacts: 20}) || got.Config != file {
		t.Errorf("got %+v, want the second ones in the place of the first", got)
	}
	for body, field := range map[string]string{
		`{"confirm":"yes"}`: "confirm", `{"approve_above":"much"}`: "approve_above", `{"approve_above":"-1"}`: "approve_above", `{"window":"at night"}`: "window", `{"approve_by":"me"}`: "approve_by",
	} {
		a := r.ask(http.MethodPut, "/v1/accounts/default/rules", body)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, field) {
			t.Errorf("%s: got %d %s, want 422 that names %s", body, a.status, a.text, field)
		}
	}
	if got := r.rulesOf(); got.Set != (budget.Rules{ApproveAboveContacts: 20}) {
		t.Errorf("after refusals: got %+v, want what was set", got.Set)
	}
	r.want("no account", r.ask(http.MethodPut, "/v1/accounts/No/rules", `{}`), http.StatusNotFound)
	r.want("a campaign", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/a", text("Hello.")), http.StatusCreated)
	if a := r.ask(http.MethodGet, "/v1/accounts/default", ""); !strings.Contains(a.text, `"rules":{"approve_above":50`) {
		t.Errorf("the account: got %s, want its rules", a.text)
	}
}

// One request stops every account that is known, those that only a worker knows among
// them, and one lifts what was set by hand, each on record.
func TestOneStopForEverything(t *testing.T) {
	t.Parallel()
	r := newRigOf(t, func(cfg *api.Config) {
		plain, log := cfg.Operator, cfg.People.Store
		cfg.Operator = func(who string) (*admin.Service, error) {
			service, err := plain(who)
			if err != nil {
				return nil, err
			}
			return service.Noting(func(ctx context.Context, n admin.Note) {
				if err := log.As(who, "").Note(ctx, accessstore.AuditEntry{Action: n.Action, Account: n.Account, Detail: n.Detail}); err != nil {
					t.Error(err)
				}
			}), nil
		}
	})
	for _, path := range []string{"default/campaigns/a", "shop/campaigns/b"} {
		r.want("enqueue", r.ask(http.MethodPut, "/v1/accounts/"+path, text("Hello.")), http.StatusCreated)
	}
	if err := presence.NewProcess(r.rdb, []string{"shop", "new"}).Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	held := func() (all []string) {
		t.Helper()
		operator, err := admin.New(r.rdb, "user:anna", 0)
		if err != nil {
			t.Fatal(err)
		}
		holds, err := operator.Holds(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range holds {
			all = append(all, h.Account+": "+h.Message)
		}
		slices.Sort(all)
		return all
	}
	a := r.ask(http.MethodPut, "/v1/hold", `{"message":"a wrong price"}`)
	r.want("stop", a, http.StatusOK)
	if want := `{"accounts":["default","new","shop"],"held":true}`; strings.TrimSpace(a.text) != want {
		t.Errorf("got %s, want %s", a.text, want)
	}
	if got, want := held(), []string{"default: a wrong price", "new: a wrong price", "shop: a wrong price"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	r.caller = access.Caller{Name: "user:ben", Kind: access.OfUser, Grants: []access.Grant{{Role: access.Operator, Accounts: []string{"default", "new", "shop"}}}}
	r.want("by an operator of some accounts", r.ask(http.MethodDelete, "/v1/hold", ""), http.StatusForbidden)
	r.caller = adminCaller()
	lifted := r.ask(http.MethodDelete, "/v1/hold", "")
	r.want("lift", lifted, http.StatusOK)
	if got := held(); len(got) != 0 || !strings.Contains(lifted.text, `["default","new","shop"],"held":false`) {
		t.Errorf("after the lift: got %q and %s, want no hold", got, lifted.text)
	}
	if log := r.ask(http.MethodGet, "/v1/audit", ""); strings.Count(log.text, `"hold.set"`) != 3 || strings.Count(log.text, `"hold.clear"`) != 3 {
		t.Errorf("audit: got %s, want three holds and three lifts", log.text)
	}
}
