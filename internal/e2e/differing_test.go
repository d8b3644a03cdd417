package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/simulator"
)

// Two workers of one account that were given different settings: the second one
// says so as it starts, doctor names what differs for as long as both work, and
// neither names key or login.
func TestDifferentSettingsAreNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t, simulator.Config{}, "--appendonly", "yes")
	doctor := func() (finding string) {
		t.Helper()
		for line := range strings.Lines(r.must(0, "doctor", "--json").out) {
			if strings.Contains(line, `"check":"worker_settings"`) {
				finding += line
			}
		}
		return finding
	}
	const differ = "work by different settings"
	first := r.worker("--rate", "50", "--confirm", "manual")
	if got := doctor(); got != "" || strings.Contains(first.Log(), differ) {
		t.Errorf("one worker: got the finding %q and log\n%s\nwant nothing of it", got, first.Log())
	}
	second := r.worker("--rate", "50", "--window", "Mo-Fr 09:00-17:00 Europe/Paris")
	for what, text := range map[string]string{"log of the second worker": second.Log(), "doctor": doctor()} {
		for _, want := range []string{differ, "confirm is auto (", "manual (", "window is Mo-Fr 09:00-17:00 Europe/Paris (", "always open ("} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: got\n%s\nwant %q in it", what, text, want)
			}
		}
		if strings.Contains(text, "rate is") || strings.Contains(text, apiKey) || strings.Contains(text, login) {
			t.Errorf("%s: got\n%s\nwant no rate, which is the same, no key and no login", what, text)
		}
	}
	if code := second.stop(); code != 0 {
		t.Errorf("stop: got exit code %d, want 0", code)
	}
	r.until(5*time.Second, "doctor finds no difference", func() (bool, string) { got := doctor(); return got == "", got })
}
