package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
)

func newList() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "list campaigns, those enqueued last first",
		Long: "Lists the campaigns of an account by when they were enqueued, newest first, whether\n" +
			"a worker has touched them or not. That order never changes: a campaign that is there\n" +
			"while the list is read is in it exactly once.\n" +
			"Flags that say what to list are all asked for at once. Only for one --state has Redis\n" +
			"an index; with any other flag octoq looks at one campaign after the other, those of\n" +
			"--since and --until aside.\n" +
			"ATTEMPTS are calls made: create/status/confirm/cancel. A narrow terminal leaves\n" +
			"columns out, and says which.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return runList(c) },
	}
	addTarget(c)
	addFilter(c)
	c.Flags().Int("limit", 100, "how many at most; 0 lists all")
	return c
}

func runList(c *cobra.Command) error {
	filter, err := filterFlags(c, time.Now())
	if err != nil {
		return err
	}
	limit, err := c.Flags().GetInt("limit")
	if err != nil || limit < 0 {
		return usagef("--limit wants a number, 0 or more")
	}
	return withClient(c, func(ctx context.Context, client *enqueue.Client) error {
		p := newRecordPrinter(c)
		more, err := listPages(ctx, client, filter, limit, p.print)
		if err != nil {
			return err
		}
		return p.finish(more)
	})
}

// listPages hands records on, page by page, until limit is reached.
func listPages(ctx context.Context, client *enqueue.Client, f enqueue.Filter, limit int, each func(campaign.Record) error) (more bool, err error) {
	const page = 500
	for left := limit; ; {
		f.Limit = page
		if limit > 0 {
			f.Limit = min(page, left)
		}
		got, err := client.List(ctx, f)
		if err != nil {
			return false, err
		}
		for _, r := range got.Records {
			if err := each(r); err != nil {
				return false, err
			}
		}
		left -= len(got.Records)
		f.Cursor = got.Next
		if f.Cursor == "" || limit > 0 && left <= 0 {
			return f.Cursor != "", nil
		}
	}
}

// recordPrinter prints many records: one object a line, or a table.
type recordPrinter struct {
	out, err io.Writer
	table    *recordTable // nil: JSON
}

func newRecordPrinter(c *cobra.Command) *recordPrinter {
	p := &recordPrinter{out: c.OutOrStdout(), err: c.ErrOrStderr()}
	if !jsonWanted(c) {
		p.table = newRecordTable(p.out)
	}
	return p
}

func (p *recordPrinter) print(r campaign.Record) error {
	if p.table == nil {
		return printJSON(p.out, r)
	}
	p.table.record(r)
	return nil
}

func (p *recordPrinter) finish(more bool) error {
	if p.table == nil {
		return nil
	}
	if err := p.table.flush(); err != nil {
		return err
	}
	if more {
		_, _ = fmt.Fprintln(p.err, "There are more: --limit 0 lists all.")
	}
	return nil
}
