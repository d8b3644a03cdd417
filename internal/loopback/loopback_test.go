package loopback_test

import (
	"testing"

	"github.com/octoq/octoq/internal/loopback"
)

func TestWhatNamesTheMachineItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text         string
		host, header bool
	}{
		{"localhost", true, true},
		{"LOCALHOST", true, true},
		{"127.0.0.1", true, true},
		{"127.9.8.7", true, true},
		{"::1", true, true},
		{"localhost:8080", false, true},
		{"127.0.0.1:8080", false, true},
		{"[::1]", false, true},
		{"[::1]:8080", false, true},
		{"", false, false},
		{"0.0.0.0", false, false},
		{"10.0.0.1:8080", false, false},
		{"localhost.example.org", false, false},
		{"127.0.0.1.example.org", false, false},
	} {
		if got := loopback.IsHost(c.text); got != c.host {
			t.Errorf("IsHost(%q): got %v, want %v", c.text, got, c.host)
		}
		if got := loopback.IsHostHeader(c.text); got != c.header {
			t.Errorf("IsHostHeader(%q): got %v, want %v", c.text, got, c.header)
		}
	}
}
