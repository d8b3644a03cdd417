package admin

import (
	"encoding/json"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/result"
)

func TestReportsAreSeenWhileTheDoubtLasts(t *testing.T) {
	t.Parallel()
	some := result.Of(map[result.DeliveryStatus]int{"ACK": 2, "BLACKLISTED_NUMBER": 1}, 20)
	none := result.Of(nil, 20)
	for name, c := range map[string]struct {
		doubt   bool
		proved  string
		results *result.Results
		want    int
	}{
		"in doubt": {true, "", &some, 3}, "no doubt": {false, "", &some, 0}, "proved": {true, "delivery_report", &some, 0},
		"no report": {true, "", &none, 0}, "nothing counted": {true, "", nil, 0},
	} {
		r := ReportedRecord{Record: campaign.Record{MaybeConfirmed: c.doubt, ProvedBy: c.proved}, Results: c.results}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Seen    int             `json:"reports_seen"`
			Results *result.Results `json:"results"`
		}
		if err := json.Unmarshal(text, &got); err != nil || got.Seen != c.want || (got.Results == nil) != (c.results == nil) {
			t.Errorf("%s: got %s, %v, want %d reports seen", name, text, err, c.want)
		}
	}
}
