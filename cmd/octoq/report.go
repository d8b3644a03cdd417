package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/stats"
	"github.com/octoq/octoq/internal/zone"
)

func newReport() *cobra.Command {
	var asked reportFlags
	c := &cobra.Command{
		Use:   "report",
		Short: "what the campaigns of a month came to, and what they cost",
		Long: "Adds up the campaigns of a month: how many were sent, to how many contacts, at what\n" +
			"cost, by the price that Octopush named. UNKNOWN are those that may have been sent\n" +
			"(maybe_confirmed). A campaign belongs to the month in which octoq learnt that it was\n" +
			"sent. Figures are kept for 400 days, however long campaigns are. A month in another\n" +
			"zone than UTC is added up from hours, which are kept for 64 days.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return runReport(c, asked) },
	}
	addTarget(c)
	flags := c.Flags()
	flags.StringVar(&asked.month, "month", "", "the month, such as 2026-11; without it the present one")
	flags.StringVar(&asked.zone, "zone", "UTC", "the time zone that the month begins and ends in, such as Europe/Paris")
	flags.StringVar(&asked.by, "by", "", "divide by list, tag, purpose, type, or label.K for the label K")
	flags.BoolVar(&asked.all, "all", false, "of all accounts")
	flags.BoolVar(&asked.csv, "csv", false, "print CSV")
	return c
}

// reportFlags are what a report is asked for.
type reportFlags struct {
	month, zone, by string
	all, csv        bool
}

// query is what the flags ask of each account.
func (f reportFlags) query(now time.Time) (admin.FiguresQuery, error) {
	none := admin.FiguresQuery{}
	location, err := zone.Load(f.zone)
	if err != nil {
		return none, usagef("--zone is %q: %v; want a name such as Europe/Paris or UTC", f.zone, err)
	}
	if f.month == "" {
		f.month = now.In(location).Format("2006-01")
	}
	span, err := stats.Month(f.month, location)
	if err != nil {
		return none, usagef("--%v", err)
	}
	by, err := stats.ParseDimension(f.by)
	if err != nil {
		return none, usagef("--%v", err)
	}
	return admin.FiguresQuery{Period: span, By: by}, nil
}

func runReport(c *cobra.Command, asked reportFlags) error {
	q, err := asked.query(time.Now())
	if err != nil {
		return err
	}
	if asked.csv && jsonWanted(c) {
		return usagef("--csv and --json are two forms: give one of them")
	}
	if asked.all && c.Flags().Changed("account") {
		return usagef("--all is all accounts: give it or --account")
	}
	return withDesk(c, func(ctx context.Context, d *admin.Service) error {
		accounts := []string{accountFlag(c)}
		if asked.all {
			if accounts, err = d.Accounts(ctx); err != nil {
				return err
			}
		} else if !campaign.ValidAccount(accounts[0]) {
			return usagef("--account is %q: want 1 to 32 of a-z 0-9 _ -", accounts[0])
		}
		reports, err := reportsOf(ctx, d, q, accounts)
		if err != nil {
			return err
		}
		return printReports(c, asked, reports)
	})
}

func reportsOf(ctx context.Context, d *admin.Service, q admin.FiguresQuery, accounts []string) ([]admin.AccountFigures, error) {
	var all []admin.AccountFigures
	for _, account := range accounts {
		q.Account = account
		f, err := d.Figures(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("report on account %s: %w", account, err)
		}
		all = append(all, f)
	}
	return all, nil
}
