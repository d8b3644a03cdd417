package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Figure is something that was measured, once in each run.
type Figure struct {
	Name   string    `json:"name"`
	Unit   string    `json:"unit,omitempty"` // none for a ratio
	Values []float64 `json:"values"`
	Reach  Reach     `json:"reach,omitzero"`
}

// Reach is what the median of a figure has to come up to; zero asks nothing.
type Reach struct {
	AtLeast float64 `json:"at_least,omitzero"`
	AtMost  float64 `json:"at_most,omitzero"`
}

// Median is the middle value, the mean of the two middle ones of an even number.
func (f Figure) Median() float64 { return Quantile(f.Values, 0.5) }

// Met reports whether the figure asks for something, and whether it was reached.
func (f Figure) Met() (met, asked bool) {
	m := f.Median()
	switch {
	case f.Reach.AtLeast > 0:
		return m >= f.Reach.AtLeast, true
	case f.Reach.AtMost > 0:
		return m <= f.Reach.AtMost, true
	default:
		return true, false
	}
}

// Quantile is the value below which the share q of the values lies, between its
// two neighbours; NaN of no values.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (sorted[high]-sorted[low])*(at-float64(low))
}

// Ratios divides run by run.
func Ratios(over, under []float64) []float64 {
	ratios := make([]float64, min(len(over), len(under)))
	for i := range ratios {
		ratios[i] = over[i] / under[i]
	}
	return ratios
}

// Millis are spans in milliseconds.
func Millis(spans []time.Duration) []float64 {
	ms := make([]float64, len(spans))
	for i, d := range spans {
		ms[i] = float64(d) / float64(time.Millisecond)
	}
	return ms
}

// Section is one row of what is to be reached, with everything measured for it.
type Section struct {
	Key     string   `json:"key"`
	Title   string   `json:"title"`
	Setup   string   `json:"setup"` // how it was measured, in a sentence or two
	Machine string   `json:"machine"`
	Figures []Figure `json:"figures"`
}

// Missed are the figures whose median is not what it should be.
func (s Section) Missed() []Figure {
	var missed []Figure
	for _, f := range s.Figures {
		if met, _ := f.Met(); !met {
			missed = append(missed, f)
		}
	}
	return missed
}

// Markdown is the section as a table.
func (s Section) Markdown() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s\n\n| | median | range | runs | to reach | |\n|---|---:|---:|---:|---:|---|\n", s.Setup)
	for _, f := range s.Figures {
		c := f.cells()
		_, _ = fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", c[0], c[1], c[2], c[3], c[4], c[5])
	}
	return b.String()
}

// Cells are the lines of the table for people: name, median, range, runs, what
// to reach, and whether it was.
func (s Section) Cells() [][6]string {
	lines := make([][6]string, len(s.Figures))
	for i, f := range s.Figures {
		lines[i] = f.cells()
	}
	return lines
}

func (f Figure) cells() [6]string {
	c := [6]string{f.Name, f.amount(f.Median()), "", fmt.Sprint(len(f.Values)), "", ""}
	if len(f.Values) > 1 {
		c[2] = Number(slices.Min(f.Values)) + " – " + f.amount(slices.Max(f.Values))
	}
	switch {
	case f.Reach.AtLeast > 0:
		c[4] = "≥ " + f.amount(f.Reach.AtLeast)
	case f.Reach.AtMost > 0:
		c[4] = "≤ " + f.amount(f.Reach.AtMost)
	}
	if met, asked := f.Met(); asked && met {
		c[5] = "met"
	} else if asked {
		c[5] = "**missed**"
	}
	return c
}

func (f Figure) amount(v float64) string {
	if f.Unit == "" {
		return Number(v)
	}
	return Number(v) + " " + f.Unit
}

// Number writes about three digits, and all of those before the point.
func Number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a >= 1000:
		return thousands(int64(math.Round(v)))
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func thousands(n int64) string {
	digits := fmt.Sprint(n)
	var parts []string
	for len(digits) > 3 && digits[:len(digits)-3] != "-" {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, parts...), ",")
}
