package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/record"
)

func newStatus() *cobra.Command {
	c := &cobra.Command{
		Use:   "status ID",
		Short: "show where a campaign stands, and what to do",
		Long: "Finds a campaign from the moment it was enqueued until its retention has passed.\n" +
			"attempts are the calls that were made of each kind, with those that got no answer.\n" +
			waitHelp + "\n" + exitHelp,
		Args: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("ticket") {
				return exactArgs(0, "no id where --ticket names the campaign")(c, args)
			}
			return exactArgs(1, "the campaign's id")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			return withClient(c, func(ctx context.Context, client *enqueue.Client) error {
				id, err := idOf(ctx, c, client, args)
				if err != nil {
					return err
				}
				return showStatus(ctx, c, client, id)
			})
		},
	}
	addTarget(c)
	addWaitFlags(c)
	c.Flags().String("ticket", "", "find the campaign of this ticket of Octopush's, instead of by its id")
	return c
}

// idOf is the id of the campaign that is asked for, by itself or by its ticket.
func idOf(ctx context.Context, c *cobra.Command, client *enqueue.Client, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	ticket, err := c.Flags().GetString("ticket")
	if err != nil {
		return "", err
	}
	r, err := client.ByTicket(ctx, accountFlag(c), ticket)
	return r.ID(), err
}

func showStatus(ctx context.Context, c *cobra.Command, client *enqueue.Client, id string) error {
	if wait, _ := waitWanted(c); wait {
		return newWaiter(c, client).run(ctx, accountFlag(c), id)
	}
	r, err := client.Get(ctx, accountFlag(c), id)
	if err != nil {
		return err
	}
	reported, err := withReports(c, r)
	if err != nil {
		return err
	}
	if jsonWanted(c) {
		return printJSON(c.OutOrStdout(), reported)
	}
	stopped, err := stoppedText(c, r)
	if err != nil {
		return err
	}
	return writeRecord(c.OutOrStdout(), reported, stopped...)
}

// stoppedText says what stops a living campaign besides itself: that no worker
// serves its account, and the account's hold, or a queue that an operator paused.
func stoppedText(c *cobra.Command, r campaign.Record) (texts []string, err error) {
	if r.State.Final() {
		return nil, nil
	}
	stage := record.StageOf(r.State)
	err = withDesk(c, func(ctx context.Context, d *admin.Service) error {
		h, paused, err := d.Stopped(ctx, r.Account())
		if err != nil {
			return err
		}
		workers, err := d.Workers(ctx, r.Account())
		if err != nil {
			return err
		}
		if workers[r.Account()] == 0 && !needsPerson(r) {
			texts = append(texts, fmt.Sprintf("a worker: none serves account %s", r.Account()))
		}
		switch {
		case h != nil && h.Stops(campaign.Call(stage)):
			texts = append(texts, fmt.Sprintf("account %s, on hold since %s: %s (%s)", h.Account, timeText(h.Since), h.Message, h.Reason))
		case slices.Contains(paused, stage):
			texts = append(texts, fmt.Sprintf("the queue %s of account %s, which was paused by hand: resume it in asynq's page", stage, r.Account()))
		}
		return nil
	})
	return texts, err
}

// writeRecord prints a record for people, with what was reported of its messages; stopped
// is what keeps it waiting besides what it says itself.
func writeRecord(out io.Writer, reported admin.ReportedRecord, stopped ...string) error {
	r := reported.Record
	t := newRows(out)
	row := t.set
	row("campaign", r.Account()+"/"+r.ID())
	row("state", string(r.State))
	row("enqueued", enqueuedText(r))
	row("for", audience(r.Campaign))
	contentRows(row, r.Campaign)
	row("ticket", r.Ticket)
	row("priced", r.Price())
	row("sending date", r.SendingDate)
	if r.SendingDiffers {
		row("beware", "the sending date is not the send_at asked for, "+timeText(r.Campaign.SendAt))
	}
	resultRows(row, reported.Results)
	if n := reported.ReportsSeen(); n > 0 {
		row("", fmt.Sprintf("reports of %d numbers, which do not prove that it was sent", n))
	}
	row("attempts", attemptsText(r.Attempts))
	if r.Run > 1 {
		row("run", fmt.Sprint(r.Run))
	}
	row("trace", r.TraceID)
	for _, what := range stopped {
		row("waits for", what)
	}
	row("waits for", waitingText(r))
	row("approved", coverText(r))
	row("rejected", rejectedText(r))
	todoRows(row, r)
	row("due", timeText(r.DueAt))
	if r.MaybeConfirmed {
		row("beware", "it may have been sent already (maybe_confirmed)")
	}
	if f := r.Failure; f != nil && r.State == campaign.StateDead {
		row("failure", failureText(*f))
	}
	for _, o := range r.Orphans {
		row("orphan", fmt.Sprintf("%s, cancelled %t, %s", o.Ticket, o.Cancelled, o.Note))
	}
	for _, e := range r.Timeline {
		row(timeText(e.At), fmt.Sprintf("%s  by %s  %s", e.What, e.Who, e.Why))
	}
	return t.flush()
}

// enqueuedText is when a campaign was enqueued, by whom, and its other authors.
func enqueuedText(r campaign.Record) string {
	text := timeText(r.EnqueuedAt)
	if r.EnqueuedBy != "" {
		text += " by " + r.EnqueuedBy
	}
	if len(r.Authors) > 0 && !slices.Equal(r.Authors, []string{r.EnqueuedBy}) {
		text += ", written by " + strings.Join(r.Authors, ", ")
	}
	return text
}

// waitingText is what a campaign waits for, and what to do about it.
func waitingText(r campaign.Record) string {
	if r.WaitsForVouch() {
		return fmt.Sprintf("a person: Redis was replaced, and may have forgotten that it was sent. Look at Octopush first; if it was not, "+
			"octoq vouch --account %s --reason TEXT (Redis has forgotten nothing) or %s; else %s",
			r.Account(), command("approve", r, "--force --up-to EUROS"), command("cancel", r))
	}
	return r.Waiting
}

func audience(c campaign.Campaign) string {
	if c.TagName != "" {
		return "tag " + c.TagName
	}
	if c.ListName != "" {
		return "list " + c.ListName
	}
	return ""
}

func attemptsText(a campaign.Attempts) string {
	if a == (campaign.Attempts{}) {
		return ""
	}
	return fmt.Sprintf("create %d, status %d, confirm %d, cancel %d", a.Create, a.Status, a.Confirm, a.Cancel)
}

func failureText(f campaign.Failure) string {
	s := string(f.Class)
	if f.Code != 0 {
		s += fmt.Sprintf(" %d", f.Code)
	}
	if f.HTTPStatus != 0 {
		s += fmt.Sprintf(" (HTTP %d)", f.HTTPStatus)
	}
	return s + ": " + f.Message
}
