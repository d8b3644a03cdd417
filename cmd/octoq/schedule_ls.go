package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/schedule"
	"github.com/octoq/octoq/internal/schedulestore"
)

func newScheduleLs() *cobra.Command {
	c := &cobra.Command{
		Use: "ls", Short: "list the recurring campaigns", Args: exactArgs(0, "no arguments"),
		Long: "Lists the schedules of all accounts, or of one: their last tick that was enqueued,\n" +
			"and their next ones, in the schedule's zone. Warns of expressions that add would refuse\n" +
			"by now: they go on ticking as they did.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			return withSchedules(c, func(ctx context.Context, s *schedulestore.Store) error {
				lines, err := scheduleLines(ctx, s, accountFlag(c))
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

// scheduleLines reads the schedules of an account, or of all.
func scheduleLines(ctx context.Context, s *schedulestore.Store, account string) ([]scheduleLine, error) {
	accounts := []string{account}
	if account == "" {
		var err error
		if accounts, err = s.Accounts(ctx); err != nil {
			return nil, err
		}
	}
	var lines []scheduleLine
	for _, account := range accounts {
		seen, err := s.ReadAll(ctx, account)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(seen.Schedules)) {
			l := readLine(seen, name)
			l.Name, l.Account = name, account
			lines = append(lines, l)
		}
	}
	return lines, nil
}

func readLine(seen schedule.Overview, name string) scheduleLine {
	decoded, err := schedule.Decode(seen.Schedules[name])
	var p schedule.Plan
	if err == nil {
		p, err = decoded.Plan()
	}
	if err != nil {
		return scheduleLine{Schedule: decoded, Error: err.Error()}
	}
	cursor, err := schedule.ParseCursor(seen.Cursors[name])
	if err != nil {
		l := lineOf(p, seen.Now)
		l.Error = err.Error()
		return l
	}
	after := seen.Now
	if cursor.UpTo.After(after) { // no tick up to there is enqueued
		after = cursor.UpTo
	}
	l := lineOf(p, after)
	if !cursor.Last.IsZero() {
		l.Last = p.Local(cursor.Last)
	}
	if err := schedule.CheckNew(p.Cron); err != nil {
		l.Warnings = []campaign.Warning{{Field: "cron", Problem: err.Error()}}
	}
	return l
}

func printSchedules(c *cobra.Command, lines []scheduleLine) error {
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
