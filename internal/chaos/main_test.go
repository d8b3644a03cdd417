package chaos

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/octoq/octoq/internal/proctest"
)

// The flags of a run; `make chaos` sets them.
var (
	flagN       = flag.Int("chaos.n", 60, "how many campaigns")
	flagSeconds = flag.Int("chaos.seconds", 12, "how many seconds faults come for")
	flagRedis   = flag.String("chaos.redis", string(one), "on which Redis: one, sentinel or cluster")
	flagSeed    = flag.Uint64("chaos.seed", 0, "which faults, in which order; 0 takes one by the clock")
	flagRate    = flag.Int("chaos.rate", 50, "the limit of the account, calls a second")
	flagWorkers = flag.Int("chaos.workers", 3, "how many worker processes")
	flagLeft    = flag.Bool("chaos.left", false, "leave a worker with a primary that is cut off: it may send twice, see What stays open in docs/delivery.md")
	flagKeep    = flag.Bool("chaos.keep", false, "keep logs and data of a run that passed, too")
)

// programs are what the processes are started from, built once.
var programs struct {
	octoq, toxiproxy string
	err              error
}

func TestMain(m *testing.M) {
	flag.Parse()
	oneConnectionEach()
	dir, err := os.MkdirTemp("", "octoq-chaos-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // nothing can run without a folder
	}
	build(dir)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code) //nolint:forbidigo // the exit code of the tests
}

// oneConnectionEach gives each call of toxiproxy's client, which takes Go's
// default transport, a connection of its own: toxiproxy drops one that was idle
// for ten seconds, and a POST written at that moment ends with EOF.
func oneConnectionEach() {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t.DisableKeepAlives = true
	}
}

// build compiles the programs; octoq with the race detector where the tests
// have it.
func build(dir string) {
	var flags []string
	if raceDetector {
		flags = []string{"-race"}
	}
	programs.octoq, programs.err = proctest.Build(context.Background(), dir, "octoq", proctest.Octoq, flags...)
	if programs.err == nil {
		programs.toxiproxy, programs.err = proctest.Build(context.Background(), dir, "toxiproxy", "github.com/Shopify/toxiproxy/v2/cmd/server")
	}
}
