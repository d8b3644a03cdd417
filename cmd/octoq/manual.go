package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/manual"
)

// newManual is the command by which a release makes the pages of the manual. Its name is
// in no help: people read the pages.
func newManual() *cobra.Command {
	return &cobra.Command{
		Use: "manual FOLDER", Short: "write the pages of the manual into a folder", Hidden: true,
		Args: exactArgs(1, "the folder to write the pages of the manual to"),
		RunE: func(c *cobra.Command, args []string) error {
			about := manual.About{Version: versionText(), Exit: exitHelp, Variables: variablesOf}
			for _, page := range manual.Pages(c.Root(), about) {
				const readable = 0o644
				if err := os.WriteFile(filepath.Join(args[0], page.File), []byte(page.Text), readable); err != nil {
					return fmt.Errorf("write the manual: %w", err)
				}
			}
			return nil
		},
	}
}

// variablesOf are the settings of a command as variables of the environment.
func variablesOf(c *cobra.Command) []manual.Variable {
	names := settingsOf(c)
	var variables []manual.Variable
	for _, s := range settings() {
		if asksFor(names, s.name) {
			variables = append(variables, manual.Variable{Name: s.variable(), Default: s.value, Help: s.help})
		}
	}
	return variables
}
