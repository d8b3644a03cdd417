package main

import (
	"github.com/spf13/cobra"
)

// newHelp is cobra's help command, but for its answer to what is no command.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "help about any command",
		Long:  "Prints the help of a command, as --help behind it does.\n\n" + exitHelp,
		ValidArgsFunction: func(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			for _, sub := range about.Commands() {
				if sub.IsAvailableCommand() {
					names = append(names, sub.Name()+"\t"+sub.Short)
				}
			}
			return beginning(names, begun), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil {
				return usagef("%s Try: octoq help", sentence(err))
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest)
			}
			return about.Help()
		},
	}
}
