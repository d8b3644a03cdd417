package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/action"
	"github.com/octoq/octoq/internal/admin"
)

func newDead() *cobra.Command {
	c := &cobra.Command{
		Use:   "dead",
		Short: "read, edit, replay and purge dead letters",
		Long:  "A campaign that stopped for good leaves a letter: the campaign and why it failed.\nIt stays until someone replays or purges it.\n\n" + exitHelp,
		Args:  cobra.ArbitraryArgs,
		RunE:  unknownCommand,
	}
	c.AddCommand(newDeadLs(), newDeadShow(), newDeadEdit(), newDeadReplay(), newDeadPurge())
	return c
}

// deskCommand is a command on one campaign's letter.
func deskCommand(use, short, long string, do func(ctx context.Context, c *cobra.Command, d *admin.Service, account, id string) error) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Long: strings.TrimSpace(strings.TrimSpace(long) + "\n\n" + exitHelp), Args: exactArgs(1, "the campaign's id"),
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				return do(ctx, c, d, accountFlag(c), args[0])
			})
		},
	}
	addTarget(c)
	addFlags(c.Flags(), "retention")
	return c
}

func newDeadLs() *cobra.Command {
	c := &cobra.Command{
		Use: "ls", Short: "list dead letters by id", Args: exactArgs(0, "no arguments"),
		Long: "Lists the dead letters of an account by id; dead show prints one of them whole. Those\n" +
			"that are being replayed, and that no worker has done with, stand at the end and say so.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error { return withDesk(c, listDead(c)) },
	}
	addTarget(c)
	return c
}

func listDead(c *cobra.Command) func(context.Context, *admin.Service) error {
	return func(ctx context.Context, d *admin.Service) error {
		t := newTable(c.OutOrStdout(), "ID", "SINCE", "STAGE", "REFUSED", "FAILURE")
		t.spare = []string{"REFUSED", "STAGE", "SINCE"}
		more, err := eachLetter(ctx, d, accountFlag(c), func(l admin.Letter) error {
			if jsonWanted(c) {
				return printJSON(c.OutOrStdout(), l)
			}
			t.row(l.ID, secondText(l.Failure.At), string(l.Failure.Stage), l.Refused, letterText(l))
			return nil
		})
		if err == nil && !jsonWanted(c) {
			err = t.flush()
		}
		if more {
			_, _ = fmt.Fprintln(c.ErrOrStderr(), "more letters are being replayed than are listed; octoq status ID shows one of them")
		}
		return err
	}
}

// eachLetter gives do each letter of an account by id, and then those that have been
// run. One that is run meanwhile comes once.
func eachLetter(ctx context.Context, d *admin.Service, account string, do func(admin.Letter) error) (more bool, err error) {
	const page = 500
	listed := map[string]bool{}
	for cursor := ""; ; {
		letters, next, err := d.Letters(ctx, account, cursor, page)
		if err != nil {
			return false, err
		}
		for _, l := range letters {
			listed[l.ID] = true
			if err := do(l); err != nil {
				return false, err
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	run, more, err := d.RunLetters(ctx, account)
	for _, l := range run {
		if err == nil && !listed[l.ID] {
			err = do(l)
		}
	}
	return more, err
}

func letterText(l admin.Letter) string {
	mark := ""
	if l.Running {
		mark = "being replayed: "
	}
	if l.Unreadable != "" {
		return mark + "unreadable: " + l.Unreadable
	}
	text := mark + failureText(l.Failure)
	if l.Failure.MaybeConfirmed {
		text += " (maybe_confirmed)"
	}
	return text
}

func newDeadShow() *cobra.Command {
	return deskCommand("show ID", "show a dead letter", "Prints the letter as JSON: the campaign, and why it failed.",
		func(ctx context.Context, c *cobra.Command, d *admin.Service, account, id string) error {
			l, err := d.Letter(ctx, account, id)
			if err != nil {
				return err
			}
			return printLetter(c, l)
		})
}

// printLetter prints a letter as JSON: on one line for programs, else spread out.
func printLetter(c *cobra.Command, l admin.Letter) error {
	if jsonWanted(c) {
		return printJSON(c.OutOrStdout(), l)
	}
	return printIndented(c.OutOrStdout(), l)
}

func newDeadEdit() *cobra.Command {
	var sets []string
	c := deskCommand("edit ID --set FIELD=VALUE", "edit fields of a dead letter's campaign",
		"Fields are those of a file of campaigns; --set may be repeated, and an empty value\n"+
			"takes the field out. What would not be a valid campaign is refused.",
		func(ctx context.Context, c *cobra.Command, d *admin.Service, account, id string) error {
			pairs, err := splitSets(sets)
			if err != nil {
				return err
			}
			l, err := d.Edit(ctx, account, id, pairs)
			if err != nil {
				return err
			}
			return shown(c, printLetter(c, l))
		})
	c.Flags().StringArrayVar(&sets, "set", nil, "FIELD=VALUE, such as text='Hello STOP au 30101'")
	return c
}

func splitSets(sets []string) ([][2]string, error) {
	if len(sets) == 0 {
		return nil, usagef("nothing to change: give --set FIELD=VALUE. Try: octoq dead edit --help")
	}
	pairs := make([][2]string, len(sets))
	for i, set := range sets {
		name, value, ok := strings.Cut(set, "=")
		if !ok {
			return nil, usagef("--set %q: want FIELD=VALUE", set)
		}
		pairs[i] = [2]string{name, value}
	}
	return pairs, nil
}

func newDeadReplay() *cobra.Command {
	var force bool
	c := deskCommand("replay ID", "send a dead campaign through once more",
		"A worker starts the campaign's next run with the letter as it is. A campaign that\n"+
			"may have been sent already (maybe_confirmed) is refused without --force.\n\n"+byFilterHelp,
		func(ctx context.Context, c *cobra.Command, d *admin.Service, account, id string) error {
			if err := d.Replay(ctx, account, id, reasonFlag(c), force); err != nil {
				return err
			}
			return printDone(c, map[string]any{"id": id, "account": account, "replayed": true},
				"campaign %s is handed to a worker; %s shows how it goes\n", id, command("status", recordOf(account, id)))
		})
	addReason(c, timelineReason)
	c.Flags().BoolVar(&force, "force", false, "accept that it may be sent a second time; this goes on record")
	return alsoByFilter(c, action.Replay)
}

func newDeadPurge() *cobra.Command {
	c := deskCommand("purge ID", "remove a dead campaign and its letter",
		"Its id stays taken for a day, or for good if it may have been sent already.\n\n"+byFilterHelp,
		func(ctx context.Context, c *cobra.Command, d *admin.Service, account, id string) error {
			if err := d.Purge(ctx, account, id, reasonFlag(c)); err != nil {
				return err
			}
			return printDone(c, map[string]any{"id": id, "account": account, "purged": true}, "campaign %s is purged\n", id)
		})
	addReason(c, timelineReason)
	return alsoByFilter(c, action.Purge)
}
