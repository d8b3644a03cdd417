package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
)

func newToken() *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "add, list and remove the tokens of programs",
		Long: "A token is how a program says to the HTTP API who it is: Authorization: Bearer TOKEN.\n" +
			"octoq keeps only a hash of it. People are users (octoq user).\n\n" + exitHelp,
		Args: cobra.ArbitraryArgs,
		RunE: unknownCommand,
	}
	c.AddCommand(newTokenAdd(), newTokenLs(), newTokenRm())
	return c
}

func newTokenAdd() *cobra.Command {
	var kind, expires string
	c := &cobra.Command{
		Use: "add NAME --role ROLE[@a+b]…", Short: "add a token, and print it once",
		Long: "Adds a token with some roles (see octoq user add). Its campaigns are sent (live), wait\n" +
			"for a person whatever they say (review), or are never sent (simulate); the latter two\n" +
			"may be viewer and producer. The token is printed now and never again.\n\n" + exitHelp,
		Args: exactArgs(1, "the token's name"),
	}
	given := addGrantFlags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		t, err := tokenFrom(given, args[0], kind, expires)
		if err != nil {
			return err
		}
		return withAccess(c, func(ctx context.Context, s *accessstore.Store) error {
			var text string
			t.ID, text, t.Sum = access.NewToken(t.Kind)
			t, err := s.AddToken(ctx, t)
			if err != nil {
				return err
			}
			return printToken(c, t, text)
		})
	}
	addAccessFlags(c)
	c.Flags().StringVar(&kind, "kind", string(access.Live), "live, review or simulate")
	c.Flags().StringVar(&expires, "expires", "", "after which time it is refused, such as 90d; never when empty")
	return c
}

// tokenFrom is the token that the flags describe, without its secret.
func tokenFrom(given *grantFlags, name, kind, expires string) (access.Token, error) {
	grants, err := given.grants()
	if err == nil {
		err = checkName(name)
	}
	t := access.Token{Name: name, Kind: access.TokenKind(kind), Grants: grants}
	if err != nil {
		return t, err
	}
	if err := access.CheckKind(t.Kind, grants); err != nil {
		return t, usagef("%v", err)
	}
	if expires != "" {
		after, err := parseDuration(expires)
		if err != nil || after <= 0 {
			return t, usagef("--expires is %q: want a time such as 90d or 12h", expires)
		}
		t.ExpiresAt = time.Now().Add(after).UTC().Truncate(time.Second)
	}
	return t, nil
}

// printToken prints a new token alone on standard output, for a program to take. What
// cannot be printed is lost.
func printToken(c *cobra.Command, t access.Token, text string) error {
	if jsonWanted(c) {
		return printJSON(c.OutOrStdout(), struct {
			tokenLine
			Token string `json:"token"`
		}{lineOfToken(t), text})
	}
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "token %s is added; %s. This is the only time it is shown:\n", t.Name, afterChange)
	if _, err := io.WriteString(c.OutOrStdout(), text+"\n"); err != nil {
		return fmt.Errorf("token %s is added, and could not be shown: remove it and add another: %w", t.Name, err)
	}
	return nil
}

func newTokenRm() *cobra.Command {
	c := &cobra.Command{
		Use: "rm NAME", Short: "remove a token",
		Long: "Programs that have it are refused from then on.\n\n" + exitHelp,
		Args: exactArgs(1, "the token's name"),
		RunE: func(c *cobra.Command, args []string) error {
			return withAccess(c, func(ctx context.Context, s *accessstore.Store) error {
				if err := s.RemoveToken(ctx, args[0]); err != nil {
					return err
				}
				return printChange(c, "token", args[0], "removed")
			})
		},
	}
	addAccessFlags(c)
	return c
}

// tokenLine is what --json prints of a token.
type tokenLine struct {
	Name      string           `json:"name"`
	ID        string           `json:"id"`
	Kind      access.TokenKind `json:"kind"`
	Grants    []access.Grant   `json:"grants"`
	CreatedAt time.Time        `json:"created_at"`
	ChangedAt time.Time        `json:"changed_at"`
	ChangedBy string           `json:"changed_by"`
	ExpiresAt time.Time        `json:"expires_at,omitzero"`
}

func lineOfToken(t access.Token) tokenLine {
	return tokenLine{t.Name, t.ID, t.Kind, t.Grants, t.CreatedAt, t.ChangedAt, t.ChangedBy, t.ExpiresAt}
}

func newTokenLs() *cobra.Command {
	return accessList("list the tokens", "Lists the tokens, with their roles; the tokens themselves are not kept.", printTokens)
}

func printTokens(c *cobra.Command, d access.Directory) error {
	t := newTable(c.OutOrStdout(), "NAME", "KIND", "EXPIRES", "CHANGED", "BY", "ROLES")
	t.spare = []string{"BY", "CHANGED"}
	for _, token := range d.TokensByName() {
		if !jsonWanted(c) {
			t.row(token.Name, string(token.Kind), secondText(token.ExpiresAt), secondText(token.ChangedAt), token.ChangedBy, access.GrantsText(token.Grants))
		} else if err := printJSON(c.OutOrStdout(), lineOfToken(token)); err != nil {
			return err
		}
	}
	return printTable(c, t, "there are no tokens: octoq token add NAME --role producer adds one")
}

// printTable prints a table for people, or says that there is nothing in it.
func printTable(c *cobra.Command, t *table, nothing string) error {
	if jsonWanted(c) {
		return nil
	}
	if len(t.rows) == 0 {
		_, err := fmt.Fprintln(c.OutOrStdout(), nothing)
		return err
	}
	return t.flush()
}
