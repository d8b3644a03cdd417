package content_test

import (
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
)

// The hash is of what Same compares.
func TestHash(t *testing.T) {
	t.Parallel()
	yes := true
	base := campaign.Campaign{
		ID: "a", Account: "x", ListName: "l", Text: "Hello\nSTOP", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert, Sender: "Shop",
		SendAt: time.Date(2026, 3, 1, 10, 0, 0, 0, time.FixedZone("", 3600)), AutoOptimizeText: &yes, MaxCost: 1, Labels: map[string]string{"a": "1", "b": "2"},
	}
	for name, edit := range map[string]func(*campaign.Campaign){
		"nothing":              func(*campaign.Campaign) {},
		"id and account":       func(c *campaign.Campaign) { c.ID, c.Account = "b", "y" },
		"spelling of a time":   func(c *campaign.Campaign) { c.SendAt = c.SendAt.UTC() },
		"no labels, otherwise": func(c *campaign.Campaign) { c.Labels = map[string]string{"b": "2", "a": "1"} },
		"text":                 func(c *campaign.Campaign) { c.Text += "." },
		"a line of its own":    func(c *campaign.Campaign) { c.Text, c.TagName = "Hello", "STOP" },
		"a second later":       func(c *campaign.Campaign) { c.SendAt = c.SendAt.Add(time.Second) },
		"optimize":             func(c *campaign.Campaign) { no := false; c.AutoOptimizeText = &no },
		"optimize by default":  func(c *campaign.Campaign) { c.AutoOptimizeText = nil },
		"a label":              func(c *campaign.Campaign) { c.Labels = map[string]string{"a": "1"} },
		"list or tag":          func(c *campaign.Campaign) { c.ListName, c.TagName = "", "l" },
		"max_cost":             func(c *campaign.Campaign) { c.MaxCost = 10 },
		"replies":              func(c *campaign.Campaign) { c.WithReplies = true },
	} {
		other := base
		edit(&other)
		if got, want := content.Hash(base) == content.Hash(other), content.Same(base, other); got != want {
			t.Errorf("%s: equal hashes %t, the same content %t", name, got, want)
		}
	}
}

func TestNormal(t *testing.T) {
	t.Parallel()
	for window, want := range map[string]string{"Off": "", "  mon-fri  08:00-20:00 ": "mon-fri 08:00-20:00"} {
		a, b := campaign.Campaign{Window: window}, campaign.Campaign{Window: want}
		if got := content.Normal(a).Window; got != want || !content.Same(a, b) {
			t.Errorf("%q: got %q, the same as %q: %t", window, got, want, content.Same(a, b))
		}
	}
	if content.Same(campaign.Campaign{Window: "mon"}, campaign.Campaign{Window: "tue"}) {
		t.Error("two windows are the same")
	}
}

func TestWithDefaults(t *testing.T) {
	t.Parallel()
	for account, want := range map[string]string{"": "default", "shop": "shop"} {
		if got := content.WithDefaults(campaign.Campaign{Account: account}).Account; got != want {
			t.Errorf("%q: got %q, want %q", account, got, want)
		}
	}
}
