package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/reference"
)

// completionTimeout is how long a shell waits for the ids in Redis.
const completionTimeout = 2 * time.Second

// addCompletions lets shells offer ids, states and words for all commands below
// one, and the names of files only where files are meant.
func addCompletions(c *cobra.Command) {
	if c.ValidArgsFunction == nil && !c.HasSubCommands() {
		c.ValidArgsFunction = cobra.NoFileCompletions
		if strings.Contains(c.Use, " ID") {
			c.ValidArgsFunction = completeIDs
		}
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if complete := completionOf(f.Name); complete != nil {
			_ = c.RegisterFlagCompletionFunc(f.Name, complete) // fails for what has one
		}
	})
	for _, sub := range c.Commands() {
		addCompletions(sub)
	}
}

// completionOf is what a flag takes, nil for files.
func completionOf(flag string) cobra.CompletionFunc {
	words := map[string][]string{
		"state":   stateNames(),
		"format":  {string(enqueue.FormatCSV), string(enqueue.FormatJSONLines)},
		"example": {string(enqueue.FormatCSV), string(enqueue.FormatJSONLines)},
	}
	for _, f := range reference.Fields() {
		if f.Words != nil {
			words[f.Name] = f.Words
		}
	}
	switch {
	case words[flag] != nil:
		return func(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return beginning(words[flag], begun), cobra.ShellCompDirectiveNoFileComp
		}
	case flag == "account":
		return completeAccounts
	case flag == "config", strings.HasSuffix(flag, "file"), flag == "rejects":
		return nil
	default:
		return cobra.NoFileCompletions
	}
}

// beginning are the words that begin as what was typed.
func beginning(words []string, begun string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, begun) })
}

func stateNames() []string {
	var names []string
	for _, s := range campaign.States() {
		names = append(names, string(s))
	}
	return names
}

// completeIDs offers the newest ids that a command can be about.
func completeIDs(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var ids []string
	if len(args) == 0 {
		_ = forCompletion(c, func(ctx context.Context, client *enqueue.Client) error {
			const most = 500
			page, err := client.List(ctx, enqueue.Filter{Account: accountFlag(c), Limit: most})
			for _, r := range page.Records {
				if strings.HasPrefix(r.ID(), begun) && concerns(c, r) {
					ids = append(ids, r.ID()+"\t"+string(r.State))
				}
			}
			return err
		})
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// concerns reports whether a command can do anything about a campaign.
func concerns(c *cobra.Command, r campaign.Record) bool {
	switch {
	case c.Name() == "approve":
		return r.State == campaign.StateAwaitingApproval || !r.State.Final() && !r.Priced()
	case c.Name() == "cancel":
		return !r.State.Final()
	case c.Parent() != nil && c.Parent().Name() == "dead":
		return r.State == campaign.StateDead
	default:
		return true
	}
}

func completeAccounts(c *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var accounts []string
	_ = forCompletion(c, func(ctx context.Context, client *enqueue.Client) (err error) {
		accounts, err = client.Accounts(ctx)
		return err
	})
	return beginning(accounts, begun), cobra.ShellCompDirectiveNoFileComp
}

// forCompletion asks Redis for no longer than a person waits for a shell. A Redis
// that does not answer leaves nothing to offer.
func forCompletion(c *cobra.Command, ask func(context.Context, *enqueue.Client) error) error {
	ctx := c.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, completionTimeout)
	defer cancel()
	c.SetContext(ctx)
	return withClient(c, ask)
}
