package rights_test

import (
	"context"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/rights"
)

// Whatever Redis refuses, the right that is named lets it pass.
func TestGrantForWhatRedisRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule, want string
		command    []any
	}{
		"scripts":      {redistest.NoScripts, "ACL SETUSER <user> +@scripting", []any{"EVAL", "return 1", 0}},
		"by their sum": {"-evalsha", "ACL SETUSER <user> +@scripting", []any{"EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", 0}},
		"a command":    {"-time", "ACL SETUSER <user> +time", []any{"TIME"}},
		"a subcommand": {"-config|get", "ACL SETUSER <user> +config|get", []any{"CONFIG", "GET", "save"}},
		"channels":     {redistest.NoChannels, "ACL SETUSER <user> &octoq:* &asynq:*", []any{"PUBLISH", "octoq:wake:a", ""}},
		"keys":         {"resetkeys", "ACL SETUSER <user> ~octoq:* ~asynq:*", []any{"GET", "octoq:accounts"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := redistest.Start(t).User(tc.rule).Client()
			if got := rights.GrantFor(c.Do(t.Context(), tc.command...).Err()); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestGrantForNoRefusal(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, context.Canceled} {
		if got := rights.GrantFor(err); got != "" {
			t.Errorf("%v: got %q, want nothing", err, got)
		}
	}
}
