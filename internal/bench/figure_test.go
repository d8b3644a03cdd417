package bench_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/bench"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	values := []float64{40, 10, 30, 20}
	for _, c := range []struct{ q, want float64 }{{0, 10}, {0.5, 25}, {0.99, 39.7}, {1, 40}} {
		if got := bench.Quantile(values, c.q); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("Quantile(%v): got %v, want %v", c.q, got, c.want)
		}
	}
	if !cmp.Equal(values, []float64{40, 10, 30, 20}) {
		t.Errorf("Quantile sorted what it was given: %v", values)
	}
	if got := bench.Quantile(nil, 0.5); !math.IsNaN(got) {
		t.Errorf("Quantile of nothing: got %v, want NaN", got)
	}
}

func TestMetHoldsTheMedianToTheReach(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reach      bench.Reach
		met, asked bool
	}{
		{bench.Reach{}, true, false},
		{bench.Reach{AtLeast: 2}, true, true},
		{bench.Reach{AtLeast: 2.1}, false, true},
		{bench.Reach{AtMost: 2}, true, true},
		{bench.Reach{AtMost: 1.9}, false, true},
	} {
		met, asked := bench.Figure{Values: []float64{1, 9, 2}, Reach: c.reach}.Met()
		if met != c.met || asked != c.asked {
			t.Errorf("Met with %+v: got %v, %v, want %v, %v", c.reach, met, asked, c.met, c.asked)
		}
	}
}

// A figure that could not be taken must never count as reached.
func TestNothingMeasuredIsMissed(t *testing.T) {
	t.Parallel()
	for _, reach := range []bench.Reach{{AtLeast: 1}, {AtMost: 1}} {
		if met, _ := (bench.Figure{Values: []float64{math.NaN()}, Reach: reach}).Met(); met {
			t.Errorf("NaN meets %+v", reach)
		}
		if met, _ := (bench.Figure{Reach: reach}).Met(); met {
			t.Errorf("no value meets %+v", reach)
		}
	}
}

func TestRatiosGoRunByRun(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]float64{2, 0.5}, bench.Ratios([]float64{4, 5}, []float64{2, 10})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0.7: "0.70", 12.345: "12.3", 123.45: "123", 1234: "1,234", 1234567: "1,234,567", -1234: "-1,234", -2.5: "-2.50",
	} {
		if got := bench.Number(v); got != want {
			t.Errorf("Number(%v): got %q, want %q", v, got, want)
		}
	}
}

func TestMarkdownSaysWhatWasMissed(t *testing.T) {
	t.Parallel()
	s := bench.Section{Setup: "How.", Figures: []bench.Figure{
		{Name: "ratio", Values: []float64{5, 4, 7}, Reach: bench.Reach{AtLeast: 6}},
		{Name: "rate", Unit: "/s", Values: []float64{1500}},
	}}
	got := s.Markdown()
	for _, want := range []string{
		"How.\n\n|", "| ratio | 5.00 | 4.00 – 7.00 | 3 | ≥ 6.00 | **missed** |", "| rate | 1,500 /s |  | 1 |  |  |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant in it: %s", got, want)
		}
	}
	if missed := s.Missed(); len(missed) != 1 || missed[0].Name != "ratio" {
		t.Errorf("Missed: got %v, want the ratio", missed)
	}
}

func TestCampaignsAreValidAndTellTheirNumber(t *testing.T) {
	t.Parallel()
	for _, i := range []int{0, 7, 999_999} {
		c := bench.Campaign("default", i)
		c.Account = campaign.DefaultAccount
		if err := c.Validate(); err != nil {
			t.Errorf("campaign %d: %v", i, err)
		}
		if got, ok := bench.Index(c.ID); !ok || got != i {
			t.Errorf("Index(%q): got %d, %v, want %d", c.ID, got, ok, i)
		}
	}
	for _, id := range []string{"", "bench-", "bench-1", "other-00000001", "bench-00000001~1.2.0", "bench--0000001"} {
		if i, ok := bench.Index(id); ok {
			t.Errorf("Index(%q): got %d, want none", id, i)
		}
	}
}
