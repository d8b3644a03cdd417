package campaign_test

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/campaigntest"
)

var noon = time.Date(2030, 6, 1, 12, 0, 0, 0, time.FixedZone("", 2*60*60))

func TestWarnings(t *testing.T) {
	t.Parallel()
	no := false
	tests := map[string]struct {
		change func(*campaign.Campaign)
		want   []string // field: part of the problem
	}{
		"the documented example": {func(*campaign.Campaign) {}, nil},
		"its sender":             {func(c *campaign.Campaign) { c.Sender = campaigntest.Documented().Sender }, []string{`sender: "Company X" has a space`}},
		"no STOP":                {func(c *campaign.Campaign) { c.Text = "Sale!" }, []string{"text: code 121"}},
		"no STOP in an alert":    {func(c *campaign.Campaign) { c.Text, c.Purpose = "Fire!", campaign.PurposeAlert }, nil},
		"two SMS":                {func(c *campaign.Campaign) { c.Text = "STOP au 30101 " + strings.Repeat("x", 147) }, []string{"text: 2 SMS (161 units of GSM-7)"}},
		"Unicode":                {func(c *campaign.Campaign) { c.Text = "STOP au 30101 être" }, []string{"text: 'ê' (U+00EA)"}},
		"Unicode for sure": {
			func(c *campaign.Campaign) {
				c.Text, c.AutoOptimizeText = "STOP au 30101 "+strings.Repeat("ê", 70), &no
			},
			[]string{"text: holds 70 characters instead of 160", "text: 2 SMS (84 units of Unicode)"},
		},
		"known placeholders": {func(c *campaign.Campaign) { c.Text = "{first_name} {last_name} {param1} {param5} STOP au 30101" }, nil},
		"unknown placeholders": {
			func(c *campaign.Campaign) {
				c.Text = "{name} {name} {param6} {{ { first_name} {} STOP au 30101 } {open"
			},
			[]string{`text: "{name}"`, `text: "{param6}"`, `text: "{{ " is not closed`, `text: "{ first_name}"`, `text: "{}"`},
		},
		"a damaged text":           {func(c *campaign.Campaign) { c.Text = "STOP au 30101 caf\uFFFD" }, []string{"text: U+FFFD", "text: character 18"}},
		"spaces around a list":     {func(c *campaign.Campaign) { c.ListName = "my_list " }, []string{`list_name: "my_list "`}},
		"a sender with replies":    {func(c *campaign.Campaign) { c.WithReplies, c.Sender = true, "Shop" }, []string{"sender: short number"}},
		"replies without a sender": {func(c *campaign.Campaign) { c.WithReplies, c.Sender = true, "" }, nil},
		"send_at in the past":      {func(c *campaign.Campaign) { c.SendAt = noon }, []string{"send_at: 2030-06-01T12:00:00+02:00"}},
		"send_at to come":          {func(c *campaign.Campaign) { c.SendAt = noon.Add(1) }, nil},
		"send_at before not_before": {
			func(c *campaign.Campaign) { c.SendAt, c.NotBefore = noon.Add(time.Hour), noon.Add(2*time.Hour) },
			[]string{"send_at: before not_before"},
		},
		"expired": {func(c *campaign.Campaign) { c.ExpiresAt = noon.UTC() }, []string{"expires_at: 2030-06-01T10:00:00Z"}},
	}
	for name, tt := range tests {
		c := campaigntest.Documented()
		c.Sender = ""
		tt.change(&c)
		got := c.Warnings(noon)
		if len(got) != len(tt.want) {
			t.Errorf("%s: got %v, want %d warnings", name, got, len(tt.want))
			continue
		}
		for i, w := range got {
			field, part, _ := strings.Cut(tt.want[i], ": ")
			if w.Field != field || !strings.Contains(w.Problem, part) {
				t.Errorf("%s: got %v, want %s", name, w, tt.want[i])
			}
		}
	}
}
