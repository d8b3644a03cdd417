package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/accessstore"
)

func newAudit() *cobra.Command {
	var since string
	c := &cobra.Command{
		Use: "audit", Short: "who did what that concerns no campaign",
		Long: "Prints as JSON, one object a line and oldest first, who added, changed and removed users\n" +
			"and tokens, who signed in, who stopped accounts, vouched for them and set schedules,\n" +
			"and what was done on asynq's page. What concerns a campaign is in its timeline (octoq\n" +
			"status). About 100,000 lines are kept.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			var from time.Time
			if since != "" {
				var err error
				if from, err = time.Parse(time.RFC3339, since); err != nil {
					return usagef("--since is %q: want a time such as 2026-01-31T09:00:00Z", since)
				}
			}
			return withAccess(c, func(ctx context.Context, s *accessstore.Store) error { return printAudit(ctx, c, s, from) })
		},
	}
	addAccessReadFlags(c)
	c.Flags().StringVar(&since, "since", "", "not before this time, such as 2026-01-31T09:00:00Z")
	return c
}

func printAudit(ctx context.Context, c *cobra.Command, s *accessstore.Store, since time.Time) error {
	const page = 1000
	for cursor := ""; ; {
		entries, next, err := s.Audit(ctx, since, cursor, page)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := printJSON(c.OutOrStdout(), e); err != nil {
				return err
			}
		}
		if len(entries) < page {
			return nil
		}
		cursor = next
	}
}
