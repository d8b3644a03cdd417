package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/quote"
	"github.com/octoq/octoq/internal/quotestore"
)

const quotesPath = "/v1/accounts/default/quotes"

// quote asks what campaigns will cost, one a line.
func (r *rig) quote(query, body string) (answer, quote.Total) {
	r.t.Helper()
	return sumIn(r.t, r.ask(http.MethodPost, quotesPath+query, body, "Content-Type", ndjson))
}

func sumIn(t *testing.T, a answer) (answer, quote.Total) {
	t.Helper()
	var s quote.Total
	if a.status < http.StatusBadRequest {
		if err := json.Unmarshal([]byte(a.text), &s); err != nil {
			t.Fatalf("%v in %s", err, a.text)
		}
	}
	return a, s
}

// A quote is asked for, priced by a worker, and found at its location meanwhile; the
// campaigns are those that octoq approve --label quote=NAME lets go.
func TestAQuoteOverHTTP(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want("a budget", r.ask(http.MethodPut, "/v1/accounts/default/budgets/all", `{"per":"month","amount":"500.00"}`), http.StatusOK)
	a, s := r.quote("?name=spring&keep=2d", lines(3, nil))
	r.want("quote", a, http.StatusAccepted)
	if at := a.header.Get("Location"); at != quotesPath+"/spring" {
		t.Errorf("got the Location %q", at)
	}
	if s.Quote != "spring" || s.Campaigns != 3 || s.Priced != 0 || len(s.Budgets) != 1 || s.Budgets[0].Name != "all" {
		t.Errorf("got %+v, want three without a price, and the budget", s)
	}
	found := r.ask(http.MethodGet, "/v1/accounts/default/campaigns/c0", "")
	if c := found.body.Campaign; c.Confirm != campaign.ConfirmManual || c.Labels["quote"] != "spring" {
		t.Errorf("got %+v, want it to wait as part of the quote", c)
	}

	priced := func(rec *campaign.Record) { rec.Cost, rec.Contacts = 197500, 20 }
	kit := r.worker()
	kit.Advance("c0", campaign.StateAwaitingApproval, priced)
	a, s = sumIn(t, r.ask(http.MethodGet, quotesPath+"/spring", ""))
	r.want("one is priced", a, http.StatusAccepted)
	if s.Priced != 1 || s.Cost != 197500 || s.Contacts != 20 {
		t.Errorf("got %+v, want one with a price", s)
	}
	kit.Advance("c1", campaign.StateAwaitingApproval, priced)
	kit.Advance("c2", campaign.StateDead, nil)
	a, s = r.quote("?name=spring&keep=2d", lines(3, nil))
	r.want("the same again", a, http.StatusOK)
	want := quote.Total{Quote: "spring", Campaigns: 3, Priced: 2, Dead: 1, Contacts: 40, Cost: 395000, Budgets: s.Budgets}
	if diff := cmp.Diff(want, s, cmp.AllowUnexported(quote.Total{})); diff != "" {
		t.Errorf("all have ended or are priced (-want +got):\n%s", diff)
	}
}

// What is not approved of a quote ends after the time that was asked for.
func TestAQuoteOverHTTPEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, query := range map[string]string{"long": "?name=long&keep=2d", "short": "?name=short&keep=12h"} {
		a, _ := r.quote(query, text(name))
		r.want(name, a, http.StatusAccepted)
	}
	store := quotestore.New(r.rdb)
	for after, want := range map[time.Duration][]string{11 * time.Hour: {}, 13 * time.Hour: {"short"}, 49 * time.Hour: {"short", "long"}} {
		got, err := store.Ended(t.Context(), "default", time.Now().Add(after))
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("after %s: got %q, %v, want %q", after, got, err, want)
		}
	}
}

// Two quotes without a name are two.
func TestQuotesWithoutAName(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first, one := r.quote("", text("Hello."))
	second, two := r.quote("", text("Hello."))
	r.want("first", first, http.StatusAccepted)
	r.want("second", second, http.StatusAccepted)
	if one.Quote == two.Quote || one.Campaigns != 1 || two.Campaigns != 1 || !strings.HasPrefix(one.Quote, "q-") {
		t.Errorf("got %+v and %+v, want two quotes of one campaign each", one, two)
	}
}

// Of a quote with a fault nothing is enqueued, and all faults are said.
func TestQuotesThatAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	good := text("Hello.")
	with := func(member string) string { return strings.Replace(good, "{", "{"+member+",", 1) }
	for what, tc := range map[string]struct {
		query, body, want string
		status            int
	}{
		"a line without a text":   {"", good + "\n" + `{"id":"x"}`, "line 2: ", 422},
		"one to come":             {"", with(`"not_before":"2099-01-01T00:00:00Z"`), "line 1: is not over yet", 422},
		"a simulation":            {"", with(`"simulation_mode":true`), "has no price", 422},
		"of another quote":        {"?name=a", with(`"labels":{"quote":"b"}`), "is that of another quote", 422},
		"of another account":      {"", with(`"account":"other"`), "is not that of the path", 422},
		"no campaign":             {"", "\n", "There is no campaign", 422},
		"a bad name":              {"?name=a%20b", good, "want 1 to 64", 422},
		"a bad time":              {"?keep=soon", good, "want a duration", 422},
		"no time":                 {"?keep=0d", good, "want a duration", 422},
		"a name given twice":      {"?name=a&name=b", good, "is given twice", 422},
		"an unknown parameter":    {"?dry_run=true", good, "is no parameter", 422},
		"JSON that is not a line": {"", "[", "line 1: ", 422},
	} {
		a, _ := r.quote(tc.query, tc.body)
		if a.status != tc.status || !strings.Contains(a.text, tc.want) {
			t.Errorf("%s: got %d %s, want %d with %q", what, a.status, a.text, tc.status, tc.want)
		}
	}
	r.want("another type", r.ask(http.MethodPost, quotesPath, "[]"), http.StatusUnsupportedMediaType)
	if left := r.queued(); len(left) != 0 {
		t.Errorf("got %q enqueued, want nothing", left)
	}
	r.want("a quote that there is not", r.ask(http.MethodGet, quotesPath+"/none", ""), http.StatusNotFound)
}

// An id that has another content is no part of the quote; a token whose campaigns are
// simulated gets no price.
func TestQuotesOfKnownIDsAndTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.want("prepare", r.ask(http.MethodPut, "/v1/accounts/default/campaigns/c1", text("Another text.")), http.StatusCreated)
	a, _ := r.quote("?name=spring", lines(3, nil))
	r.want("a known id", a, http.StatusConflict)
	if !strings.Contains(a.text, "line 2: ") || !strings.Contains(a.body.Detail, "2 others are") {
		t.Errorf("got %s, want the second line named", a.text)
	}
	_, s := sumIn(t, r.ask(http.MethodGet, quotesPath+"/spring", ""))
	if s.Campaigns != 2 {
		t.Errorf("got %+v, want the two others", s)
	}
	r.caller.Forces = access.Simulate
	a, _ = r.quote("?name=fall", text("Hello."))
	r.want("a token of the kind simulate", a, http.StatusUnprocessableEntity)
}

// While Redis is away a quote is refused as the other requests are.
func TestAQuoteWithoutRedis(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.redis.Stop()
	a, _ := r.quote("?name=spring", text("Hello."))
	r.want("quote", a, http.StatusServiceUnavailable)
	r.want("get", r.ask(http.MethodGet, quotesPath+"/spring", ""), http.StatusServiceUnavailable)
}
