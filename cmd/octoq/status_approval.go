package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
)

// rows are names and values, a line each; a value goes on below itself where the
// terminal is narrow.
type rows struct{ *table }

func newRows(out io.Writer) rows {
	t := newTable(out)
	t.wraps = true
	return rows{t}
}

// set adds a row, unless it has no value.
func (r rows) set(name, value string) {
	if value != "" && value != "0" {
		r.row(name, value)
	}
}

// todoText is what a person is to do about a dead campaign.
func todoText(r campaign.Record) string {
	switch {
	case r.State == campaign.StateDead && r.ReplayBy != "":
		return fmt.Sprintf("wait for a worker: %s has asked for its replay; or take that back by %s", r.ReplayBy, command("cancel", r))
	case r.State == campaign.StateDead && r.MaybeConfirmed:
		return fmt.Sprintf("look at Octopush whether it was sent; if it was not, %s; else %s",
			command("dead replay", r, "--force"), command("dead purge", r))
	case r.State == campaign.StateDead:
		return fmt.Sprintf("correct it by %s, then %s; or %s",
			command("dead edit", r, "--set FIELD=VALUE"), command("dead replay", r), command("dead purge", r))
	default:
		return ""
	}
}

// todoRows are what a person is to do, and by which commands.
func todoRows(row func(name, value string), r campaign.Record) {
	if needsPerson(r) {
		row("approve by", approveCommand(r))
		if r.ConfirmTried { // it may have been sent, so it is not cancelled
			row("reject by", command("reject", r, "--reason TEXT"))
		} else {
			row("cancel by", command("cancel", r))
		}
	}
	row("to do", todoText(r))
}

// needsPerson reports whether a campaign goes on only when a person has decided.
func needsPerson(r campaign.Record) bool {
	return r.State == campaign.StateAwaitingApproval && !r.Approved && !r.CancelRequested
}

// command is a command of octoq on a campaign, with what must be given. An id that
// looks like a flag stands behind "--".
func command(name string, r campaign.Record, flags ...string) string {
	words := append([]string{"octoq", name}, flags...)
	if r.Account() != campaign.DefaultAccount {
		words = append(words, "--account", r.Account())
	}
	if strings.HasPrefix(r.ID(), "-") {
		return strings.Join(append(words, "--", r.ID()), " ")
	}
	return strings.Join(slices.Insert(words, 2, r.ID()), " ")
}

// contentRows are what recipients will see of a campaign, and when. A text is
// quoted: whatever is in it, it stays on its line.
func contentRows(row func(name, value string), c campaign.Campaign) {
	if c.Text != "" {
		row("text", fmt.Sprintf("%q, %s", c.Text, campaign.Estimate(c.Text)))
	}
	row("sender", c.Sender)
	row("type", strings.TrimSpace(c.Type+" "+c.Purpose))
	row("send at", isoText(c.SendAt))
	row("not before", isoText(c.NotBefore))
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

// rejectedText is who rejected the campaign and why, "" if it was not rejected.
func rejectedText(r campaign.Record) string {
	if r.RejectedBy == "" {
		return ""
	}
	return "by " + r.RejectedBy + ": " + r.RejectReason
}

// approveCommand approves what is shown; what has no price yet needs a bound.
func approveCommand(r campaign.Record) string {
	if !r.Priced() {
		return command("approve", r, "--up-to EUROS")
	}
	return command("approve", r, "--cost "+decimal(r.Cost), fmt.Sprintf("--contacts %d", r.Contacts))
}

// decimal is an amount as flags take it.
func decimal(m campaign.Money) string { return strings.TrimSuffix(m.String(), " €") }

func isoText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}
