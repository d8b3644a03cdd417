package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/octoq/octoq/campaign"
)

// rowsOf writes rows of a name and a value, of those that have one.
func rowsOf(w *tabwriter.Writer) func(name, value string) {
	return func(name, value string) {
		if value != "" && value != "0" {
			_, _ = fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
}

// approvalRows are what a person needs who is to approve a campaign, and the
// command that does; or what was approved.
func approvalRows(row func(name, value string), r campaign.Record) {
	row("approved", coverText(r))
	if r.State != campaign.StateAwaitingApproval || r.Approved || r.CancelRequested {
		return
	}
	contentRows(row, r.Campaign)
	row("approve by", approveCommand(r))
}

// contentRows are what recipients will see of a campaign, and when. A text is
// quoted: whatever is in it, it stays on its line.
func contentRows(row func(name, value string), c campaign.Campaign) {
	row("text", fmt.Sprintf("%q, %s", c.Text, campaign.Estimate(c.Text)))
	row("sender", c.Sender)
	row("type", strings.TrimSpace(c.Type+" "+c.Purpose))
	row("send at", isoText(c.SendAt))
	row("expires at", isoText(c.ExpiresAt))
	row("window", c.Window)
	if c.MaxCost > 0 {
		row("max cost", c.MaxCost.String())
	}
}

// coverText is what an approval covers, "" without one.
func coverText(r campaign.Record) string {
	switch {
	case !r.Approved:
		return ""
	case r.Cover == nil:
		return "at the price that it has, by an older octoq"
	default:
		return r.Cover.String()
	}
}

// approveCommand approves what is shown; what has no price yet needs a bound.
func approveCommand(r campaign.Record) string {
	command := "octoq approve " + r.ID()
	if r.Account() != campaign.DefaultAccount {
		command += " --account " + r.Account()
	}
	if !r.Priced() {
		return command + " --up-to EUROS"
	}
	return fmt.Sprintf("%s --cost %s --contacts %d", command, decimal(r.Cost), r.Contacts)
}

// decimal is an amount as flags take it.
func decimal(m campaign.Money) string { return strings.TrimSuffix(m.String(), " €") }

func isoText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}
