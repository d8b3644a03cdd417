package console

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/octoq/octoq/campaign"
)

// chartDays is how many days the overview looks back, today among them.
const chartDays = 14

// sumShown is how many campaigns came to something, and what they cost.
type sumShown struct {
	Campaigns int64
	Cost      campaign.Money
}

// dayFigures are what campaigns came to on a day of UTC, as the API says it.
type dayFigures struct {
	Start           time.Time
	Sent, Unknown   sumShown
	Dead, Cancelled int64
}

// Date names the day.
func (d dayFigures) Date() string { return d.Start.UTC().Format("Mon 2 Jan") }

func (d dayFigures) plus(o dayFigures) dayFigures {
	d.Sent.Campaigns, d.Sent.Cost = d.Sent.Campaigns+o.Sent.Campaigns, d.Sent.Cost+o.Sent.Cost
	d.Unknown.Campaigns, d.Unknown.Cost = d.Unknown.Campaigns+o.Unknown.Campaigns, d.Unknown.Cost+o.Unknown.Cost
	d.Dead, d.Cancelled = d.Dead+o.Dead, d.Cancelled+o.Cancelled
	return d
}

// figuresShown are the figures of the last days, of all accounts of a page together.
type figuresShown struct {
	Days  []dayFigures
	Fault string // why they could not be read
}

// figures reads those of some accounts.
func (v *visit) figures(accounts []accountStanding) (figuresShown, error) {
	const day = 24 * time.Hour
	first := time.Now().UTC().Truncate(day).Add(-(chartDays - 1) * day)
	f := figuresShown{Days: make([]dayFigures, chartDays)}
	for i := range f.Days {
		f.Days[i].Start = first.Add(time.Duration(i) * day)
	}
	query := url.Values{"per": {"day"}, "from": {first.Format(time.RFC3339)}}.Encode()
	for _, a := range accounts {
		var answer struct{ Items []dayFigures }
		_, err := v.ask(apiRequest{path: pathOf("accounts", a.Account, "stats") + "?" + query, into: &answer})
		alert, trouble := refused(err)
		if trouble != nil {
			return f, trouble
		}
		if alert != nil {
			f.Fault = alert.Detail
			break
		}
		f.add(answer.Items)
	}
	return f, nil
}

func (f figuresShown) add(days []dayFigures) {
	for _, d := range days {
		if i := slices.IndexFunc(f.Days, func(o dayFigures) bool { return o.Start.Equal(d.Start) }); i >= 0 {
			f.Days[i] = f.Days[i].plus(d)
		}
	}
}

// Charts are the bar charts of what is looked at most.
func (f figuresShown) Charts() []barChart {
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []barChart{
		f.chart("Cost", func(d dayFigures) int64 { return int64(d.Sent.Cost) }, func(n int64) string { return campaign.Money(n).String() }),
		f.chart("Campaigns sent", func(d dayFigures) int64 { return d.Sent.Campaigns }, count),
		f.chart("Campaigns failed", func(d dayFigures) int64 { return d.Dead }, count),
	}
}

// Newest are the days, today first.
func (f figuresShown) Newest() []dayFigures {
	days := slices.Clone(f.Days)
	slices.Reverse(days)
	return days
}

// barChart has one bar for each day. Its words say what matters of it.
type barChart struct {
	Name, Total, Words string
	First, Last        string // its days
	Width              int
	Bars               []chartBar
}

// chartBar is a bar, and where it stands in a picture of 100 high.
type chartBar struct {
	Title        string
	X, Y, Height int
}

// chart draws one figure of each day.
func (f figuresShown) chart(name string, of func(dayFigures) int64, shown func(int64) string) barChart {
	const wide, high = 10, 100 // of the place of a bar
	c := barChart{Name: name, Width: wide * len(f.Days)}
	var total, most int64
	peak := ""
	for _, d := range f.Days {
		n := of(d)
		if total += n; n > most {
			most, peak = n, d.Date()
		}
	}
	for i, d := range f.Days {
		n := of(d)
		height := int(high * n / max(most, 1))
		if n > 0 {
			height = max(height, 1) // it is not nothing
		}
		c.Bars = append(c.Bars, chartBar{Title: d.Date() + ": " + shown(n), X: wide * i, Y: high - height, Height: height})
	}
	c.First, c.Last = f.Days[0].Date(), f.Days[len(f.Days)-1].Date()
	c.Total = shown(total)
	c.Words = fmt.Sprintf("%s by day, from %s to %s: %s in all", name, c.First, c.Last, c.Total)
	if most > 0 {
		c.Words += fmt.Sprintf(", most on %s with %s", peak, shown(most))
	}
	return c
}
