package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/budget"
)

func newRules() *cobra.Command {
	c := &cobra.Command{
		Use:   "rules",
		Short: "see and set what an account demands of each campaign",
		Long: "The rules of an account are floors: a campaign can be stricter by its own fields, and\n" +
			"never laxer. They hold beside what the workers' settings demand.\n\n" + exitHelp,
		Args: cobra.ArbitraryArgs,
		RunE: unknownCommand,
	}
	c.AddCommand(newRulesShow(), newRulesSet())
	return c
}

func newRulesShow() *cobra.Command {
	c := &cobra.Command{
		Use: "show", Short: "show the rules of an account", Args: exactArgs(0, "no arguments: name the account by --account"),
		Long: "Shows the rules in force: those set by commands and by the workers' config files\ntogether.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			return withDesk(c, func(ctx context.Context, d *admin.Service) error { return printRules(ctx, c, d) })
		},
	}
	addTarget(c)
	return c
}

func printRules(ctx context.Context, c *cobra.Command, d *admin.Service) error {
	rules, err := d.Rules(ctx, accountFlag(c))
	if err != nil {
		return err
	}
	if jsonWanted(c) {
		return printJSON(c.OutOrStdout(), rules)
	}
	t := newRows(c.OutOrStdout())
	t.set("account", rules.Account)
	t.set("confirm", orNone(rules.Confirm))
	above, contacts := "", ""
	if rules.ApproveAbove > 0 {
		above = rules.ApproveAbove.String()
	}
	if rules.ApproveAboveContacts > 0 {
		contacts = strconv.Itoa(rules.ApproveAboveContacts)
	}
	t.set("approve above", orNone(above))
	t.set("approve above contacts", orNone(contacts))
	t.set("approve by", orNone(rules.ApproveBy))
	t.set("window", orNone(rules.Window))
	return t.flush()
}

func newRulesSet() *cobra.Command {
	c := &cobra.Command{
		Use: "set", Short: "set rules of an account", Args: exactArgs(0, "no arguments: rules are flags"),
		Long: "Sets the rules that are given as flags, and leaves the others as they are. What the\n" +
			"workers' config files demand holds beside them.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error { return runRulesSet(c) },
	}
	addTarget(c)
	c.Flags().String("confirm", "", "manual has a person approve each campaign, auto does not")
	c.Flags().String("approve-above", "", "euros above which a person approves; 0 is no such rule")
	c.Flags().Int("approve-above-contacts", 0, "contacts above which a person approves; 0 is no such rule")
	c.Flags().String("approve-by", "", "who may approve: anyone, or other, a user or token that has not written the campaign")
	c.Flags().String("window", "", "when wholesale campaigns may go out, beside other windows; off is at any hour")
	readsToo(c, "api_login") // to know the default account by
	return c
}

func runRulesSet(c *cobra.Command) error {
	above, err := moneyFlag(c, "approve-above")
	if err != nil {
		return err
	}
	contacts, err := c.Flags().GetInt("approve-above-contacts")
	if err != nil {
		return err
	}
	change := func(r budget.Rules) budget.Rules {
		for flag, field := range map[string]*string{"confirm": &r.Confirm, "approve-by": &r.ApproveBy, "window": &r.Window} {
			if c.Flags().Changed(flag) {
				*field = c.Flags().Lookup(flag).Value.String()
			}
		}
		if above != nil {
			r.ApproveAbove = *above
		}
		if c.Flags().Changed("approve-above-contacts") {
			r.ApproveAboveContacts = contacts
		}
		return r
	}
	return withDesk(c, func(ctx context.Context, d *admin.Service) error {
		if err := warnOfStranger(ctx, c, d, accountFlag(c)); err != nil {
			return err
		}
		warnings, err := d.SetRules(ctx, accountFlag(c), change)
		if err != nil {
			return err
		}
		warnAll(c, warnings)
		return printRules(ctx, c, d)
	})
}

// orNone is a text, or what stands where there is none.
func orNone(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
