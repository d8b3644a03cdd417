package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/resultstore"
)

// messageBook is what is kept of what recipients write: replies, or opt-outs.
type messageBook struct {
	list func(ctx context.Context, s *resultstore.Store, account, cursor string, limit int) (resultstore.MessagePage, error)
	none string // said where there are none
}

// addNumberKeys gives a command the settings of the keys that numbers are hashed with.
func addNumberKeys(c *cobra.Command) {
	addFlags(c.Flags(), "numbers_key_file", "callback_secret_file", "callback_secret_old_file")
	readsToo(c, "numbers_key", "callback_secret", "callback_secret_old")
}

// newMessageLs makes the command that lists a book.
func newMessageLs(b messageBook, long string) *cobra.Command {
	c := &cobra.Command{
		Use: "ls", Short: "list them, oldest first", Long: long + "\n\n" + exitHelp, Args: exactArgs(0, "no arguments: name the account by --account"),
		RunE: func(c *cobra.Command, _ []string) error {
			return eachMessage(c, b, func(all func(func(resultstore.KeptMessage) error) error) error { return printMessages(c, b, all) })
		},
	}
	addTarget(c)
	return c
}

// newMessageExport makes the command that writes a book as CSV.
func newMessageExport(b messageBook, long string) *cobra.Command {
	c := &cobra.Command{
		Use: "export", Short: "print them as CSV", Long: long + "\n\n" + exitHelp, Args: exactArgs(0, "no arguments: name the account by --account"),
		RunE: func(c *cobra.Command, _ []string) error {
			return eachMessage(c, b, func(all func(func(resultstore.KeptMessage) error) error) error {
				return exportMessages(c.OutOrStdout(), all)
			})
		},
	}
	addTarget(c)
	return c
}

// eachMessage gives do a walk over all messages of the account.
func eachMessage(c *cobra.Command, b messageBook, do func(all func(func(resultstore.KeptMessage) error) error) error) error {
	return onRedis(c, func(ctx context.Context, d atDesk) error {
		store := resultstore.New(d.rdb, resultstore.Options{})
		return do(func(each func(resultstore.KeptMessage) error) error {
			return walkMessages(ctx, b, store, accountFlag(c), each)
		})
	})
}

func walkMessages(ctx context.Context, b messageBook, s *resultstore.Store, account string, each func(resultstore.KeptMessage) error) error {
	const limit = 500
	for cursor := ""; ; {
		page, err := b.list(ctx, s, account, cursor, limit)
		if err != nil {
			return err
		}
		for _, m := range page.Items {
			if err := each(m); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

func printMessages(c *cobra.Command, b messageBook, all func(func(resultstore.KeptMessage) error) error) error {
	if jsonWanted(c) {
		return all(func(m resultstore.KeptMessage) error { return printJSON(c.OutOrStdout(), m) })
	}
	t := newTable(c.OutOrStdout(), "NUMBER", "RECEIVED", "TICKET", "TEXT")
	t.spare = []string{"TICKET"}
	n := 0
	err := all(func(m resultstore.KeptMessage) error {
		n++
		t.row(numberText(m), secondText(m.ReceivedAt), m.Ticket, m.Text)
		return nil
	})
	if err != nil {
		return err
	}
	if n == 0 {
		_, err := fmt.Fprintln(c.OutOrStdout(), b.none)
		return err
	}
	return t.flush()
}

// numberText is a message's number, or what is left of it.
func numberText(m resultstore.KeptMessage) string {
	if m.Number == "" {
		return "deleted " + m.DeletedAt.Format(time.DateOnly) + ", " + m.Hash
	}
	return m.Number
}

// exportMessages writes CSV. A text that a spreadsheet would take for a formula gets an
// apostrophe in front.
func exportMessages(out io.Writer, all func(func(resultstore.KeptMessage) error) error) error {
	w := csv.NewWriter(out)
	err := w.Write([]string{"number", "hash", "ticket", "text", "at", "received_at", "deleted_at"})
	if err != nil {
		return err
	}
	err = all(func(m resultstore.KeptMessage) error {
		text := m.Text
		if strings.IndexAny(text, "=+-@\t\r") == 0 {
			text = "'" + text
		}
		return w.Write([]string{m.Number, m.Hash, m.Ticket, text, csvTime(m.At), csvTime(m.ReceivedAt), csvTime(m.DeletedAt)})
	})
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	return err
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// withNumbers gives do an operator's desk and what finds numbers by their keyed hash.
func withNumbers(c *cobra.Command, do func(context.Context, *admin.Service, *resultstore.Store) error) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	hashers, err := numberHashers(k)
	if err != nil {
		return err
	}
	return withDeskOn(c, func(ctx context.Context, d *admin.Service, rdb redis.UniversalClient) error {
		return do(ctx, d, resultstore.New(rdb, resultstore.Options{Hashers: hashers}))
	})
}
