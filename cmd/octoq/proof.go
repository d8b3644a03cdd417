package main

import (
	"context"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/proof"
)

func newProof() *cobra.Command {
	c := &cobra.Command{
		Use:   "proof ID --list NAME",
		Short: "send the text of a campaign to a small list first",
		Long: "Enqueues a campaign of its own with the same text, sender, type and purpose, to another\n" +
			"list. Its id is ID-proof-1, and so on, and it has the label proof_of=ID beside those\n" +
			"of the campaign. It waits to be approved, unless the campaign says confirm auto.\n" +
			"Octopush charges for it as for any other. The campaign itself is left as it is: one\n" +
			"with confirm manual waits while its proof is read.\n\n" +
			"While a proof has not ended, the same one is not made again: its id is printed, and\n" +
			"the exit code is 4.\n\n" + exitHelp,
		Args: exactArgs(1, "the campaign's id"),
		RunE: func(c *cobra.Command, args []string) error { return runProof(c, args[0]) },
	}
	addTarget(c)
	c.Flags().String("list", "", "the list that the proof goes to")
	readsToo(c, "window", "accounts_dir")
	return c
}

func runProof(c *cobra.Command, id string) error {
	list, err := c.Flags().GetString("list")
	if err != nil || list == "" {
		return usagef("a proof needs --list, the list that it goes to. Try: %s --help", c.CommandPath())
	}
	var proofs proof.Proofs
	configure := func(cfg *enqueue.Config, k *koanf.Koanf, caller access.Caller) {
		cfg.Windows, proofs.Allow = windowsOf(k), ruleOf(caller)
	}
	return withClientOf(c, configure, func(ctx context.Context, client *enqueue.Client) error {
		proofs.Client = client
		made, err := proofs.Make(ctx, accountFlag(c), id, list)
		if err != nil {
			return err
		}
		return printProof(c, made)
	})
}

func printProof(c *cobra.Command, made proof.Made) error {
	for _, w := range made.Receipt.Warnings {
		warnAll(c, []string{w.Field + ": " + w.Problem})
	}
	if err := printDone(c, made.Receipt, "%s\n", made.Receipt.ID); err != nil {
		return err
	}
	if made.Known {
		return errSilent(exitKnown)
	}
	return nil
}
