package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/action"
)

// filterFlagNames are the flags of addFilter.
func filterFlagNames() []string {
	return []string{"state", "label", "list-name", "tag-name", "class", "since", "until", "id-prefix"}
}

// alsoByFilter lets a command on one campaign act on many: on those that flags find, or
// on those of a plan.
func alsoByFilter(c *cobra.Command, verb action.Verb) *cobra.Command {
	name := strings.TrimSpace(strings.TrimPrefix(c.Use, c.Name()))
	c.Use = c.Name() + " " + name + " | --class … | --plan P"
	addFilter(c)
	f := c.Flags()
	f.Bool("dry-run", false, "say which campaigns the filter finds, and touch none")
	f.String("plan", "", "touch the campaigns of this plan of a --dry-run; or go on with an action that was broken off")
	if verb != action.Approve {
		f.Bool("yes", false, "do not ask")
	}
	c.Example = exampleOf(c, verb)
	one, wants := c.RunE, c.Args
	c.Args = func(c *cobra.Command, args []string) error {
		if !byFilter(c) {
			return wants(c, args)
		}
		if len(args) > 0 {
			return usagef("give the campaign's id or say by flags which campaigns are meant, not both: got %q. Try: %s --help", args[0], c.CommandPath())
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if !byFilter(c) {
			return one(c, args)
		}
		return runByFilter(c, verb)
	}
	return c
}

func exampleOf(c *cobra.Command, verb action.Verb) string {
	path, more := "octoq "+c.Name(), ""
	switch verb {
	case action.Replay, action.Purge:
		path = "octoq dead " + c.Name()
	case action.Reject:
		more = " --reason 'a wrong date'"
	case action.Approve, action.Cancel:
	}
	find := map[action.Verb]string{
		action.Replay: "--class rejected --label shop=3", action.Purge: "--class expired --until 720h",
		action.Cancel: "--label quote=Q-17", action.Approve: "--list-name customers --since 24h", action.Reject: "--label quote=Q-17",
	}[verb]
	return fmt.Sprintf("  %[1]s spring-1%[3]s\n  %[1]s %[2]s%[3]s\n  %[1]s %[2]s%[3]s --dry-run --json\n  %[1]s --plan default.k3vq…", path, find, more)
}

// byFilterHelp is what the help of such a command says of that.
const byFilterHelp = "Instead of an id, flags may say which campaigns are meant, all flags at once. octoq then\n" +
	"shows how many there are and what they cost, and asks. Without a terminal give --plan,\n" +
	"with the plan that --dry-run --json prints; it is good for an hour. What has changed\n" +
	"since is left alone, nothing is forced, and each campaign's timeline names who acted.\n" +
	"An action that was broken off goes on with --plan.\n\n"

// byFilter reports whether the flags say which campaigns are meant.
func byFilter(c *cobra.Command) bool {
	return slices.ContainsFunc(append(filterFlagNames(), "dry-run", "plan", "yes"), func(name string) bool {
		f := c.Flags().Lookup(name)
		return f != nil && f.Changed
	})
}

// runByFilter is a command on many campaigns.
func runByFilter(c *cobra.Command, verb action.Verb) error {
	if err := checkByFilter(c); err != nil {
		return err
	}
	order := action.Order{Verb: verb}
	var err error
	if order.Filter, err = filterFlags(c, time.Now()); err != nil {
		return err
	}
	if c.Flags().Lookup("reason") != nil {
		order.Reason = reasonFlag(c)
	}
	return withActions(c, func(ctx context.Context, a *action.Actions, caller access.Caller, audit *accessstore.Store) error {
		plan, err := c.Flags().GetString("plan")
		if err != nil {
			return err
		}
		if plan == "" {
			if plan, err = planned(ctx, c, a, order); plan == "" || err != nil {
				return err
			}
		} else if err := planFits(ctx, c, a, caller, plan, verb); err != nil {
			return err
		}
		return carryOut(ctx, c, a, caller.Name, audit, verb, plan)
	})
}

// checkByFilter refuses flags that say nothing, or that are for one campaign alone.
func checkByFilter(c *cobra.Command) error {
	given := func(name string) bool { f := c.Flags().Lookup(name); return f != nil && f.Changed }
	for _, name := range append(filterFlagNames(), "plan") { // what is empty would mean more than was meant
		if !given(name) {
			continue
		}
		if err := emptyFlag(name, strings.Trim(c.Flags().Lookup(name).Value.String(), `[]"`)); err != nil {
			return err
		}
	}
	for _, name := range []string{"force", "cost", "contacts", "up-to", "wait"} {
		if given(name) {
			return usagef("--%s is for one campaign, named by its id. Try: %s --help", name, c.CommandPath())
		}
	}
	if !given("plan") {
		return nil
	}
	for _, name := range append(filterFlagNames(), "dry-run", "reason") {
		if given(name) {
			return usagef("--plan says already which campaigns are meant: leave --%s out", name)
		}
	}
	return nil
}

// planFits refuses a plan of another command, of another account than was named, or of one
// where the caller may not do it.
func planFits(ctx context.Context, c *cobra.Command, a *action.Actions, caller access.Caller, plan string, verb action.Verb) error {
	seen, err := a.Look(ctx, plan)
	switch {
	case errors.Is(err, action.ErrUnknown):
		return &codeError{code: exitNotFound, text: "plan " + plan + ": " + err.Error()}
	case err != nil:
		return err
	case seen.Verb != verb:
		return usagef("plan %s is one to %s. Try: %s --plan %s", plan, seen.Verb, commandOf(seen.Verb), plan)
	case c.Flags().Changed("account") && accountFlag(c) != seen.Account:
		return usagef("plan %s is of account %s, not of %s", plan, seen.Account, accountFlag(c))
	}
	return mayRun(c, caller, seen.Account)
}

func commandOf(verb action.Verb) string {
	if verb == action.Replay || verb == action.Purge {
		return "octoq dead " + string(verb)
	}
	return "octoq " + string(verb)
}

// planned is the plan that is to be carried out, "" for none: a dry run, or a filter that
// finds nothing.
func planned(ctx context.Context, c *cobra.Command, a *action.Actions, o action.Order) (string, error) {
	dry, err := c.Flags().GetBool("dry-run")
	if err != nil {
		return "", err
	}
	if err := mayAsk(c, o.Verb, dry); err != nil {
		return "", err
	}
	p, err := a.Plan(ctx, o)
	if _, tooMany := errors.AsType[*action.TooManyError](err); tooMany {
		return "", usagef("%v", err)
	}
	if err != nil {
		return "", err
	}
	if dry || p.Campaigns == 0 {
		return "", showPlan(c, p)
	}
	if yes, _ := c.Flags().GetBool("yes"); yes {
		return p.ID, nil
	}
	if err := showPlan(c, p); err != nil {
		return "", err
	}
	return p.ID, confirmPlan(ctx, c, p)
}

// mayAsk refuses to act where no person can be asked, and none has said what was seen.
func mayAsk(c *cobra.Command, verb action.Verb, dry bool) error {
	yes, _ := c.Flags().GetBool("yes")
	if dry || yes || isTerminal(c.InOrStdin()) && isTerminal(c.OutOrStdout()) && !jsonWanted(c) {
		return nil
	}
	instead := ", or --yes"
	if verb == action.Approve {
		instead = ""
	}
	return usagef("there is no terminal to ask on: look first with --dry-run --json, then give --plan with its plan%s", instead)
}

// withActions gives do what acts on many campaigns, on the Redis of the settings, and the
// audit log.
func withActions(c *cobra.Command, do func(context.Context, *action.Actions, access.Caller, *accessstore.Store) error) error {
	return onRedis(c, func(ctx context.Context, d atDesk) error {
		client, err := enqueue.New(enqueue.Config{Client: d.rdb, Who: d.caller.Name, Retention: d.retention})
		if err != nil {
			return usagef("%v", err)
		}
		a, err := action.New(action.Config{Redis: d.rdb, Client: client, Operator: d.operator, Ended: func(ctx context.Context, s action.Status) {
			if err := noteEnd(ctx, d.audit, s); err != nil {
				_, _ = fmt.Fprintln(c.ErrOrStderr(), "warning: the audit log does not have that it ended:", err)
			}
		}})
		if err != nil {
			return err
		}
		return do(ctx, a, d.caller, d.audit)
	})
}
