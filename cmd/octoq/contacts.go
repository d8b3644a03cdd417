package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"
	"unicode/utf8"

	"github.com/knadh/koanf/v2"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/contacts"
	"github.com/octoq/octoq/internal/resultstore"
	"github.com/octoq/octoq/worker"
)

func newContacts() *cobra.Command {
	c := &cobra.Command{
		Use: "contacts", Short: "add contacts to lists at Octopush", Args: cobra.ArbitraryArgs, RunE: unknownCommand,
		Long: "Lists are Octopush's: octoq adds contacts to them, and keeps none.\n\n" + exitHelp,
	}
	c.AddCommand(newContactsPush())
	return c
}

func newContactsPush() *cobra.Command {
	c := &cobra.Command{
		Use: "push FILE", Short: "add the contacts of a CSV file to a list",
		Long: "Adds contacts to a list at Octopush, which overwrites a number that it has. The file is\n" +
			"CSV with a header row: phone_number, and any of first_name, last_name, param1 to param5.\n" +
			"Numbers are in international form. Known opt-outs are left out. Calls\n" +
			"keep to the limits of the account's workers (rate, burst and max_in_flight have to be\n" +
			"theirs), and leave them half of max_in_flight.\n\n" +
			"What was settled is noted in a file beside it, FILE.progress: a push that was broken off\n" +
			"goes on there when it is run again, and repeats the calls that were under way. Delete that file to\n" +
			"push everything anew. --json prints what became of each line.\n\n" + exitHelp,
		Args: exactArgs(1, "the file"),
		RunE: func(c *cobra.Command, args []string) error { return pushContacts(c, args[0]) },
	}
	c.Flags().String("list", "", "name of the list, required")
	c.Flags().String("progress", "", "file that notes how far the push has come (default FILE.progress)")
	c.Flags().Int("batch", contacts.DefaultBatch, "contacts that one call adds, 1 to 1000")
	addAPIAccount(c)
	addFlags(c.Flags(), "redis_url", "rate", "burst", "max_in_flight")
	addNumberKeys(c)
	return c
}

func pushContacts(c *cobra.Command, path string) error {
	list, batch, err := contactFlags(c)
	if err != nil {
		return err
	}
	notes, err := openProgress(c, path)
	if err != nil {
		return err
	}
	return withAPIAccount(c, func(_ context.Context, k *koanf.Koanf, a worker.Account) error {
		hashers, err := numberHashers(k)
		if err != nil {
			return err
		}
		return withDeskOn(c, func(ctx context.Context, d *admin.Service, rdb redis.UniversalClient) error {
			api, err := openContacts(c, rdb, a)
			if err != nil {
				return err
			}
			defer api.Close()
			p := contacts.Pusher{
				API: contactsAPI{api}, OptOuts: resultstore.New(rdb, resultstore.Options{Hashers: hashers}),
				Account: accountFlag(c), List: list, Batch: batch, Waits: printWait(c),
			}
			return runPush(ctx, c, d, p, path, notes)
		})
	})
}

// contactFlags are the list and the batch.
func contactFlags(c *cobra.Command) (list string, batch int, err error) {
	list, err = c.Flags().GetString("list")
	if err == nil {
		batch, err = c.Flags().GetInt("batch")
	}
	const largest = 1000
	switch {
	case err != nil:
		return "", 0, err
	case list == "":
		return "", 0, usagef("name the list by --list")
	case utf8.RuneCountInString(list) > campaign.MaxListName:
		return "", 0, usagef("the list's name has %d characters, and may have %d", utf8.RuneCountInString(list), campaign.MaxListName)
	case batch < 1 || batch > largest:
		return "", 0, usagef("--batch is %d: want 1 to %d", batch, largest)
	}
	return list, batch, nil
}

func openContacts(c *cobra.Command, rdb redis.UniversalClient, a worker.Account) (*worker.Contacts, error) {
	api, err := worker.OpenContacts(rdb, accountFlag(c), a, func(err error) {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "warning: %v; it is tried again\n", err)
	})
	if err != nil {
		return nil, usagef("%v", err)
	}
	return api, nil
}

// printWait says why a push makes a call again.
func printWait(c *cobra.Command) func(contacts.CallAnswer, time.Duration) {
	return func(a contacts.CallAnswer, pause time.Duration) {
		why := cmp.Or(a.Message, a.Class)
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "Octopush has not taken a call (%s); it is made again in %v\n", plain(why), pause)
	}
}

// contactsAPI is the API as internal/contacts sees it.
type contactsAPI struct{ *worker.Contacts }

func (a contactsAPI) Add(ctx context.Context, list string, all []campaign.Contact) (contacts.CallAnswer, error) {
	answer, err := a.Contacts.Add(ctx, list, all)
	if errors.Is(err, worker.ErrOnHold) {
		err = contacts.ErrHeld
	}
	return contacts.CallAnswer{Class: answer.Class, Code: answer.Code, Message: answer.Message}, err
}

// runPush pushes the file from its progress, and says what became of it.
func runPush(ctx context.Context, c *cobra.Command, d *admin.Service, p contacts.Pusher, path string, notes *progressFile) error {
	file, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return usagef("%v", err)
	}
	defer func() { _ = file.Close() }()
	last := notes.progress
	if last.Rows > 0 {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "%s: %d lines were settled before\n", notes.path, last.Rows)
	}
	err = p.Push(ctx, last, contacts.CSV(file), func(results []contacts.LineResult, to contacts.PushProgress) error {
		if err := printResults(c, results); err != nil {
			return err
		}
		last = to
		return notes.save(to)
	})
	if last.Rows > notes.progress.Rows {
		d.NotePush(ctx, p.Account, p.List, last.Added-notes.progress.Added)
	}
	if err != nil {
		return pushTrouble(c, err, last)
	}
	return printPushed(c, last)
}

// pushTrouble is why a push has not come to its end.
func pushTrouble(c *cobra.Command, err error, last contacts.PushProgress) error {
	text := fmt.Sprintf("%v; %d lines are settled: run it again to go on", err, last.Rows)
	_, refused := errors.AsType[*contacts.RefusedError](err)
	_, account := errors.AsType[*contacts.AccountError](err)
	tooLong, _ := errors.AsType[*contacts.TooLongError](err)
	switch {
	case errors.Is(err, contacts.ErrHeader):
		return usagef("%v", err)
	case tooLong != nil:
		return usagef("%v; %d lines are settled: correct it, and run the push again to go on", err, last.Rows)
	case errors.Is(err, context.Canceled):
		return &codeError{code: exitFailed, text: fmt.Sprintf("stopped; %d lines are settled: run it again to go on", last.Rows)}
	case errors.Is(err, contacts.ErrOtherFile):
		return usagef("%v: put new lines at the file's end or into a file of their own, or delete the progress to push all of them", err)
	case refused, account:
		return &codeError{code: exitAPI, text: text}
	case errors.Is(err, contacts.ErrHeld):
		return &codeError{code: exitFailed, text: text + " (octoq hold ls --account " + accountFlag(c) + " says why)"}
	default:
		return fmt.Errorf("%w; %d lines are settled: run it again to go on", err, last.Rows)
	}
}
