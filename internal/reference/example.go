package reference

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/input"
)

// Examples are campaigns that can be enqueued at the given time without a
// warning. They are in simulation mode, so that one that is enqueued by mistake sends
// nothing.
func Examples(now time.Time) []campaign.Campaign {
	const week, offset = 7, 60 * 60 // in days, in seconds
	at := now.UTC().AddDate(0, 0, week)
	nine := time.Date(at.Year(), at.Month(), at.Day(), 9, 0, 0, 0, time.FixedZone("", offset))
	return []campaign.Campaign{
		{
			ID: "example-sale", ListName: "customers", Text: "20% off this week, {first_name}. STOP au 30101",
			Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale, SimulationMode: true,
			Window: sampleWindow, MaxCost: 250 * campaign.Euro, Labels: map[string]string{"shop": "paris"},
		},
		{
			ID: "example-reminder", TagName: "vip", Text: "Your table is booked, {first_name}.", Sender: "MyShop",
			Type: campaign.TypeLowCost, Purpose: campaign.PurposeAlert, SimulationMode: true,
			SendAt: nine, ExpiresAt: nine.Add(time.Hour), Labels: map[string]string{"shop": "lyon"},
		},
	}
}

// ExampleJSONLines are the examples as a file of JSON Lines.
func ExampleJSONLines(now time.Time) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, c := range Examples(now) {
		if err := e.Encode(c); err != nil {
			return "", fmt.Errorf("write the example: %w", err)
		}
	}
	return b.String(), nil
}

// ExampleCSV are the examples as a CSV file with the columns that they need.
func ExampleCSV(now time.Time) (string, error) {
	var rows []map[string]string
	used := map[string]bool{}
	for _, c := range Examples(now) {
		row, err := cells(c)
		if err != nil {
			return "", err
		}
		rows = append(rows, row)
		for column := range row {
			used[column] = true
		}
	}
	columns := slices.SortedFunc(maps.Keys(used), func(a, b string) int { return place(a) - place(b) })
	records := [][]string{columns}
	for _, row := range rows {
		record := make([]string, len(columns))
		for i, column := range columns {
			record[i] = row[column]
		}
		records = append(records, record)
	}
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(records); err != nil {
		return "", fmt.Errorf("write the example: %w", err)
	}
	return b.String(), nil
}

// place is where a column stands: the single labels come last.
func place(column string) int {
	at := slices.Index(input.Fields(), column)
	if at < 0 {
		return len(input.Fields())
	}
	return at
}

// cells are the fields of a campaign that are set, by their columns.
func cells(c campaign.Campaign) (map[string]string, error) {
	row := map[string]string{}
	for name, value := range c.Labels {
		row["labels."+name] = value
	}
	c.Labels = nil
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write the example: %w", err)
	}
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("write the example: %w", err)
	}
	for name, raw := range values {
		var s string
		if json.Unmarshal(raw, &s) != nil { // a number or a boolean
			s = string(raw)
		}
		row[name] = s
	}
	return row, nil
}
