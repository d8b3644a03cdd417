package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/admin"
)

func newScheduleLs() *cobra.Command {
	c := &cobra.Command{
		Use: "ls", Short: "list the recurring campaigns", Args: exactArgs(0, "no arguments"),
		Long: "Lists the schedules of all accounts, or of one: their last tick that was enqueued,\n" +
			"and their next ones, in the schedule's zone. Warns of expressions that add would refuse\n" +
			"by now: they go on ticking as they did.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				lines, err := d.Schedules(ctx, accountFlag(c))
				if err != nil {
					return err
				}
				return printSchedules(c, lines)
			})
		},
	}
	addFlags(c.Flags(), "redis_url")
	c.Flags().String("account", "", "only schedules of this account")
	return c
}

func printSchedules(c *cobra.Command, lines []admin.ListedSchedule) error {
	if jsonWanted(c) {
		for _, l := range lines {
			if err := printJSON(c.OutOrStdout(), l); err != nil {
				return err
			}
		}
		return nil
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(c.OutOrStdout(), "there is no schedule")
		return err
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ACCOUNT\tNAME\tCRON\tZONE\tMISSED\tLAST\tNEXT")
	for _, l := range lines {
		next := l.Error
		if next == "" && l.Paused {
			next = "paused"
		}
		if next == "" && len(l.Next) > 0 {
			next = tickText(l.Next[0])
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Account, l.Name, l.Cron, l.Zone, l.Missed, tickText(l.Last), plain(next))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, l := range lines {
		for _, warning := range l.Warnings {
			_, _ = fmt.Fprintf(c.ErrOrStderr(), "warning: schedule %s/%s: %s\n", l.Account, l.Name, warning)
		}
	}
	return nil
}

// tickText is a tick in its own zone.
func tickText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("Mon 2006-01-02 15:04:05 MST")
}
