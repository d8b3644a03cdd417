package localuser

import (
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/actor"
	_ "github.com/octoq/octoq/internal/testenv" // no test sees the developer's own settings
)

func TestNameCanBeKept(t *testing.T) {
	t.Parallel()
	name := Name()
	if err := actor.Check(name); err != nil || !strings.HasPrefix(name, "system:") || !strings.Contains(name, "@") {
		t.Errorf("got %q, %v, want system:USER@HOST", name, err)
	}
}
