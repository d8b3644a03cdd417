package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// However much fails, an outage is a line when it begins, one a minute, and one
// when it ends; another outage begins anew, and other errors are not its own.
func TestAnOutageIsAFewLines(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	o := &outage{log: zerolog.New(&log), now: func() time.Time { return now }}
	if o.Note(errors.New("cannot be read")) || o.Count() || o.on() {
		t.Fatal("an error that is not Redis's began an outage")
	}
	away := fmt.Errorf("read the hold: %w", context.DeadlineExceeded)
	for range 600 { // over 150 seconds
		if !o.Note(away) {
			t.Fatal("an error of the outage is to be logged by its finder as well")
		}
		o.Count()
		now = now.Add(250 * time.Millisecond)
	}
	o.served() // just after a failure
	if !o.on() {
		t.Error("the outage ended with its last failure, want some quiet first")
	}
	now = now.Add(outageQuiet)
	o.served()
	if o.on() || o.Count() {
		t.Error("the outage has not ended")
	}
	o.Note(away)
	var said []string
	for line := range strings.Lines(log.String()) {
		said = append(said, strings.TrimSpace(line))
	}
	want := []string{"is away or", "is still away", "is still away", "serves again", "is away or"}
	if len(said) != len(want) {
		t.Fatalf("got %d lines, want %d:\n%s", len(said), len(want), log.String())
	}
	for i, w := range want {
		if !strings.Contains(said[i], w) {
			t.Errorf("line %d: got %s, want %q", i, said[i], w)
		}
	}
	if w := `"seconds":149,"lines_left_out":1197`; !strings.Contains(said[3], w) {
		t.Errorf("got %s, want %s", said[3], w)
	}
}
