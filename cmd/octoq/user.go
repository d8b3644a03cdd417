package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
)

func newUser() *cobra.Command {
	c := &cobra.Command{
		Use:   "user",
		Short: "add, list and remove the users of the web pages",
		Long: "Users are people: they sign in on the pages of octoq web, by a name and a password.\n" +
			"The first one ends the open mode, in which octoq web lets in every user of its machine.\n" +
			"Programs get tokens (octoq token).\n\n" + exitHelp,
		Args: cobra.ArbitraryArgs,
		RunE: unknownCommand,
	}
	c.AddCommand(newUserAdd(), newUserLs(), newUserPasswd(), newUserRm())
	return c
}

const passwordHelp = "On a terminal the password is asked for twice; else it is one line of standard input,\n" +
	"or what the file holds that --password-file names. It has 12 characters at least.\n\n"

func newUserAdd() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "add NAME --role ROLE[@a+b]…", Short: "add a user",
		Long: "Adds a user with some roles: viewer reads; producer enqueues, approver approves, each\n" +
			"besides reading; operator enqueues, cancels, repairs, holds and vouches; admin may do\n" +
			"everything, and alone changes users and tokens.\n\n" + passwordHelp + exitHelp,
		Args: exactArgs(1, "the user's name"),
	}
	given := addGrantFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		grants, err := given.grants()
		if err == nil {
			err = checkName(args[0])
		}
		if err != nil {
			return err
		}
		return withPassword(c, file, func(ctx context.Context, s *accessstore.Store, hash string) error {
			if err := s.AddUser(ctx, args[0], hash, grants); err != nil {
				return err
			}
			return printChange(c, "user", args[0], "added")
		})
	}
	addAccessFlags(c)
	c.Flags().StringVar(&file, "password-file", "", "file that holds the password")
	return c
}

func newUserPasswd() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "passwd NAME", Short: "give a user another password",
		Long: "The user's sessions end.\n\n" + passwordHelp + exitHelp,
		Args: exactArgs(1, "the user's name"),
		RunE: func(c *cobra.Command, args []string) error {
			return withPassword(c, file, func(ctx context.Context, s *accessstore.Store, hash string) error {
				if err := s.ChangeUser(ctx, args[0], accessstore.UserChange{Hash: hash}); err != nil {
					return err
				}
				return printChange(c, "user", args[0], "changed")
			})
		},
	}
	addAccessFlags(c)
	c.Flags().StringVar(&file, "password-file", "", "file that holds the password")
	return c
}

func newUserRm() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use: "rm NAME", Short: "remove a user",
		Long: "The user's sessions end. The last admin is removed by --force alone.\n\n" + exitHelp,
		Args: exactArgs(1, "the user's name"),
		RunE: func(c *cobra.Command, args []string) error {
			return withAccess(c, func(ctx context.Context, s *accessstore.Store) error {
				if err := s.RemoveUser(ctx, args[0], force); err != nil {
					return err
				}
				return printChange(c, "user", args[0], "removed")
			})
		},
	}
	addAccessFlags(c)
	c.Flags().BoolVar(&force, "force", false, "remove the last admin, too")
	return c
}

// userLine is what --json prints of a user.
type userLine struct {
	Name      string         `json:"name"`
	Grants    []access.Grant `json:"grants"`
	CreatedAt time.Time      `json:"created_at"`
	ChangedAt time.Time      `json:"changed_at"`
	ChangedBy string         `json:"changed_by"`
}

func newUserLs() *cobra.Command {
	return accessList("list the users", "Lists the users, with their roles.", printUsers)
}

func printUsers(c *cobra.Command, d access.Directory) error {
	t := newTable(c.OutOrStdout(), "NAME", "CHANGED", "BY", "ROLES")
	t.spare = []string{"BY", "CHANGED"}
	for _, u := range d.UsersByName() {
		if !jsonWanted(c) {
			t.row(u.Name, secondText(u.ChangedAt), u.ChangedBy, access.GrantsText(u.Grants))
		} else if err := printJSON(c.OutOrStdout(), userLine{u.Name, u.Grants, u.CreatedAt, u.ChangedAt, u.ChangedBy}); err != nil {
			return err
		}
	}
	return printTable(c, t, "there are no users: octoq user add NAME --role admin adds the first")
}
