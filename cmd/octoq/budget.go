package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/budget"
)

func newBudget() *cobra.Command {
	c := &cobra.Command{
		Use:   "budget",
		Short: "see, set and remove the budgets of accounts",
		Long: "A budget bounds what the campaigns of an account may cost in a day, a week or a\n" +
			"month. The confirm of a campaign reserves its price before it is made, so a budget\n" +
			"is never exceeded, unless a person approves that.\n\n" + exitHelp,
		Args: cobra.ArbitraryArgs,
		RunE: unknownCommand,
	}
	c.AddCommand(newBudgetLs(), newBudgetSet(), newBudgetRm())
	return c
}

func newBudgetLs() *cobra.Command {
	c := &cobra.Command{
		Use: "ls", Short: "list the budgets of an account", Args: exactArgs(0, "no arguments: name the account by --account"),
		Long: "Lists the budgets of an account, and what is used and reserved of each in its present\nperiod.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				all, err := d.Budgets(ctx, accountFlag(c))
				if err != nil {
					return err
				}
				return printBudgets(c, all)
			})
		},
	}
	addTarget(c)
	return c
}

func printBudgets(c *cobra.Command, all []admin.BudgetStanding) error {
	if jsonWanted(c) {
		for _, b := range all {
			if err := printJSON(c.OutOrStdout(), b); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(c.OutOrStdout(), "there is no budget")
		return err
	}
	t := newTable(c.OutOrStdout(), "NAME", "LABEL", "PER", "AMOUNT", "USED", "RESERVED", "OVER", "UNTIL", "SOURCE")
	t.spare = []string{"SOURCE", "LABEL"}
	for _, b := range all {
		t.row(b.Name, b.Label, string(b.Per), b.Amount.String(), b.Used.String(), b.Reserved.String(), string(b.Over), secondText(b.PeriodEnd), b.Source)
	}
	return t.flush()
}

func newBudgetSet() *cobra.Command {
	c := &cobra.Command{
		Use: "set NAME", Short: "set a budget", Args: exactArgs(1, "the budget's name"),
		Long: "Sets a budget, in the place of one of the same name; what its period has counted stays\n" +
			"counted. --label K gives each value of the label an amount of its own, --label K=V is\n" +
			"for that value alone; without --label it is for all campaigns of the account.\n\n" +
			"A campaign that does not fit waits for a person (--over ask), who may approve it\n" +
			"beyond the budget, waits for the next period (wait), or becomes a dead letter (dead).\n" +
			"Budgets of the workers' config file are changed there.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, args []string) error { return runBudgetSet(c, args[0]) },
	}
	addTarget(c)
	c.Flags().String("per", "", "the length of its periods: day, week (from Monday on) or month")
	c.Flags().String("amount", "", "euros that campaigns may cost in a period: 500.00")
	c.Flags().Int("contacts", 0, "contacts that they may go to in a period; 0 is no bound")
	c.Flags().String("label", "", "which campaigns it is for: K or K=V; all when empty")
	c.Flags().String("zone", budget.DefaultZone, "time zone of its periods, such as Europe/Paris")
	c.Flags().String("over", string(budget.OverAsk), "what becomes of a campaign that does not fit: ask, wait or dead")
	readsToo(c, "api_login") // to know the default account by
	return c
}

func runBudgetSet(c *cobra.Command, name string) error {
	amount, err := moneyFlag(c, "amount")
	if err != nil {
		return err
	}
	if amount == nil {
		return usagef("a budget needs --amount, such as --amount 500.00. Try: %s --help", c.CommandPath())
	}
	text := func(flag string) string {
		return c.Flags().Lookup(flag).Value.String()
	}
	contacts, err := c.Flags().GetInt("contacts")
	if err != nil {
		return err
	}
	b := budget.Budget{
		Name: name, Per: budget.Per(text("per")), Amount: *amount, Contacts: contacts, Label: text("label"), Zone: text("zone"), Over: budget.Over(text("over")),
	}
	if err := b.Validate(); err != nil {
		return err
	}
	return withDesk(c, func(ctx context.Context, d *admin.Service) error {
		account := accountFlag(c)
		if err := warnOfStranger(ctx, c, d, account); err != nil {
			return err
		}
		set, warnings, err := d.SetBudget(ctx, account, b)
		if err != nil {
			return err
		}
		warnAll(c, warnings)
		return printDone(c, set, "budget %s of account %s: %s are used and %s reserved until %s\n", set.Budget, account, set.Used, set.Reserved, secondText(set.PeriodEnd))
	})
}

// warnAll prints warnings on standard error.
func warnAll(c *cobra.Command, warnings []string) {
	for _, w := range warnings {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "warning: %s\n", plain(w))
	}
}

func newBudgetRm() *cobra.Command {
	c := &cobra.Command{
		Use: "rm NAME", Short: "remove a budget", Args: exactArgs(1, "the budget's name"),
		Long: "Removes a budget. Campaigns that wait for its next period go on within the hour.\nBudgets of the workers' config file are removed there.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				account := accountFlag(c)
				if err := d.RemoveBudget(ctx, account, args[0]); err != nil {
					return err
				}
				return printDone(c, map[string]any{"account": account, "name": args[0], "removed": true}, "budget %s of account %s is removed\n", args[0], account)
			})
		},
	}
	addTarget(c)
	return c
}
