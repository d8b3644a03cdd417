package simulator_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/octoq/octoq/internal/simulator"
)

// The table is that of octoq's warnings: what octoq warns of as no mention is refused always, and whatever it warns of is
// refused by StrictStop. So octoq and its simulator do not contradict each other about a text.
func TestMentionsOfStop(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../campaign/testdata/stop_mentions.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct{ Text, Mention string }
	if err := json.Unmarshal(raw, &rows); err != nil || len(rows) == 0 {
		t.Fatalf("got %d rows and %v, want the table", len(rows), err)
	}
	friendly, strict := newSim(t, simulator.Config{}), newSim(t, simulator.Config{Strict: []string{"stop"}})
	codes := map[string][2]int{"known": {0, 0}, "other": {0, 121}, "lower": {121, 121}, "missing": {121, 121}}
	for _, row := range rows {
		text, err := json.Marshal(row.Text)
		if err != nil {
			t.Fatal(err)
		}
		got := [2]int{friendly.post(`"text":` + string(text)).code(), strict.post(`"text":` + string(text)).code()}
		if want, known := codes[row.Mention]; !known || got != want {
			t.Errorf("%s (%s): got codes %v of the friendly and the strict one, want %v", text, row.Mention, got, want)
		}
	}
}
