package actor

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"user:anna":                      "",
		"Anna Löwe":                      "",
		strings.Repeat("a", MaxLength):   "",
		"":                               "is empty",
		strings.Repeat("a", MaxLength+1): "129 bytes",
		"a\x1b[2J":                       "cannot be printed",
		"two\nlines":                     "cannot be printed",
		"\xff":                           "UTF-8",
		"turned\u202earound":             "cannot be printed",
	} {
		err := Check(name)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
}
