// Command octoq takes SMS campaigns from Redis through Octopush's API: each of
// them exactly as far as it was meant to go, and never twice.
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
)

func main() {
	redis.SetLogger(quiet{})
	ctx, stop := interruptible()
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// quiet keeps go-redis, which logs for the whole process, from writing between
// our lines: every error it mentions comes back to us as well.
type quiet struct{}

// Printf writes nothing.
func (quiet) Printf(context.Context, string, ...any) {}

// interruptible is a context that ends with the first SIGINT or SIGTERM; the
// second one ends the process at once.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-signals
		signal.Stop(signals) // from here on the next one has its usual effect
		cancel(fmt.Errorf("received %s", s))
	}()
	return ctx, func() { cancel(nil) }
}

// run is the program without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var coded *codeError
	if err != nil && !(errors.As(err, &coded) && coded.text == "") {
		_, _ = fmt.Fprintln(stderr, "octoq:", plainLines(explain(err)))
	}
	return exitCode(err)
}

// explain is the line that an error prints.
func explain(err error) string {
	var coded *codeError
	if !errors.As(err, &coded) && (exitCode(err) == exitRedis || adviceOn(err) != "") {
		return awayText(err)
	}
	return err.Error()
}
