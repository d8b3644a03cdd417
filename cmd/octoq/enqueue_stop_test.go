package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
)

// atFirst calls when something is written for the first time.
type atFirst struct {
	bytes.Buffer
	call func()
}

func (a *atFirst) Write(b []byte) (int, error) {
	a.call()
	return a.Buffer.Write(b)
}

// Ctrl-C ends the reading of lines that are all refused, whichever way they come.
func TestCtrlCAmongRefusedLines(t *testing.T) {
	t.Parallel()
	const n = 50_000
	text := strings.Repeat(strings.Repeat("x", 100)+"\n", n)
	server := redistest.Start(t)
	file := written(t, "c.jsonl", text)
	for name, args := range map[string][]string{
		"a file":                 {"--file", file},
		"a file, all or nothing": {"--file", file, "--all-or-nothing"},
		"a pipe":                 {"--file", "-"},
		"a pipe, all or nothing": {"--file", "-", "--all-or-nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			var out bytes.Buffer
			said := &atFirst{call: func() { cancel(errors.New("received interrupt")) }}
			code := run(ctx, append([]string{"enqueue", "--redis-url", server.URL()}, args...), strings.NewReader(text), &out, said)
			if refused := strings.Count(said.String(), "is wanted"); refused == 0 || refused == n {
				t.Errorf("got %d of %d lines read, want it stopped among them", refused, n)
			}
			if code != exitFailed || !strings.Contains(said.String(), "received interrupt: not all of it") {
				t.Errorf("got %d and ... %q, want it interrupted", code, said.String()[max(0, said.Len()-200):])
			}
		})
	}
}
