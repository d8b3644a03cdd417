package campaign_test

import (
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
)

//go:embed testdata/stop_mentions.json
var stopMentions []byte

// The table is that of the simulator, too.
func TestStopMentions(t *testing.T) {
	t.Parallel()
	var rows []struct{ Text, Mention string }
	if err := json.Unmarshal(stopMentions, &rows); err != nil || len(rows) == 0 {
		t.Fatalf("got %d rows and %v, want the table", len(rows), err)
	}
	wants := map[string]string{
		"known": "", "other": `"STOP au" and five digits`, "lower": "not in capitals", "missing": "without the word STOP",
	}
	for _, row := range rows {
		want, known := wants[row.Mention]
		got := ofMention(campaign.Campaign{Text: row.Text, Purpose: campaign.PurposeWholesale})
		if !known || (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want the warning of %s: %s", row.Text, got, row.Mention, want)
		}
		if got := ofMention(campaign.Campaign{Text: row.Text, Purpose: campaign.PurposeAlert}); got != "" {
			t.Errorf("%q as an alert: got %q, want no warning of a mention", row.Text, got)
		}
	}
}

// ofMention is the warning of a campaign's mention, "" without one.
func ofMention(c campaign.Campaign) string {
	for _, w := range c.Warnings(noon) {
		if w.Field == "text" && strings.Contains(w.Problem, "STOP") {
			return w.Problem
		}
	}
	return ""
}
