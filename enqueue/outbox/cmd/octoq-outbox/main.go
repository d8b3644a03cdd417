// Command octoq-outbox relays campaigns from the outbox of a PostgreSQL database to
// octoq's Redis, and looks after the outbox.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9"
	"github.com/spf13/cobra"
)

// version is set when the program is linked.
var version = "dev"

func main() {
	redis.SetLogger(quiet{})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code) //nolint:forbidigo // the main function of this program
}

// quiet keeps go-redis from writing between our lines: every error it mentions comes
// back to us as well.
type quiet struct{}

// Printf writes nothing.
func (quiet) Printf(context.Context, string, ...any) {}

// Exit codes, those of octoq.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitNotFound = 3
)

// usageError is bad usage: a wrong argument or setting.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

var errNotFound = errors.New("not found")

// run is the program without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "octoq-outbox:", err)
	}
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, errNotFound):
		return exitNotFound
	default:
		return exitFailed
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "octoq-outbox",
		Short:         "relay campaigns from a PostgreSQL outbox to octoq's Redis",
		Long:          "Relays campaigns from the table octoq_outbox of a PostgreSQL database to octoq's Redis.\n\n" + settingsHelp() + exitHelp,
		Version:       version,
		SilenceErrors: true, SilenceUsage: true,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%v", err) })
	root.AddCommand(newRelay(), newMigrate(), newSchema(), newStatus(), newRefused(), newRetry(), newDrop(), newManual())
	return root
}

const exitHelp = "\nExit codes: 0 done, 1 failed, 2 bad usage, 3 not found."

func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, and %q is one; %s --help says more", c.CommandPath(), args[0], c.CommandPath())
	}
	return nil
}
