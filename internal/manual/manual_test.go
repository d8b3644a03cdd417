package manual

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	_ "github.com/octoq/octoq/internal/testenv" // no test sees the developer's settings
)

const exit = "Exit codes: 0 done, 1 failed."

// tree is a program of two commands, whose texts look like instructions of man.
func tree() *cobra.Command {
	run := func(*cobra.Command, []string) {}
	root := &cobra.Command{Use: "tool", Short: "does things", Long: "Does\nthings.\n\n" + exit}
	root.PersistentFlags().Bool("json", false, "print JSON")
	sub := &cobra.Command{
		Use: "put ID", Short: "put it", Long: ".hidden stays\n'so does this\n\n  octoq-a \\ b\n  two\nmore\n\n" + exit, Run: run,
		Example: "tool put x",
	}
	sub.Flags().String("rate", "5", "calls a second")
	sub.Flags().StringP("file", "f", "", "`NAME` of a file")
	root.AddCommand(sub, &cobra.Command{Use: "secret", Hidden: true, Run: run})
	return root
}

func about() About {
	return About{Version: "1.2", Exit: exit, Variables: func(c *cobra.Command) []Variable {
		if c.Name() != "put" {
			return nil
		}
		return []Variable{{Name: "TOOL_RATE", Default: "5", Help: "calls a second"}}
	}}
}

func TestPagesAreThoseOfShownCommands(t *testing.T) {
	t.Parallel()
	var files []string
	for _, page := range Pages(tree(), about()) {
		files = append(files, page.File)
	}
	if diff := cmp.Diff([]string{"tool.1", "tool-put.1"}, files); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

// A page has all that the help of its command has, and nothing that man would obey.
func TestPageOfACommand(t *testing.T) {
	t.Parallel()
	want := `.TH "TOOL\-PUT" "1" "" "tool 1.2" "Manual of tool"
.nh
.ad l
.SH "NAME"
tool\-put \- put it
.SH "SYNOPSIS"
\fBtool put\fR ID [FLAGS]
.SH "DESCRIPTION"
\&.hidden stays
\&'so does this
.PP
.nf
  octoq\-a \e b
  two
.fi
more
.SH "OPTIONS"
.TP
\fB\-f\fR, \fB\-\-file\fR \fINAME\fR
NAME of a file
.TP
\fB\-\-rate\fR \fIstring\fR
calls a second (default 5)
.SH "OPTIONS OF ALL COMMANDS"
.TP
\fB\-\-json\fR
print JSON
.SH "ENVIRONMENT"
A flag wins over its variable, a variable over the config file. An empty variable counts as unset.
.TP
\fBTOOL_RATE\fR
calls a second (default 5)
.SH "EXAMPLES"
.nf
tool put x
.fi
.SH "EXIT STATUS"
Exit codes: 0 done, 1 failed.
.SH "SEE ALSO"
\fBtool\fR(1)
`
	got := Pages(tree(), about())[1].Text
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
}
