package quote_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/quote"

	_ "github.com/octoq/octoq/internal/testenv" // no test sees the developer's own settings
)

func TestParseKeep(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"7d": quote.DefaultKeep, "12h": 12 * time.Hour, "90m": 90 * time.Minute, "": 0, "d": 0, "0d": 0, "-1d": 0, "-1h": 0, "soon": 0, "1.5d": 0,
		"99999999999d": 0,
	} {
		if got, err := quote.ParseKeep(text); got != want || (err != nil) != (want == 0) {
			t.Errorf("%q: got %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestPartOf(t *testing.T) {
	t.Parallel()
	hour := time.Now().Add(time.Hour)
	labels := map[string]string{"shop": "3"}
	got, err := quote.PartOf("spring")(campaign.Campaign{ID: "c", Labels: labels, Confirm: campaign.ConfirmAuto, SendAt: hour, NotBefore: hour.Add(-2 * time.Hour)})
	want := campaign.Campaign{
		ID: "c", Labels: map[string]string{"shop": "3", "quote": "spring"}, Confirm: campaign.ConfirmManual, SendAt: hour, NotBefore: hour.Add(-2 * time.Hour),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil || len(labels) != 1 {
		t.Errorf("got %v, and %v of the labels that were given (-want +got):\n%s", err, labels, diff)
	}
	for field, c := range map[string]campaign.Campaign{
		"labels.quote": {Labels: map[string]string{"quote": "fall"}}, "not_before": {NotBefore: hour}, "simulation_mode": {SimulationMode: true},
	} {
		_, err := quote.PartOf("spring")(c)
		if invalid, ok := errors.AsType[*campaign.ValidationError](err); !ok || invalid.Faults[0].Field != field {
			t.Errorf("got %v, want %s refused", err, field)
		}
	}
}

// listed are the campaigns of accounts, one a page.
type listed map[string][]campaign.Record

func (l listed) List(_ context.Context, f enqueue.Filter) (enqueue.Page, error) {
	if diff := cmp.Diff(map[string]string{"quote": "spring"}, f.Labels); diff != "" {
		return enqueue.Page{}, errors.New("asked for other labels: " + diff)
	}
	records, at := l[f.Account], len(f.Cursor)
	p := enqueue.Page{Records: records[at : at+1]}
	if at+1 < len(records) {
		p.Next = f.Cursor + "x"
	}
	return p, nil
}

func (l listed) Budgets(_ context.Context, account string) ([]admin.BudgetStanding, error) {
	return []admin.BudgetStanding{{Account: account}}, nil
}

// Balance is known of all accounts that are not called c.
func (l listed) Balance(_ context.Context, account string) (*admin.Balance, error) {
	if account == "c" {
		return nil, nil //nolint:nilnil // no worker has asked
	}
	return &admin.Balance{Amount: 10 * campaign.Euro, At: time.UnixMilli(int64(account[0]))}, nil
}

// Every state counts as what it is: a price counts whatever became of the campaign since,
// and what needs a person without one is not waited for.
func TestWhatAQuoteComesTo(t *testing.T) {
	t.Parallel()
	of := func(state campaign.State, contacts int) campaign.Record {
		return campaign.Record{State: state, Contacts: contacts, Cost: campaign.Money(contacts * 100)}
	}
	all := listed{"a": {
		of(campaign.StateAwaitingApproval, 3), of(campaign.StateSent, 4), of(campaign.StateDead, 5), of(campaign.StatePurged, 0),
		of(campaign.StateCancelled, 6), of(campaign.StateAwaitingApproval, 0),
	}, "b": {of(campaign.StateAwaitingApproval, 1)}}
	adder := quote.Adder{Campaigns: all, Purse: all}
	got, err := adder.Sum(t.Context(), "spring", "a", "b")
	credit := 20 * campaign.Euro
	want := quote.Total{
		Balance: &credit, BalanceAt: time.UnixMilli('a'),
		Quote: "spring", Campaigns: 7, Priced: 3, Dead: 2, Contacts: 8, Cost: 800, Budgets: []admin.BudgetStanding{{Account: "a"}, {Account: "b"}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(quote.Total{})); diff != "" || err != nil || !got.Settled() {
		t.Errorf("got %v, settled %v (-want +got):\n%s", err, got.Settled(), diff)
	}
	for _, state := range []campaign.State{campaign.StateQueued, campaign.StateComputing} {
		all["b"] = []campaign.Record{of(state, 0)}
		if got, err := adder.Sum(t.Context(), "spring", "b"); err != nil || got.Settled() {
			t.Errorf("%s: got %+v, %v, want it waited for", state, got, err)
		}
	}
	all["c"] = []campaign.Record{of(campaign.StateSent, 1)}
	if got, err := adder.Sum(t.Context(), "spring", "a", "c"); err != nil || got.Balance != nil || !got.BalanceAt.IsZero() {
		t.Errorf("credit not known of all accounts: got %v at %s, %v, want none", got.Balance, got.BalanceAt, err)
	}
	all["b"] = []campaign.Record{{State: campaign.StateAwaitingApproval, Approved: true}}
	if got, err := adder.Sum(t.Context(), "spring", "b"); err != nil || got.Settled() {
		t.Errorf("approved without a price: got %+v, %v, want it waited for", got, err)
	}
}
