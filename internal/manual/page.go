package manual

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// About is what the pages say besides what the commands say of themselves.
type About struct {
	// Version is that of the program.
	Version string
	// Exit is the text on exit codes that ends the help of commands; it has a section of
	// its own here.
	Exit string
	// Variables are the settings that a command reads from the environment; nil where its
	// help has them.
	Variables func(*cobra.Command) []Variable
}

// Variable is a setting in the environment.
type Variable struct{ Name, Default, Help string }

// ManPage is one page of the manual: octoq-enqueue.1 and what it says, for man.
type ManPage struct{ File, Text string }

// Pages are those of a command and of all below it that its help lists.
func Pages(c *cobra.Command, about About) []ManPage {
	pages := []ManPage{{File: name(c) + ".1", Text: about.page(c)}}
	for _, sub := range shown(c) {
		pages = append(pages, Pages(sub, about)...)
	}
	return pages
}

// name is a command's name in the manual: octoq-dead-ls.
func name(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// shown are the commands below one that its help lists, help and completion aside: those
// are the same everywhere.
func shown(c *cobra.Command) []*cobra.Command {
	var subs []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" && sub.Name() != "completion" {
			subs = append(subs, sub)
		}
	}
	return subs
}

func (a About) page(c *cobra.Command) string {
	var p roff
	p.macro("TH", strings.ToUpper(name(c)), "1", "", c.Root().Name()+" "+a.Version, "Manual of "+c.Root().Name())
	p.WriteString(".nh\n.ad l\n") // names of settings stay whole
	p.section("NAME")
	p.line(escape(name(c)) + ` \- ` + escape(c.Short))
	p.section("SYNOPSIS")
	p.line(bold(c.CommandPath()) + " " + escape(usage(c)))
	p.section("DESCRIPTION")
	p.text(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(long(c)), a.Exit)))
	a.commands(&p, c)
	options(&p, "OPTIONS", c.NonInheritedFlags())
	options(&p, "OPTIONS OF ALL COMMANDS", c.InheritedFlags())
	a.environment(&p, c)
	if c.Example != "" {
		p.section("EXAMPLES")
		p.literal(c.Example)
	}
	if strings.Contains(c.Root().Long, a.Exit) {
		p.section("EXIT STATUS")
		p.text(a.Exit)
	}
	seeAlso(&p, c)
	return p.String()
}

// usage is how a command is used, without its own name.
func usage(c *cobra.Command) string {
	_, args, _ := strings.Cut(c.Use, " ")
	switch {
	case len(shown(c)) > 0:
		return "COMMAND [FLAGS]"
	case args == "":
		return "[FLAGS]"
	default:
		return args + " [FLAGS]"
	}
}

func long(c *cobra.Command) string {
	if c.Long != "" {
		return c.Long
	}
	return c.Short + "."
}

func (a About) commands(p *roff, c *cobra.Command) {
	subs := shown(c)
	if len(subs) == 0 {
		return
	}
	p.section("COMMANDS")
	for _, sub := range subs {
		p.item(bold(sub.Name()), sub.Short+"; "+name(sub)+"(1).")
	}
}

func options(p *roff, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	p.section(title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, help := pflag.UnquoteUsage(f)
		term := bold("--" + f.Name)
		if f.Shorthand != "" {
			term = bold("-"+f.Shorthand) + ", " + term
		}
		if value != "" {
			term += " " + italic(value)
		}
		p.item(term, help+byDefault(f.DefValue))
	})
}

// byDefault says what a flag is when it is not given, where that is something.
func byDefault(value string) string {
	switch value {
	case "", "false", "0", "0s", "[]":
		return ""
	default:
		return fmt.Sprintf(" (default %s)", value)
	}
}

func (a About) environment(p *roff, c *cobra.Command) {
	if a.Variables == nil {
		return
	}
	variables := a.Variables(c)
	if len(variables) == 0 {
		return
	}
	p.section("ENVIRONMENT")
	p.text("A flag wins over its variable, a variable over the config file. An empty variable counts as unset.")
	for _, v := range variables {
		p.item(bold(v.Name), v.Help+byDefault(v.Default))
	}
}

func seeAlso(p *roff, c *cobra.Command) {
	var pages []string
	if c.HasParent() {
		pages = append(pages, name(c.Parent()))
	}
	for _, sub := range shown(c) {
		pages = append(pages, name(sub))
	}
	if len(pages) == 0 {
		return
	}
	for i, page := range pages {
		pages[i] = bold(page) + "(1)"
	}
	p.section("SEE ALSO")
	p.line(strings.Join(pages, ", "))
}
