package stats

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
)

// Sum is how many campaigns came to something, and what they cost.
type Sum struct {
	Campaigns int64          `json:"campaigns"`
	Contacts  int64          `json:"contacts"`
	Cost      campaign.Money `json:"cost"`
}

// Figures are what campaigns came to. Contacts and cost are those of what was sent, and
// of what may have been.
type Figures struct {
	Sent      Sum   `json:"sent"`
	Unknown   Sum   `json:"unknown" doc:"campaigns that ended although they may have been sent (maybe_confirmed)"`
	Dead      int64 `json:"dead"`
	Cancelled int64 `json:"cancelled"`
	Simulated int64 `json:"simulated"`
}

// Plus is both together.
func (f Figures) Plus(g Figures) Figures { return f.with(g, 1) }

// minus is what is left of f without g.
func (f Figures) minus(g Figures) Figures { return f.with(g, -1) }

func (f Figures) with(g Figures, sign int64) Figures {
	f.Sent, f.Unknown = f.Sent.with(g.Sent, sign), f.Unknown.with(g.Unknown, sign)
	f.Dead += sign * g.Dead
	f.Cancelled += sign * g.Cancelled
	f.Simulated += sign * g.Simulated
	return f
}

func (s Sum) with(t Sum, sign int64) Sum {
	return Sum{s.Campaigns + sign*t.Campaigns, s.Contacts + sign*t.Contacts, s.Cost + campaign.Money(sign)*t.Cost}
}

// IsZero reports whether there is nothing.
func (f Figures) IsZero() bool { return f == Figures{} }

// add adds what a field of a bucket says: outcome.measure and a number.
func (f *Figures) add(what string, n int64) {
	outcome, measure, _ := strings.Cut(what, ".")
	switch Ending(outcome) {
	case Sent:
		f.Sent.add(measure, n)
	case Unknown:
		f.Unknown.add(measure, n)
	case Dead:
		f.Dead += n
	case Cancelled:
		f.Cancelled += n
	case Simulated:
		f.Simulated += n
	}
}

func (s *Sum) add(measure string, n int64) {
	switch measure {
	case "campaigns":
		s.Campaigns += n
	case "contacts":
		s.Contacts += n
	case "cost":
		s.Cost += campaign.Money(n)
	}
}

// Bucket is what is kept of one minute, hour or day.
type Bucket struct {
	Total Figures
	// Values are the figures by dimension and value, both as stored. What had no place
	// any more within the limits is at value "".
	Values map[string]map[string]Figures
}

// DecodeBucket reads a bucket as Redis has it: [dimension[=value]]#outcome.measure for
// each number.
func DecodeBucket(hash map[string]string) (Bucket, error) {
	b := Bucket{Values: map[string]map[string]Figures{}}
	for field, text := range hash {
		of, what, isFigure := strings.Cut(field, "#")
		if !isFigure || !strings.Contains(what, ".") {
			continue // the names of values, and how many there are
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return Bucket{}, fmt.Errorf("read figure %s: %w", field, err)
		}
		if of == "" {
			b.Total.add(what, n)
			continue
		}
		b.addValue(of, what, n)
	}
	return b, nil
}

func (b *Bucket) addValue(of, what string, n int64) {
	dimension, value, _ := strings.Cut(of, "=")
	if b.Values[dimension] == nil {
		b.Values[dimension] = map[string]Figures{}
	}
	f := b.Values[dimension][value]
	f.add(what, n)
	b.Values[dimension][value] = f
}
