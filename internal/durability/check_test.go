package durability_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/redistest"
)

// What a Redis confirms that was started after the write says nothing about it.
func TestCheckOfARestart(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	rdb := server.Client()
	want := durability.Target{Disk: true, Within: time.Second}
	c, err := durability.New(t.Context(), rdb, "octoq:{default.create}:kept", "enqueue the same ids")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(t.Context(), want); err != nil {
		t.Errorf("before the restart: got %v, want it confirmed", err)
	}
	server.Restart()
	err = c.Wait(t.Context(), want)
	if _, ok := errors.AsType[*durability.NotDurableError](err); !ok || !strings.Contains(err.Error(), "restarted") {
		t.Errorf("after the restart: got %v, want a NotDurableError that says so", err)
	}
}
