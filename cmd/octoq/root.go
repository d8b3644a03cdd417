package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

// newRoot is the command line: one file per command adds itself here.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "octoq",
		Short:         "SMS campaigns from Redis through Octopush: never twice, never lost",
		Long:          "octoq takes SMS campaigns from Redis through Octopush's API: created, priced,\nvalidated and sent, each of them once.\n\n" + exitHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          unknownCommand,
	}
	root.PersistentFlags().String("config", "", "config file, YAML (OCTOQ_CONFIG)")
	root.PersistentFlags().Bool("json", false, "print JSON: one object, or one object a line")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newWorker(), newEnqueue(), newStatus(), newList(), newApprove(), newReject(), newCancel())
	root.AddCommand(newDead(), newHold(), newAccount(), newBudget(), newRules(), newVouch(), newSchedule(), newDemo(), newSimulate(), newVersion())
	root.AddCommand(newWeb(), newUser(), newToken(), newAuth(), newAudit(), newReport(), newResults(), newReplies(), newOptOuts(), newCallbacks(), newContacts(), newQuote(), newProof(), newDoctor(), newBench(), newManual())
	root.SetHelpCommand(newHelp())
	root.Version = versionText()
	root.SetVersionTemplate(fmt.Sprintf("octoq %s (%s)\n", versionText(), runtime.Version()))
	takeTokens(root)
	addCompletions(root)
	return root
}

// flagError says what is wrong with the flags, and how an id is given that looks
// like one.
func flagError(c *cobra.Command, err error) error {
	hint := "Try: " + c.CommandPath() + " --help"
	if strings.Contains(c.Use, " ID") && strings.HasPrefix(err.Error(), "unknown") {
		hint += "; an id that begins with - stands last, behind --"
	}
	return usagef("%s %s", sentence(flagProblem(err)), hint)
}

// flagProblem is an error of the flags in words of people: what Go's parsers of
// numbers and durations say is left out.
func flagProblem(err error) error {
	for _, p := range []struct{ parser, wanted string }{
		{": strconv.ParseBool:", "true or false is wanted"},
		{": strconv.", "a number is wanted"},
		{": time: ", "a time such as 30s or 3h is wanted"},
	} {
		if flag, _, found := strings.Cut(err.Error(), p.parser); found {
			return fmt.Errorf("%s: %s", flag, p.wanted)
		}
	}
	return err
}

// unknownCommand is what runs when no command was named, or none that is known.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	hint := c.CommandPath() + " --help"
	const slips = 2 // letters that may be wrong
	c.SuggestionsMinimumDistance = slips
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = c.CommandPath() + " " + near[0]
	}
	return usagef("unknown command %q. Try: %s", args[0], hint)
}

// exactArgs wants n arguments and says what they are.
func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == n:
			return nil
		case n == 0:
			return usagef("%s takes %s. Try: %s --help", c.CommandPath(), what, c.CommandPath())
		case len(args) > n:
			return usagef("%s takes %s and nothing else, but got %q as well. Try: %s --help", c.CommandPath(), what, args[n], c.CommandPath())
		default:
			return usagef("%s needs %s. Try: %s --help", c.CommandPath(), what, c.CommandPath())
		}
	}
}

// jsonWanted reports whether --json was given.
func jsonWanted(c *cobra.Command) bool {
	on, err := c.Flags().GetBool("json")
	return err == nil && on
}

// errSilent is a failure whose details were printed already.
func errSilent(code int) error { return &codeError{code: code} }
