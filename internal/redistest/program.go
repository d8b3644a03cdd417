package redistest

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// ProgramEnv names the server that tests start, by its path, where it is not to be
// the redis-server that is installed: one of those that `make servers` unpacks.
const ProgramEnv = "OCTOQ_TEST_REDIS"

// Program is the server that tests start. Where there is none the test is skipped,
// or fails under OCTOQ_REQUIRE_REDIS=1 or when OCTOQ_TEST_REDIS names it.
func Program(tb testing.TB) string {
	tb.Helper()
	if o, ok := tb.(on); ok {
		return o.program
	}
	named := os.Getenv(ProgramEnv)
	program, err := exec.LookPath(cmp.Or(named, "redis-server"))
	switch {
	case err == nil:
	case named != "":
		tb.Fatalf("%s names no program: %v; make servers unpacks some into bin/servers, and the path is to be absolute", ProgramEnv, err)
	case os.Getenv(RequireEnv) != "":
		tb.Fatalf("redis-server is not installed, and %s is set", RequireEnv)
	default:
		tb.Skip("SKIPPED: redis-server is not installed")
	}
	return program
}

// on is a test of which the servers are of a certain program.
type on struct {
	testing.TB
	program string
}

// On makes everything that is started for a test run on a certain program.
func On(tb testing.TB, program string) testing.TB { return on{tb, program} }

// RequireServersEnv makes it a failure that `make servers` was not run.
const RequireServersEnv = "OCTOQ_REQUIRE_SERVERS"

// unpacked are the servers of `make servers`, by what a sub-test on them is called.
func unpacked() map[string]string {
	return map[string]string{"redis-8": "redis-server", "valkey-8": "valkey-server"}
}

// OnEachServer runs a test on the server that [Program] chooses and on each that
// `make servers` unpacks. Where it has not, the sub-test is skipped, or fails under
// OCTOQ_REQUIRE_SERVERS=1.
func OnEachServer(t *testing.T, do func(t *testing.T, program string)) {
	t.Helper()
	t.Run("present", func(t *testing.T) {
		t.Parallel()
		do(t, Program(t))
	})
	for name, file := range unpacked() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(root(t), "bin", "servers", name, file)
			if _, err := exec.LookPath(program); err != nil {
				if os.Getenv(RequireServersEnv) != "" {
					t.Fatalf("%v, and %s is set: make servers unpacks it", err, RequireServersEnv)
				}
				t.Skipf("SKIPPED: there is no %s, make servers unpacks it", name)
			}
			do(t, program)
		})
	}
}

// root is the folder of the module, from where a test runs.
func root(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			tb.Fatal("no folder above has a go.mod")
		}
	}
}
