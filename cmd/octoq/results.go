package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/result"
)

func newResults() *cobra.Command {
	c := &cobra.Command{
		Use:   "results ID",
		Short: "show what became of a campaign's messages",
		Long: "Shows what Octopush has reported to octoq web: how many messages have arrived, how many\n" +
			"have failed, and the last status of each number, counted. Contacts without a final\n" +
			"status are pending; so are all of them where Octopush reports nothing.\n\n" + exitHelp,
		Args: exactArgs(1, "the campaign's id"),
		RunE: func(c *cobra.Command, args []string) error {
			return withClient(c, func(ctx context.Context, client *enqueue.Client) error {
				r, err := client.Get(ctx, accountFlag(c), args[0])
				if err != nil {
					return err
				}
				return showResults(c, r)
			})
		},
	}
	addTarget(c)
	return c
}

func showResults(c *cobra.Command, r campaign.Record) error {
	reported, err := withReports(c, r)
	if err != nil {
		return err
	}
	if reported.Results == nil {
		none := result.Of(nil, r.Contacts)
		reported.Results = &none
	}
	if jsonWanted(c) {
		return printJSON(c.OutOrStdout(), reported.Results)
	}
	t := newRows(c.OutOrStdout())
	resultRows(t.set, reported.Results)
	return t.flush()
}

// withReports is a record with what was reported of its ticket.
func withReports(c *cobra.Command, r campaign.Record) (reported admin.ReportedRecord, err error) {
	if r.Ticket == "" {
		return admin.ReportedRecord{Record: r}, nil
	}
	err = withDesk(c, func(ctx context.Context, d *admin.Service) error {
		reported, err = d.Reported(ctx, r)
		return err
	})
	return reported, err
}

// resultRows are the rows of results; nil has none.
func resultRows(row func(string, string), r *result.Results) {
	if r == nil {
		return
	}
	row("results", fmt.Sprintf("%d delivered, %d failed, %d pending", r.Delivered, r.Failed, r.Pending))
	for _, status := range slices.Sorted(maps.Keys(r.ByStatus)) {
		row("", fmt.Sprintf("%s %d", status, r.ByStatus[status]))
	}
	if r.Replies > 0 {
		row("replies", strconv.Itoa(r.Replies))
	}
	if r.OptOuts > 0 {
		row("opt-outs", strconv.Itoa(r.OptOuts))
	}
	row("last report", timeText(r.LastReportAt))
}
