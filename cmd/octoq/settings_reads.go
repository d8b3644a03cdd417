package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// settingsRead is the annotation of a command with the settings that it goes by
// and has no flags for.
const settingsRead = "octoq_settings"

// readsToo notes that a command goes by settings that are no flags of it, such as
// secrets: docs/settings.md names the commands of each setting.
func readsToo(c *cobra.Command, names ...string) {
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	all := append(strings.Fields(c.Annotations[settingsRead]), names...)
	slices.Sort(all)
	c.Annotations[settingsRead] = strings.Join(slices.Compact(all), " ")
}

// settingsOf are the settings that a command has flags for, and those that it
// goes by without one.
func settingsOf(c *cobra.Command) []string {
	names := strings.Fields(c.Annotations[settingsRead])
	c.LocalFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Annotations[settingFlag]...) })
	slices.Sort(names)
	return slices.Compact(names)
}
