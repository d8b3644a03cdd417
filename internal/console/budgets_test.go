package console_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/simulator"
	"github.com/octoq/octoq/worker"
)

// works runs a worker against the simulated API, where every list has 20 contacts of 0.05 €.
func (r *rig) works(budgets []worker.Budget, strict ...string) {
	r.t.Helper()
	sim, err := simulator.New(simulator.Config{Contacts: 20, PricePerContact: 0.05, Strict: strict})
	if err != nil {
		r.t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(r.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	account := worker.Account{
		APIURL: "http://" + l.Addr().String() + "/v1/public", Login: simulator.DefaultLogin, Key: worker.Secret(simulator.DefaultKey),
		Rate: 100, Burst: 100, PollFirst: 20 * time.Millisecond, Backoff: 50 * time.Millisecond, Budgets: budgets,
	}
	w, err := worker.New(worker.Config{Redis: r.rdb, Accounts: map[string]worker.Account{campaign.DefaultAccount: account, "shop": account}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.beside(func(ctx context.Context) error { return sim.Run(ctx, l) })
	r.beside(w.Run)
}

// beside runs something until the test ends.
func (r *rig) beside(run func(context.Context) error) {
	ctx, stop := context.WithCancel(context.WithoutCancel(r.t.Context()))
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	r.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	})
}

// becomes waits until a campaign of the default account is as it is to be.
func (r *rig) becomes(id string, is func(campaign.Record) bool) {
	r.t.Helper()
	r.becomesIn(campaign.DefaultAccount, id, is)
}

func (r *rig) becomesIn(account, id string, is func(campaign.Record) bool) {
	r.t.Helper()
	deadline, tick := time.NewTimer(time.Minute), time.NewTicker(10*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for {
		got, err := r.client.Get(r.t.Context(), account, id)
		if err == nil && is(got) {
			return
		}
		select {
		case <-deadline.C:
			r.t.Fatalf("campaign %s of account %s: got %+v and %v", id, account, got, err)
		case <-tick.C:
		}
	}
}

func sent(c campaign.Record) bool { return c.State == campaign.StateSent }

func asks(c campaign.Record) bool { return c.State == campaign.StateAwaitingApproval }

// An admin adds, changes and removes budgets; a form that was made from what has changed
// since does nothing, one of a config file has no form, and others have none at all.
func TestBudgetsAreSetAndRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.works([]worker.Budget{{Name: "file", Per: "day", Amount: 500_0000}})
	r.enqueue("first", "Hello.", campaign.StateQueued, nil)
	r.becomes("first", sent)
	const add, change, remove = "/accounts/default/budgets", "/accounts/default/budgets/spring/change", "/accounts/default/budgets/spring/remove"
	page := r.get("/accounts")
	page.want(http.StatusOK, "The config file of workers sets it", "0 % used or reserved: 1.00 € used, 0.00 € reserved, of 500.00 €")
	page.lacks("budgets/file/change", "budgets/file/remove")
	refused := r.press(page, add, "name", "spring", "per", "month", "amount", "much", "over", "ask", "label", "season")
	refused.want(http.StatusUnprocessableEntity, "amount", `value="much"`, `value="season"`)
	r.press(page, add, "name", "Spring!", "per", "month", "amount", "5", "over", "ask").want(http.StatusUnprocessableEntity, "name")
	r.press(page, add, "name", "", "per", "month", "amount", "5", "over", "ask").want(http.StatusUnprocessableEntity, "needs a name")
	r.press(page, add, "name", "spring", "per", "month", "amount", "5", "over", "ask", "contacts", "all").want(http.StatusUnprocessableEntity, "no whole number")
	r.press(page, add, "name", "file", "per", "month", "amount", "5", "over", "ask").want(http.StatusConflict, "There is a budget file")
	set := r.press(page, add, "name", "spring", "per", "month", "amount", "1.25", "contacts", "40", "over", "wait", "zone", "Europe/Paris")
	set.want(http.StatusOK, "The budget is set.", "0.00 € used, 0.00 € reserved, of 1.25 €", "waits for the next period", "Europe/Paris")
	r.enqueue("second", "Hello.", campaign.StateQueued, nil)
	r.becomes("second", sent)
	r.get("/accounts").want(http.StatusOK, "80 % used or reserved: 1.00 € used, 0.00 € reserved, of 1.25 €", "50 % used or reserved: 20 contacts used, 0 contacts reserved, of 40 contacts")
	changed := r.press(set, change, "per", "month", "amount", "2", "over", "ask", "zone", "Europe/Berlin") // whose periods are those of Paris
	changed.want(http.StatusOK, "The budget is set.", "50 % used or reserved: 1.00 € used, 0.00 € reserved, of 2.00 €")
	r.press(set, change, "per", "month", "amount", "3", "over", "ask").want(http.StatusPreconditionFailed, "has changed since")
	r.press(set, remove).want(http.StatusPreconditionFailed)
	r.ask(http.MethodPost, remove, url.Values{}).want(http.StatusPreconditionRequired)
	r.ask(http.MethodPost, "/accounts/default/budgets/file/remove", url.Values{"etag": {"x"}}).want(http.StatusPreconditionFailed)
	r.caller = callerWith(access.Operator)
	r.get("/accounts").lacks(`action="`+add, "Remove budget")
	r.ask(http.MethodPost, add, url.Values{}).want(http.StatusForbidden)
	r.caller = callerWith(access.Admin)
	r.press(changed, remove).want(http.StatusOK, "The budget is removed.")
	r.get("/accounts").lacks("spring")
}

// The page of a decision shows which budget a campaign waits for, and how full it is; and so
// does the overview.
func TestTheBudgetThatACampaignWaitsForIsNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.works([]worker.Budget{{Name: "spring_sales", Per: "month", Amount: 1_2000}, {Name: "other", Per: "day", Amount: 900_0000}})
	for _, id := range []string{"fits", "exceeds"} {
		r.enqueue(id, "Hello.", campaign.StateQueued, nil)
		r.becomes(id, func(c campaign.Record) bool { return sent(c) || asks(c) })
	}
	for _, path := range []string{"/approvals", "/campaigns/default/exceeds"} {
		page := r.get(path)
		page.want(http.StatusOK, "has not enough left", "budget spring_sales (1.20 € a month)", "83 % used or reserved: 1.00 € used, 0.00 € reserved, of 1.20 €", `href="/accounts#budgets-default">spring_sales`)
		page.lacks(">other<", "without a ticket", "spring sales")
	}
	r.get("/campaigns/default/fits").lacks("spring_sales")
	overview := r.get("/")
	overview.want(http.StatusOK, "Of budget spring_sales", "83 %", "/accounts#budgets-default")
	overview.lacks("· for ") // its period has begun before it was nearly used
}

// A campaign whose ticket made room for others says that it waits without one, and still
// why it waits.
func TestACampaignWithoutATicketSaysSo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.works([]worker.Budget{{Name: "month", Per: "month", Amount: 1_5000}}, simulator.StrictPending)
	r.enqueue("fits", "Hello.", campaign.StateQueued, nil)
	r.becomes("fits", sent)
	r.enqueue("blocks", "Hello.", campaign.StateQueued, nil)
	r.becomes("blocks", asks)
	r.get("/approvals").lacks("without a ticket")
	r.enqueue("exceeds", "Hello.", campaign.StateQueued, nil)
	r.becomes("exceeds", func(c campaign.Record) bool { return c.LastRefusal != nil }) // from now on tickets make room
	r.press(r.get("/campaigns/default/blocks"), "/campaigns/default/blocks/cancel").want(http.StatusOK)
	r.becomes("exceeds", func(c campaign.Record) bool { return asks(c) && c.Ticket == "" })
	for _, path := range []string{"/approvals", "/campaigns/default/exceeds"} {
		r.get(path).want(http.StatusOK, "It waits without a ticket at Octopush", "once it is approved", "It waits: 20 contacts, 1.00 €: budget month (1.50 € a month) has not enough left", "67 % used or reserved")
	}
}

// The overview draws what the last days cost, and says the same in a table.
func TestTheOverviewHasFigures(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.works(nil)
	for _, id := range []string{"one", "two"} {
		r.enqueue(id, "Hello.", campaign.StateQueued, nil)
		r.becomes(id, sent)
	}
	third := campaign.Campaign{ID: "three", Account: "shop", ListName: "customers", Text: "Hello.", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert}
	if _, err := r.client.Enqueue(t.Context(), third); err != nil {
		t.Fatal(err)
	}
	r.becomesIn("shop", "three", sent)
	page := r.get("/")
	page.want(http.StatusOK, "Cost <strong>3.00 €</strong>", "Campaigns sent <strong>3</strong>", "Campaigns failed <strong>0</strong>", "most on ")
	if bars := regexp.MustCompile(`<rect class="used" x="\d+" y="0" width="8" height="100">`).FindAllString(page.text, -1); len(bars) != 2 {
		t.Errorf("got %d bars of full height, want one of cost and one of what was sent: %s", len(bars), page.main())
	}
	today := time.Now().UTC().Format("Mon 2 Jan")
	row := `<th scope="row">` + today + `</th><td class="number" data-label="Cost">3.00 €</td><td class="number" data-label="Sent">3</td>`
	if !strings.Contains(page.text, row) || strings.Count(page.text, `<th scope="row">`) != 14 {
		t.Errorf("the table has not 14 days, with %s: %s", row, page.main())
	}
	r.caller = callerWith(access.Viewer, "shop")
	one := r.get("/")
	one.want(http.StatusOK, "Cost <strong>1.00 €</strong>")
	one.lacks("3.00 €")
}

// Of a budget whose amount is for each value of a label every value has its bar, and a
// campaign shows that of its own.
func TestEachValueOfALabelHasItsBar(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.works([]worker.Budget{{Name: "teams", Per: "month", Amount: 1_5000, Label: "team"}})
	const other = `"><b>boots</b>`
	for id, team := range map[string]string{"boats": "boats", "boots": other} {
		r.enqueueFor(team, id)
		r.becomes(id, sent)
	}
	r.enqueueFor("boats", "more")
	r.becomes("more", asks)
	page := r.get("/accounts")
	page.want(http.StatusOK, "each value for itself", "team=boats: 67 % used or reserved", "team="+other+": 67 % used or reserved")
	page.harmless()
	approvals := r.get("/approvals")
	approvals.want(http.StatusOK, "team=boats: 67 % used or reserved: 1.00 € used, 0.00 € reserved, of 1.50 €")
	approvals.lacks("boots&lt;/b&gt;") // the campaign of that name is named as one to the same list
}

// enqueueFor enqueues a campaign with the label of a team.
func (r *rig) enqueueFor(team, id string) {
	r.t.Helper()
	c := campaign.Campaign{
		ID: id, ListName: "customers", Text: "Hello.", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert, Labels: map[string]string{"team": team},
	}
	if _, err := r.client.Enqueue(r.t.Context(), c); err != nil {
		r.t.Fatal(err)
	}
}
