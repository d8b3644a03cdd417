package archtest

import (
	"path/filepath"
	"testing"

	"github.com/octoq/octoq/internal/arrows"
)

// The files of these packages can be read from top to bottom: few arrows run from a
// file back up to one that was read before it. `make arrows` draws them.
func TestFilesReadDownwards(t *testing.T) {
	t.Parallel()
	const most = 0.05
	for _, pkg := range []string{
		"enqueue", "internal/asynqwire", "internal/engine", "internal/hold", "internal/lifecycle", "internal/limit", "internal/queue",
		"internal/reference", "internal/schedule", "internal/stage", "internal/sweep",
	} {
		g, err := arrows.Of(filepath.Join(root, filepath.FromSlash(pkg)))
		if err != nil {
			t.Fatal(err)
		}
		if _, back := g.Order(); g.Share() > most {
			t.Errorf("%s: %d of %d arrows run back up, which is more than %.0f %%: %v", pkg, len(back), len(g.Arrows), most*100, back)
		}
	}
}
