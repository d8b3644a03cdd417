package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/redistest"
)

// A campaign's fields are no settings, though some have a setting's name.
func TestFieldsOfACampaignAreNoSettings(t *testing.T) {
	t.Parallel()
	var shared []string
	for _, field := range input.Fields() {
		if known(field) {
			shared = append(shared, field)
		}
	}
	if !slices.Contains(shared, "window") || !slices.Contains(shared, "confirm") || !slices.Contains(shared, "late") {
		t.Fatalf("got %v, want window, confirm and late among them: is this test of any use?", shared)
	}
	for name, command := range map[string]*cobra.Command{"enqueue": newEnqueue(), "schedule add": newScheduleAdd()} {
		for _, field := range shared {
			if err := command.Flags().Set(strings.ReplaceAll(field, "_", "-"), "of the campaign"); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		k, err := load(command.Flags())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, field := range shared {
			if got := k.String(field); got == "of the campaign" {
				t.Errorf("%s --%s: got it as the account's setting %s", name, field, field)
			}
		}
	}
}

// A campaign's window narrows that of its account and does not replace it.
func TestTheAccountsWindowIsCheckedBesideTheCampaigns(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	config := configFile(t, "window: 08:00-09:00 UTC")
	code, _, said := octoqNow(t, "enqueue", "--config", config, "--redis-url", server.URL(), "--id", "a", "--list-name", "l", "--text", "x STOP",
		"--type", "sms_premium", "--purpose", "wholesale", "--send-at", "2099-01-01T12:00:00Z", "--window", "00:00-24:00 UTC")
	if code != exitOK || !strings.Contains(said, "outside the account's window, 08:00-09:00 UTC") {
		t.Errorf("got %d and %q, want a warning about the account's window", code, said)
	}
}
