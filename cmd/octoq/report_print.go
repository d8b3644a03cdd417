package main

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/stats"
)

// printReports prints a report as JSON, one object an account, as CSV, or as a table.
func printReports(c *cobra.Command, asked reportFlags, reports []admin.AccountFigures) error {
	switch {
	case jsonWanted(c):
		for _, r := range reports {
			if err := printJSON(c.OutOrStdout(), r); err != nil {
				return err
			}
		}
		return nil
	case asked.csv:
		return printReportCSV(c, reports)
	default:
		return printReportTable(c, asked, reports)
	}
}

// reportLine is one line of a table or of CSV: an account's total, or one value's part.
type reportLine struct {
	account string
	stats.Group
}

// reportLines are the parts of each account, or its total where it is not divided.
func reportLines(reports []admin.AccountFigures) []reportLine {
	var lines []reportLine
	for _, r := range reports {
		if r.By == "" {
			lines = append(lines, reportLine{r.Account, stats.Group{Figures: r.Total}})
			continue
		}
		for _, g := range r.Groups {
			lines = append(lines, reportLine{r.Account, g})
		}
	}
	return lines
}

func printReportCSV(c *cobra.Command, reports []admin.AccountFigures) error {
	w := csv.NewWriter(c.OutOrStdout())
	head := []string{"account", "from", "to", "by", "kind", "value", "campaigns", "contacts", "cost",
		"unknown_campaigns", "unknown_contacts", "unknown_cost", "dead", "cancelled", "simulated"}
	if err := w.Write(head); err != nil {
		return err
	}
	for _, r := range reports {
		for _, l := range reportLines([]admin.AccountFigures{r}) {
			cells := []string{l.account, r.From.Format("2006-01-02T15:04:05Z07:00"), r.To.Format("2006-01-02T15:04:05Z07:00"), string(r.By), string(l.Kind), spreadsheetText(l.Value)}
			if err := w.Write(slices.Concat(cells, sumCells(l.Sent), sumCells(l.Unknown), numbers(l.Dead, l.Cancelled, l.Simulated))); err != nil {
				return err
			}
		}
	}
	w.Flush()
	return w.Error()
}

func printReportTable(c *cobra.Command, asked reportFlags, reports []admin.AccountFigures) error {
	var sum stats.Figures
	for _, r := range reports {
		sum = sum.Plus(r.Total)
	}
	if len(reports) > 0 {
		r := reports[0]
		_, _ = fmt.Fprintf(c.OutOrStdout(), "%s to %s (%s), by the prices that Octopush named\n",
			r.From.Format("2006-01-02 15:04"), r.To.Format("2006-01-02 15:04"), asked.zone)
	}
	t := newTable(c.OutOrStdout(), "ACCOUNT", "CAMPAIGNS", "CONTACTS", "COST", "UNKNOWN", "UNKNOWN COST", "DEAD", "CANCELLED", "SIMULATED", "VALUE")
	t.spare = []string{"SIMULATED", "CANCELLED", "DEAD"}
	for _, l := range reportLines(reports) {
		t.row(reportRow(l.account, l.Figures, valueName(l.Group))...)
	}
	if len(t.rows) != 1 {
		t.row(reportRow("all", sum, "")...)
	}
	return t.flush()
}

func reportRow(account string, f stats.Figures, value string) []string {
	return slices.Concat([]string{account}, numbers(f.Sent.Campaigns, f.Sent.Contacts), []string{f.Sent.Cost.String()},
		numbers(f.Unknown.Campaigns), []string{f.Unknown.Cost.String()}, numbers(f.Dead, f.Cancelled, f.Simulated), []string{value})
}

// valueName is what people read for a part.
func valueName(g stats.Group) string {
	switch g.Kind {
	case stats.KindOther:
		return "(other values)"
	case stats.KindNone:
		return "(none)"
	default:
		return g.Value
	}
}

func numbers(all ...int64) []string {
	var out []string
	for _, n := range all {
		out = append(out, strconv.FormatInt(n, 10))
	}
	return out
}

// sumCells are the numbers of a sum, money without its unit.
func sumCells(s stats.Sum) []string {
	return append(numbers(s.Campaigns, s.Contacts), amountText(s.Cost))
}

func amountText(m campaign.Money) string {
	b, _ := m.MarshalText() // which never fails
	return string(b)
}

// spreadsheetText is a value that a spreadsheet takes for text, also where it begins as a formula does.
func spreadsheetText(value string) string {
	if value != "" && slices.Contains([]byte("=+-@\t\r"), value[0]) {
		return "'" + value
	}
	return value
}
