package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
)

// The flags of list are the filters of the API.
func TestListFlags(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	to := []string{"--redis-url", "redis://" + server.Addr}
	for _, id := range []string{"a1", "a2", "b1"} {
		args := append([]string{"enqueue", "--id", id, "--list-name", "l" + id[:1], "--text", "Hello. STOP au 30101", "--type", "sms_premium", "--purpose", "wholesale", "--labels", `{"n":"` + id[1:] + `"}`}, to...)
		if code, _, said := octoqNow(t, args...); code != exitOK {
			t.Fatalf("enqueue %s: %s", id, said)
		}
	}
	if code, _, said := octoqNow(t, append([]string{"reject", "a2", "--reason", "no"}, to...)...); code != exitOK {
		t.Fatalf("reject: %s", said)
	}
	for flags, want := range map[string]string{
		"":                                   "b1 a2 a1",
		"--id-prefix a":                      "a2 a1",
		"--list-name lb":                     "b1",
		"--tag-name lb":                      "",
		"--label n=1":                        "b1 a1",
		"--state queued --state cancelled":   "b1 a2 a1",
		"--state cancelled":                  "a2",
		"--since 1h":                         "b1 a2 a1",
		"--until 1h":                         "",
		"--until 2030-01-01T00:00:00Z":       "b1 a2 a1",
		"--class declined":                   "",
		"--label n=1 --list-name la --json":  "a1",
		"--id-prefix a --limit 1 --since 1h": "a2",
	} {
		code, out, said := octoqNow(t, append(append([]string{"list"}, strings.Fields(flags)...), to...)...)
		var got []string
		for _, id := range []string{"b1", "a2", "a1"} {
			if regexp.MustCompile(`\b` + id + `\b`).MatchString(out) { // as a word: it may be part of a hash, too
				got = append(got, id)
			}
		}
		if list := strings.Join(got, " "); code != exitOK || list != want {
			t.Errorf("list %s: got exit %d, %q %s, want %q", flags, code, list, said, want)
		}
	}
	for _, flags := range []string{"--label n", "--label n=1 --label n=2", "--since yesterday", "--state flying", "--class tired", "--id-prefix a/b"} {
		if code, _, said := octoqNow(t, append(append([]string{"list"}, strings.Fields(flags)...), to...)...); code != exitUsage {
			t.Errorf("list %s: got exit %d, %s, want %d", flags, code, said, exitUsage)
		}
	}
}
