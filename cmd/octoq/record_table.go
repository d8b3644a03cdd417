package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/octoq/octoq/campaign"
)

// recordColumn is a column of a table of campaigns.
type recordColumn struct {
	name string
	cell func(campaign.Record) string
}

// recordColumns are all that there are; FAILURE is the last because it is long.
func recordColumns() []recordColumn {
	return []recordColumn{
		{"ID", campaign.Record.ID},
		{"STATE", func(r campaign.Record) string { return string(r.State) }},
		{"ENQUEUED", func(r campaign.Record) string { return secondText(r.EnqueuedAt) }},
		{"FOR", func(r campaign.Record) string { return audience(r.Campaign) }},
		{"TICKET", func(r campaign.Record) string { return r.Ticket }},
		{"CONTACTS", contactsCell},
		{"COST", costCell},
		{"ATTEMPTS", attemptsCell},
		{"ACCOUNT", campaign.Record.Account},
		{"FAILURE", failureCell},
	}
}

// recordTable is a table of campaigns, a row each.
type recordTable struct {
	*table
	columns []recordColumn
}

// newRecordTable has all columns but those named.
func newRecordTable(out io.Writer, without ...string) *recordTable {
	columns := slices.DeleteFunc(recordColumns(), func(c recordColumn) bool { return slices.Contains(without, c.name) })
	t := &recordTable{table: newTable(out), columns: columns}
	for _, c := range columns {
		t.head = append(t.head, c.name)
	}
	t.spare = []string{"ACCOUNT", "TICKET", "ATTEMPTS", "CONTACTS", "COST", "FOR", "ENQUEUED"}
	return t
}

func (t *recordTable) record(r campaign.Record) {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = c.cell(r)
	}
	t.row(cells...)
}

func contactsCell(r campaign.Record) string {
	if r.Contacts > 0 || r.NoContacts {
		return fmt.Sprint(r.Contacts)
	}
	return ""
}

func costCell(r campaign.Record) string {
	if r.Priced() {
		return r.Cost.String()
	}
	return ""
}

// attemptsCell are the calls made: create, status, confirm, cancel.
func attemptsCell(r campaign.Record) string {
	a := r.Attempts
	return fmt.Sprintf("%d/%d/%d/%d", a.Create, a.Status, a.Confirm, a.Cancel)
}

func failureCell(r campaign.Record) string {
	if r.Failure != nil && r.State == campaign.StateDead {
		return failureText(*r.Failure)
	}
	return ""
}

// timeText is a time for people, in their zone, which it names.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05.000Z07:00")
}

// secondText is timeText where a second is exact enough.
func secondText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05Z07:00")
}
