package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/enqueue/outbox"
)

func newMigrate() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "make the tables, where they are missing", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withTx(c, func(ctx context.Context, tx pgx.Tx) error { return outbox.Migrate(ctx, tx) })
		},
	}
}

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "print the SQL of migrate", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := io.WriteString(c.OutOrStdout(), outbox.Schema())
			return err
		},
	}
}

// statusJSON is what status --json prints.
type statusJSON struct {
	Waiting       int64   `json:"waiting"`
	OldestSeconds float64 `json:"oldest_seconds"`
	Refused       int64   `json:"refused"`
}

func newStatus() *cobra.Command {
	c := &cobra.Command{
		Use: "status", Short: "print how many campaigns wait, since when, and how many were refused", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withTx(c, func(ctx context.Context, tx pgx.Tx) error {
				s, err := outbox.ReadStatus(ctx, tx)
				if err != nil {
					return err
				}
				object := statusJSON{Waiting: s.Waiting, OldestSeconds: s.Oldest.Seconds(), Refused: s.Refused}
				return show(c, object, "waiting %d, the oldest for %s; refused %d\n", s.Waiting, s.Oldest.Round(time.Millisecond), s.Refused)
			})
		},
	}
	return withJSON(c)
}

func newRefused() *cobra.Command {
	c := &cobra.Command{
		Use: "refused", Short: "list the campaigns that were refused for good, and why", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withTx(c, func(ctx context.Context, tx pgx.Tx) error {
				const page = 1000
				for after := int64(0); ; {
					found, err := outbox.Refused(ctx, tx, after, page)
					if err != nil || len(found) == 0 {
						return err
					}
					for _, one := range found {
						after = one.Seq
						err := show(c, one, "%d  %s  %q/%q by %q: %q\n", one.Seq, one.RefusedAt.Format(time.RFC3339), one.Account, one.ID, one.Who, one.Reason)
						if err != nil {
							return err
						}
					}
				}
			})
		},
	}
	return withJSON(c)
}

func newRetry() *cobra.Command {
	return bySeq("retry", "put refused campaigns into the outbox again", outbox.Retry)
}

func newDrop() *cobra.Command {
	return bySeq("drop", "delete refused campaigns", outbox.Drop)
}

// bySeq is a command that does something with the refused campaigns of some numbers.
// If one of them is not there, nothing is done.
func bySeq(verb, short string, do func(context.Context, outbox.DB, ...int64) ([]int64, error)) *cobra.Command {
	return &cobra.Command{
		Use: verb + " SEQ...", Short: short,
		RunE: func(c *cobra.Command, args []string) error {
			seqs, err := parseSeqs(args)
			if err != nil {
				return err
			}
			return withTx(c, func(ctx context.Context, tx pgx.Tx) error {
				found, err := do(ctx, tx, seqs...)
				if err != nil {
					return err
				}
				for _, seq := range seqs {
					if !slices.Contains(found, seq) {
						return fmt.Errorf("refused campaign %d: %w; nothing is done", seq, errNotFound)
					}
				}
				return nil
			})
		},
	}
}

func parseSeqs(args []string) ([]int64, error) {
	if len(args) == 0 {
		return nil, usagef("numbers are missing: octoq-outbox refused lists them")
	}
	seqs := make([]int64, len(args))
	for i, arg := range args {
		n, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return nil, usagef("%q is no number: octoq-outbox refused lists them", arg)
		}
		seqs[i] = n
	}
	return seqs, nil
}

func withJSON(c *cobra.Command) *cobra.Command {
	c.Flags().Bool("json", false, "print JSON, an object a line")
	return c
}

// show prints an object for programs or a line for people.
func show(c *cobra.Command, object any, format string, args ...any) error {
	if wanted, err := c.Flags().GetBool("json"); err == nil && wanted {
		return json.NewEncoder(c.OutOrStdout()).Encode(object)
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), format, args...)
	return err
}
