package worker

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/runid"
)

// A worker that may not run INFO does not start, and writes nothing.
func TestNoWorkerWithoutARunID(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	w, err := New(Config{
		RedisURL: s.User(redistest.NoInfo).URL(),
		Accounts: map[string]Account{"shop": {APIURL: "http://127.0.0.1:1", Login: "l", Key: "k"}, "other": {APIURL: "http://127.0.0.1:1", Login: "l", Key: "k"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := w.Run(ctx); !runid.Missing(err) || !strings.Contains(err.Error(), "ACL SETUSER <user> +info") {
		t.Errorf("got %v, want the error that names INFO", err)
	}
	if w.Ready() {
		t.Error("the worker says that it takes tasks")
	}
	if keys := s.Client().Keys(t.Context(), "*").Val(); len(keys) != 0 {
		t.Errorf("keys in Redis: got %v, want none", keys)
	}
}
