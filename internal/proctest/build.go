package proctest

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Octoq is the import path of the program.
const Octoq = "github.com/octoq/octoq/cmd/octoq"

// Build compiles a main package into a folder, under a name, with further
// arguments for go build, and returns the path of the program.
func Build(ctx context.Context, dir, name, pkg string, flags ...string) (string, error) {
	path := filepath.Join(dir, name)
	args := append(append([]string{"build", "-o", path}, flags...), pkg)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil { //nolint:gosec // the test names what it builds
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return path, nil
}
