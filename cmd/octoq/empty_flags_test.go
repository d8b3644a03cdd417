package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/redistest"
)

// A flag of a campaign that is given with nothing, as by a variable of a script that
// is not set, is refused: absent, it would mean no bound, a new id, or at once.
func TestEmptyFlagsAreRefused(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	of := map[string]string{"list_name": "l", "text": "Hello", "type": "sms_premium", "purpose": "alert"}
	for _, command := range []string{"enqueue", "schedule add s --cron * --zone UTC"} {
		words := strings.Fields(strings.Replace(command, "*", "0_9_*_*_*", 1))
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "_", " ")
		}
		for _, field := range append(input.Fields(), "at") {
			if field == "at" && words[0] != "enqueue" {
				continue
			}
			flag := "--" + strings.ReplaceAll(field, "_", "-")
			for _, empty := range []string{"", " "} {
				args := append(slices.Clone(words), "--redis-url", server.URL(), flag, empty)
				for name, value := range of {
					if name != field {
						args = append(args, "--"+strings.ReplaceAll(name, "_", "-"), value)
					}
				}
				code, out, said := octoqNow(t, args...)
				if want := "octoq: " + flag + " is empty: give it a value, or leave it out\n"; code != exitUsage || said != want || out != "" {
					t.Errorf("octoq %s %s %q: got %d, %q and %q, want 2 and %q", command, flag, empty, code, out, said, want)
				}
			}
		}
	}
	if n, err := server.Client().DBSize(t.Context()).Result(); n > 0 || err != nil {
		t.Errorf("got %d keys and %v, want nothing written", n, err)
	}
}

// Amounts of flags are digits: 1e9 is one of a program, or a slip.
func TestAmountsOfFlagsAreDigits(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"enqueue", "--dry-run", "--id", "a", "--list-name", "l", "--text", "Hi", "--type", "sms_premium", "--purpose", "alert", "--max-cost"},
		{"schedule", "add", "s", "--cron", "0 9 * * *", "--zone", "UTC", "--list-name", "l", "--text", "Hi", "--type", "sms_premium", "--purpose", "alert", "--max-cost"},
		{"approve", "a", "--up-to"}, {"approve", "a", "--cost"},
	} {
		for _, amount := range []string{"1e9", "1E+09", "25e0"} {
			code, _, said := octoqNow(t, append(slices.Clone(args), amount)...)
			if want := args[len(args)-1] + `: "` + amount + `" is no amount`; code != exitUsage || !strings.Contains(said, want) || !strings.Contains(said, "such as 25.00") {
				t.Errorf("octoq %q %s: got %d and %q, want 2 and %q", args, amount, code, said, want)
			}
		}
	}
}
