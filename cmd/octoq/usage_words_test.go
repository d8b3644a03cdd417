package main

import (
	"strings"
	"testing"
)

// Bad usage is refused in words of people, with what was too much.
func TestUsageInWords(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`takes the campaign's id and nothing else, but got "b" as well`:                {"status", "a", "b"},
		"octoq list takes no arguments":                                                {"list", "a"},
		"needs the campaign's id":                                                      {"status"},
		`invalid argument "x" for "--limit" flag: a number is wanted.`:                 {"list", "--limit", "x"},
		`invalid argument "1" for "--expires-after" flag: a time such as 30s or 3h is`: {"schedule", "add", "s", "--expires-after", "1"},
		`invalid argument "x" for "--json" flag: true or false is wanted.`:             {"list", "--json=x"},
	} {
		code, _, said := octoqNow(t, args...)
		if code != exitUsage || !strings.Contains(said, want) || strings.Contains(said, "strconv") {
			t.Errorf("%v: got %d and %q, want %q", args, code, said, want)
		}
	}
}
