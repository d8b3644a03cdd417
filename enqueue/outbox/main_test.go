package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/octoq/octoq/enqueue/outbox/internal/pgtest"
)

// requireEnv makes a missing PostgreSQL a failure instead of a skip.
const requireEnv = "OCTOQ_REQUIRE_POSTGRES"

// postgres is one server for all tests, since starting one takes seconds; each of them
// has a database of its own.
var postgres *pgtest.Server

// scratch is a folder for all tests.
var scratch string

func TestMain(m *testing.M) { os.Exit(runAll(m)) } //nolint:forbidigo // the server that it ends has a say, too

func runAll(m *testing.M) (code int) {
	var err error
	if scratch, err = os.MkdirTemp("", "octoq-outbox-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	postgres, err = pgtest.Start(context.Background())
	if err != nil && (!errors.Is(err, pgtest.ErrMissing) || os.Getenv(requireEnv) != "") {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if code = m.Run(); postgres != nil {
		if err := postgres.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}
