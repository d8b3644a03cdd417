package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/manual"
)

// newManual is the command by which a release makes the pages of the manual. Its name is
// in no help: people read the pages.
func newManual() *cobra.Command {
	return &cobra.Command{
		Use: "manual FOLDER", Short: "write the pages of the manual into a folder", Hidden: true,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("%s takes the folder to write the pages to", c.CommandPath())
			}
			// The settings are in the help already.
			about := manual.About{Version: version, Exit: strings.TrimSpace(exitHelp)}
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
