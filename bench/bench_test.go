package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReplaceChangesOnlyItsRow(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "page.md")
	text := "a\n<!-- bench:1 -->\nold\n<!-- /bench:1 -->\nb\n<!-- bench:12 -->\nother\n<!-- /bench:12 -->\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		if err := replace(name, "1", "\nnew\n\n"); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if want := strings.Replace(text, "old", "new", 1); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if err := replace(name, "2", "new"); err == nil || !strings.Contains(err.Error(), "<!-- bench:2 -->") {
		t.Errorf("a row without markers: got %v, want an error that names them", err)
	}
}

// The page has a place for every row, or a long measurement ends in an error.
func TestThePageHasAPlaceForEveryRow(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "11", accountsRow, peersRow} {
		for _, marker := range []string{"<!-- bench:" + row + " -->", "<!-- /bench:" + row + " -->"} {
			if strings.Count(string(page), marker) != 1 {
				t.Errorf("docs/performance.md has %d markers %s, want 1", strings.Count(string(page), marker), marker)
			}
		}
	}
}

func TestLimitsAreCountedAtTheAPI(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	var times []time.Time
	for i := range 10 * callRate { // ten seconds at exactly the limit
		times = append(times, began.Add(time.Duration(i)*time.Second/callRate))
	}
	if got := share(times, 10); got != 1 {
		t.Errorf("share: got %v, want 1", got)
	}
	if got := mostInASecond(times); got != callRate {
		t.Errorf("most in a second: got %d, want %d: of two calls a second apart it holds one", got, callRate)
	}
	if got := mostInASecond(append(times, times[len(times)-1])); got != callRate+1 {
		t.Errorf("most in a second with one more: got %d, want %d", got, callRate+1)
	}
}
