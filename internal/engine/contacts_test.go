package engine

import (
	"testing"

	"github.com/octoq/octoq/internal/limit"
)

// Calls that add contacts leave a worker's call a slot, where there are several.
func TestCallsAtOnce(t *testing.T) {
	t.Parallel()
	for inFlight, want := range map[int]int{0: 8, 1: 1, 2: 1, 3: 1, 4: 2, 10: 5, 100: 8} {
		if got := callsAtOnce(limit.Limits{MaxInFlight: inFlight}); got != want {
			t.Errorf("max_in_flight %d: got %d calls, want %d", inFlight, got, want)
		}
	}
}
