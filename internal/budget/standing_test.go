package budget_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
)

const euro = campaign.Euro

// Which campaigns a budget covers, and under which value.
func TestWhatABudgetCovers(t *testing.T) {
	t.Parallel()
	type labels = map[string]string
	for name, c := range map[string]struct {
		label  string
		labels labels
		value  string
		covers bool
	}{
		"no label covers all":      {"", labels{"team": "a"}, "", true},
		"and those without":        {"", nil, "", true},
		"each value for itself":    {"team", labels{"team": "a"}, "a", true},
		"not without the label":    {"team", labels{"shop": "a"}, "", false},
		"one value":                {"team=a", labels{"team": "a"}, "", true},
		"no other value":           {"team=a", labels{"team": "b"}, "", false},
		"one value, not without":   {"team=a", nil, "", false},
		"a value with a sign more": {"team=a=b", labels{"team": "a=b"}, "", true},
	} {
		value, covers := budget.Budget{Label: c.label}.Covers(c.labels)
		if value != c.value || covers != c.covers {
			t.Errorf("%s: got %q, %v, want %q, %v", name, value, covers, c.value, c.covers)
		}
	}
}

func standing(spent map[budget.Counter]budget.Spent, budgets ...budget.Budget) *budget.PolicyStanding {
	return &budget.PolicyStanding{AccountPolicy: budget.AccountPolicy{Revision: 1, Budgets: budgets}, Spent: spent}
}

// What a claim reserves: in all budgets or none, in the period of the claim, once for a
// ticket, and the difference when it has become dearer.
func TestWhatAClaimReserves(t *testing.T) {
	t.Parallel()
	all := budget.Budget{Name: "all", Per: budget.PerDay, Amount: 100 * euro, Contacts: 50}
	team := budget.Budget{Name: "team", Label: "team", Per: budget.PerMonth, Amount: 10 * euro}
	today, yesterday := budget.Counter{Budget: "all", Period: "2026-11-29"}, budget.Counter{Budget: "all", Period: "2026-11-28"}
	month := budget.Counter{Budget: "team", Value: "a", Period: "2026-11"}
	labels := map[string]string{"team": "a"}
	share := func(c budget.Counter, cost campaign.Money, contacts int) budget.Share {
		return budget.Share{Counter: c, Cost: cost, Contacts: contacts}
	}
	for name, c := range map[string]struct {
		spent  map[budget.Counter]budget.Spent
		wish   budget.Wish
		shares []budget.Share
		full   string // names
		whole  bool
		passes bool
	}{
		"both":                   {wish: budget.Wish{Labels: labels, Cost: 5 * euro, Contacts: 9}, shares: []budget.Share{share(today, 5*euro, 9), share(month, 5*euro, 9)}},
		"without the label, one": {wish: budget.Wish{Cost: 5 * euro}, shares: []budget.Share{share(today, 5*euro, 0)}},
		"to the cent": {
			spent: map[budget.Counter]budget.Spent{today: {Used: 60 * euro, Reserved: 30 * euro}}, wish: budget.Wish{Cost: 10 * euro},
			shares: []budget.Share{share(today, 10*euro, 0)},
		},
		"beyond it": {
			spent: map[budget.Counter]budget.Spent{today: {Used: 90*euro + 1}}, wish: budget.Wish{Cost: 10 * euro},
			shares: []budget.Share{share(today, 10*euro, 0)}, full: "all",
		},
		"what is only reserved may pass": {
			spent: map[budget.Counter]budget.Spent{today: {Reserved: 95 * euro}}, wish: budget.Wish{Cost: 10 * euro},
			shares: []budget.Share{share(today, 10*euro, 0)}, full: "all", passes: true,
		},
		"contacts": {wish: budget.Wish{Cost: 1, Contacts: 51}, shares: []budget.Share{share(today, 1, 51)}, full: "all", whole: true},
		"dearer than all of it": {
			wish:   budget.Wish{Labels: labels, Cost: 11 * euro},
			shares: []budget.Share{share(today, 11*euro, 0), share(month, 11*euro, 0)}, full: "team", whole: true,
		},
		"again at the same price, whatever is left": {
			spent:  map[budget.Counter]budget.Spent{yesterday: {Reserved: 100 * euro}},
			wish:   budget.Wish{Cost: 10 * euro, Have: []budget.Share{share(yesterday, 10*euro, 0)}},
			shares: []budget.Share{share(yesterday, 10*euro, 0)},
		},
		"again and dearer, in its own period": {
			spent:  map[budget.Counter]budget.Spent{yesterday: {Reserved: 97 * euro}},
			wish:   budget.Wish{Cost: 13 * euro, Have: []budget.Share{share(yesterday, 10*euro, 0)}},
			shares: []budget.Share{share(yesterday, 13*euro, 0)},
		},
		"again and too dear": {
			spent:  map[budget.Counter]budget.Spent{yesterday: {Reserved: 97 * euro}},
			wish:   budget.Wish{Cost: 14 * euro, Have: []budget.Share{share(yesterday, 10*euro, 0)}},
			shares: []budget.Share{share(yesterday, 14*euro, 0)}, full: "all", passes: true,
		},
		"again and cheaper: nothing shrinks": {
			wish:   budget.Wish{Cost: 4 * euro, Have: []budget.Share{share(yesterday, 10*euro, 0)}},
			shares: []budget.Share{share(yesterday, 10*euro, 0)},
		},
		"a person lets it go beyond": {
			spent: map[budget.Counter]budget.Spent{today: {Used: 100 * euro}}, wish: budget.Wish{Cost: euro, Beyond: []budget.Counter{today}},
			shares: []budget.Share{share(today, euro, 0)},
		},
		"but not tomorrow": {
			spent: map[budget.Counter]budget.Spent{today: {Used: 100 * euro}}, wish: budget.Wish{Cost: euro, Beyond: []budget.Counter{yesterday}},
			shares: []budget.Share{share(today, euro, 0)}, full: "all",
		},
	} {
		got := standing(c.spent, all, team).Reserve(c.wish, at(t, "2026-11-29T12:00:00Z"))
		if diff := cmp.Diff(c.shares, got.Shares); diff != "" {
			t.Errorf("%s: shares (-want +got):\n%s", name, diff)
		}
		var names []string
		for _, f := range got.Full {
			names = append(names, f.Counter.Budget)
			if f.Whole != c.whole || f.Passing != c.passes {
				t.Errorf("%s: got whole %v, passing %v, want %v, %v", name, f.Whole, f.Passing, c.whole, c.passes)
			}
		}
		if strings.Join(names, " ") != c.full {
			t.Errorf("%s: got full %q, want %q", name, names, c.full)
		}
	}
}

// Of two files the stricter holds; what bounds other campaigns or periods holds beside it.
func TestTheStricterOfTwoFiles(t *testing.T) {
	t.Parallel()
	b := func(name, label string, per budget.Per, amount campaign.Money, over budget.Over) budget.Budget {
		return budget.Budget{Name: name, Label: label, Per: per, Amount: amount, Zone: "UTC", Over: over}
	}
	got := budget.Stricter(
		[]budget.Budget{b("all", "", "month", 500*euro, "ask"), b("team", "team", "day", 5*euro, "wait")},
		[]budget.Budget{b("all", "", "month", 400*euro, "wait"), b("team", "", "day", 9*euro, "ask"), b("only", "", "week", euro, "dead")},
	)
	want := []budget.Budget{
		b("all", "", "month", 400*euro, "wait"), b("only", "", "week", euro, "dead"), b("team", "team", "day", 5*euro, "wait"), b("team-2", "", "day", 9*euro, "ask"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("budgets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, budget.Stricter(got, got)); diff != "" {
		t.Errorf("once more (-want +got):\n%s", diff)
	}
	rules := budget.StricterRules(
		budget.Rules{Confirm: "auto", ApproveAbove: 50 * euro, ApproveBy: "other", Window: "08:00-20:00 UTC"},
		budget.Rules{Confirm: "manual", ApproveAbove: 20 * euro, ApproveAboveContacts: 7, ApproveBy: "anyone", Window: "Mo-Fr 09:00-18:00 UTC"},
	)
	if diff := cmp.Diff(budget.Rules{
		Confirm: "manual", ApproveAbove: 20 * euro, ApproveAboveContacts: 7, ApproveBy: "other", Window: "08:00-20:00 UTC & Mo-Fr 09:00-18:00 UTC",
	}, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

// Who may approve where another has to.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	rules := budget.Rules{ApproveBy: budget.ByOther}
	for name, c := range map[string]struct {
		actor   string
		authors []string
		may     bool
	}{
		"another user":                   {"user:ben", []string{"user:anna"}, true},
		"the author":                     {"user:anna", []string{"user:anna"}, false},
		"one of the authors":             {"user:anna", []string{"token:shop", "user:anna"}, false},
		"a token of the author's name":   {"token:anna", []string{"user:anna"}, false},
		"another token":                  {"token:ben", []string{"user:anna"}, true},
		"a user signed in by a provider": {"oidc:4711", []string{"user:anna"}, true},
		"a machine's user":               {"system:root@host", []string{"user:anna"}, false},
		"an older octoq's name":          {"root@host", []string{"user:anna"}, false},
		"unknown authors":                {"user:ben", nil, true},
		"a token, and unknown authors":   {"token:ben", nil, false},
		"a schedule's campaign":          {"user:ben", []string{"schedule:monday", "user:anna"}, true},
		"the author of its schedule":     {"user:anna", []string{"schedule:monday", "user:anna"}, false},
	} {
		if why := rules.MayNotApprove(c.actor, c.authors); (why == "") != c.may {
			t.Errorf("%s: got %q, want allowed: %v", name, why, c.may)
		}
	}
	if why := (budget.Rules{}).MayNotApprove("system:root@host", nil); why != "" {
		t.Errorf("without the rule: got %q, want anyone", why)
	}
}

// A policy is read as it was written; what is not known here is refused.
func TestAPolicyIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	p := budget.StoredPolicy{
		Rules: budget.Rules{ApproveAbove: 20 * euro}, ConfigRules: budget.Rules{Confirm: "manual"},
		Budgets: []budget.Budget{{Name: "all", Per: "day", Amount: euro, Zone: "UTC", Over: "ask", Source: budget.SourceConfig}},
	}
	fields, err := p.Fields()
	if err != nil {
		t.Fatal(err)
	}
	got, err := budget.ParsePolicy(fields)
	if diff := cmp.Diff(p, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	fields["cap"] = "1"
	if _, err := budget.ParsePolicy(fields); err == nil {
		t.Error("a field that is not known here was passed over")
	}
	if _, err := p.WithoutBudget("all"); !errors.Is(err, budget.ErrFromConfig) {
		t.Errorf("remove a budget of the config file: got %v, want ErrFromConfig", err)
	}
}

func TestBudgetsAreValidated(t *testing.T) {
	t.Parallel()
	good := budget.Budget{Name: "all", Per: "day", Amount: euro, Label: "team=a", Zone: "Europe/Paris", Over: "wait"}
	if err := good.Validate(); err != nil {
		t.Errorf("got %v, want it valid", err)
	}
	for name, spoil := range map[string]func(*budget.Budget){
		"name": func(b *budget.Budget) { b.Name = "All budgets" }, "per": func(b *budget.Budget) { b.Per = "year" },
		"amount": func(b *budget.Budget) { b.Amount = 0 }, "contacts": func(b *budget.Budget) { b.Contacts = -1 },
		"over": func(b *budget.Budget) { b.Over = "go" }, "zone": func(b *budget.Budget) { b.Zone = "Local" }, "label": func(b *budget.Budget) { b.Label = "=a" },
	} {
		b := good
		spoil(&b)
		if err := b.Validate(); !errors.Is(err, campaign.ErrInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v, want ErrInvalid that names it", name, err)
		}
	}
}
