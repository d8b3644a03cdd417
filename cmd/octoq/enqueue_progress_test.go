package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// Without a terminal a line comes every five seconds, not more often.
func TestFileProgressTellsEveryFiveSeconds(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var counts tally
	p := newFileProgress(&out, false, &counts, 1000)
	clock := p.began
	p.now = func() time.Time { return clock }
	for range 11 {
		p.step()
		counts.enqueued.Add(100)
		counts.read.Add(50)
		clock = clock.Add(time.Second)
	}
	p.close()
	want := "500 enqueued, 0 known already, 0 invalid; 100/s; 25 %, 15s left\n" +
		"1000 enqueued, 0 known already, 0 invalid; 100/s; 50 %, 10s left\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// On a terminal there is a bar with the same, until it is taken away.
func TestFileProgressOnATerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var counts tally
	counts.known.Store(7)
	p := newFileProgress(&out, true, &counts, 0)
	p.step()
	p.close()
	p.close()
	if p.bar != nil || strings.Contains(out.String(), "left") {
		t.Errorf("got %q, want no time left: the size is not known", out.String())
	}
}
