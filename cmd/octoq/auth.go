package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/localuser"
)

func newAuth() *cobra.Command {
	c := &cobra.Command{
		Use:   "auth",
		Short: "end users, tokens and sessions after a restore",
		Long:  "After a restore of Redis from a backup, users and tokens that were removed since\nthen are there again.\n\n" + exitHelp,
		Args:  cobra.ArbitraryArgs,
		RunE:  unknownCommand,
	}
	c.AddCommand(newAuthReset())
	return c
}

func newAuthReset() *cobra.Command {
	var before string
	c := &cobra.Command{
		Use: "reset --before TIME", Short: "end what is older than a time",
		Long: "Removes the users and tokens that were added or last changed before a time, and ends\n" +
			"all sessions that began before it. Give the time of the restore, then add\n" +
			"the users and tokens that are to get in once more.\n\n" + exitHelp,
		Args: exactArgs(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			at, err := time.Parse(time.RFC3339, before)
			if err != nil || at.After(time.Now()) {
				return usagef("--before is %q: want a time that has passed, such as 2026-01-31T09:00:00Z", before)
			}
			return withAccess(c, func(ctx context.Context, s *accessstore.Store) error {
				done, err := s.Reset(ctx, at)
				if err != nil {
					return err
				}
				return printDone(c, done, "ended: %d users (%s), %d tokens (%s), and all sessions from before %s\n", len(done.Users),
					strings.Join(done.Users, ", "), len(done.Tokens), strings.Join(done.Tokens, ", "), secondText(at))
			})
		},
	}
	addAccessFlags(c)
	c.Flags().StringVar(&before, "before", "", "the time, such as 2026-01-31T09:00:00Z")
	return c
}

// addAccessFlags gives a command the flags of those that change users and tokens.
func addAccessFlags(c *cobra.Command) {
	addFlags(c.Flags(), "redis_url", "durable")
	c.Flags().Lookup("durable").NoOptDefVal = durableOnDisk
}

// addAccessReadFlags gives a command the flags of those that look at users and tokens.
func addAccessReadFlags(c *cobra.Command) {
	addFlags(c.Flags(), "redis_url")
	readsToo(c, "durable")
}

// accessList is a command that shows all users or tokens.
func accessList(short, long string, show func(*cobra.Command, access.Directory) error) *cobra.Command {
	c := &cobra.Command{
		Use: "ls", Short: short, Args: exactArgs(0, "no arguments"), Long: long + "\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			return withAccess(c, func(ctx context.Context, s *accessstore.Store) error {
				d, err := s.Load(ctx)
				if err != nil {
					return err
				}
				return show(c, d)
			})
		},
	}
	addAccessReadFlags(c)
	return c
}

// withAccess gives do the users and tokens on the Redis of the settings, after making
// sure that it answers.
func withAccess(c *cobra.Command, do func(context.Context, *accessstore.Store) error) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	return withRedis(c, func(ctx context.Context, rdb redis.UniversalClient) error {
		caller, err := actingAs(ctx, c, k, rdb)
		if err != nil {
			return err
		}
		s, err := openAccess(k, rdb)
		if err != nil {
			return err
		}
		return ofAccess(do(ctx, s.As(caller.Name, "")))
	})
}

// openAccess is the users and tokens on a Redis, in the name of this machine's user.
func openAccess(k *koanf.Koanf, rdb redis.UniversalClient) (*accessstore.Store, error) {
	keep, err := durableRevocation(k.String("durable"))
	return accessstore.New(rdb, localuser.Name(), keep), err
}

// ofAccess gives an error its exit code, where it is one of users and tokens.
func ofAccess(err error) error {
	_, notKept := errors.AsType[*accessstore.NotKeptError](err)
	switch {
	case notKept, errors.Is(err, accessstore.ErrLastAdmin):
		return &codeError{code: exitFailed, text: err.Error()}
	case errors.Is(err, accessstore.ErrTaken):
		return &codeError{code: exitKnown, text: err.Error()}
	case errors.Is(err, accessstore.ErrUnknown):
		return &codeError{code: exitNotFound, text: err.Error()}
	default:
		return err
	}
}

// grantFlags are the flags by which roles are given.
type grantFlags struct{ roles, accounts []string }

func addGrantFlags(c *cobra.Command) *grantFlags {
	g := &grantFlags{}
	c.Flags().StringArrayVar(&g.roles, "role", nil, "viewer, producer, approver, operator or admin; @a+b behind it limits it to the accounts a and b; may be repeated")
	c.Flags().StringArrayVar(&g.accounts, "account", nil, "account to which the roles are limited that name none themselves; may be repeated")
	return g
}

func (g *grantFlags) grants() ([]access.Grant, error) {
	var all []access.Grant
	for _, text := range g.roles {
		grant, err := access.ParseGrant(text)
		if err != nil {
			return nil, usagef("--role: %v", err)
		}
		if len(grant.Accounts) == 0 {
			grant.Accounts = g.accounts
		}
		all = append(all, grant)
	}
	if err := access.CheckGrants(all); err != nil {
		return nil, usagef("--role: %v", err)
	}
	return all, nil
}

func checkName(name string) error {
	if err := access.CheckName(name); err != nil {
		return usagef("%v", err)
	}
	return nil
}

// afterChange says when a change of users and tokens is known everywhere.
const afterChange = "a running octoq web knows it within 5 seconds"

// printChange prints a change of a user or token.
func printChange(c *cobra.Command, kind, name, what string) error {
	return printDone(c, map[string]any{"kind": kind, "name": name, "done": what}, "%s", fmt.Sprintf("%s %s is %s; %s\n", kind, name, what, afterChange))
}
