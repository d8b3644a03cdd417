package rights_test

import (
	"context"
	"errors"
	"slices"
	"strings"
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
		"scripts":      {redistest.NoScripts, "ACL SETUSER <user> +eval +evalsha", []any{"EVAL", "return 1", 0}},
		"by their sum": {"-evalsha", "ACL SETUSER <user> +eval +evalsha", []any{"EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", 0}},
		"a command":    {"-time", "ACL SETUSER <user> +time", []any{"TIME"}},
		"a subcommand": {"-config|get", "ACL SETUSER <user> +config|get", []any{"CONFIG", "GET", "save"}},
		"channels":     {redistest.NoChannels, "ACL SETUSER <user> &octoq:* &asynq:*", []any{"PUBLISH", "octoq:wake:a", ""}},
		"keys":         {"resetkeys", "ACL SETUSER <user> ~octoq:* ~asynq:* ~octoq-hub:*", []any{"GET", "octoq:accounts"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := redistest.Start(t).User(tc.rule).Client()
			if got := rights.GrantFor(c.Do(t.Context(), tc.command...).Err(), rights.Worker); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// Users, tokens and sessions are for web and operator alone: a producer's or a worker's
// login cannot read them, nor make itself one.
func TestWhoReachesUsersAndTokens(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for _, role := range rights.Roles() {
		c := server.User(append([]string{"reset", "on", "nopass"}, role.Rule()...)...).Client()
		ctx, want := t.Context(), role == rights.Web || role == rights.Operator
		for what, err := range map[string]error{
			"reads":     c.HGetAll(ctx, "octoq-auth:{auth}:users").Err(),
			"writes":    c.HSet(ctx, "octoq-auth:{auth}:tokens", "a", "b").Err(),
			"by script": c.Eval(ctx, "return redis.call('HGETALL', KEYS[1])", []string{"octoq-auth:{auth}:users"}).Err(),
		} {
			if got := err == nil; got != want || err != nil && !strings.Contains(err.Error(), "key") {
				t.Errorf("%s %s: got %v, want allowed: %v", role, what, err, want)
			}
		}
	}
}

func TestGrantForNoRefusal(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, context.Canceled} {
		if got := rights.GrantFor(err, rights.Worker); got != "" {
			t.Errorf("%v: got %q, want nothing", err, got)
		}
	}
}

// Servers word their refusals differently, in scripts and outside of them.
func TestGrantForEachWording(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"NOPERM User channels has no permissions to run the 'hset' command":                                   "+hset",
		"ERR ACL failure in script: User keys has no permissions to run the 'memory|usage' command":           "+memory|usage",
		"ERR ACL failure in script: User a has no permissions to access the 'octoq:channel' key":              "~octoq:* ~asynq:* ~octoq-hub:*",
		"NOPERM No permissions to access a key":                                                               "~octoq:* ~asynq:* ~octoq-hub:*",
		"NOPERM User a has no permissions to access the 'octoq:key' channel":                                  "&octoq:* &asynq:*",
		"ERR The user executing the script can't publish to the channel mentioned in the command":             "&octoq:* &asynq:*",
		"ERR The user executing the script can't access at least one of the keys mentioned in the command":    "~octoq:* ~asynq:* ~octoq-hub:*",
		"NOPERM this user has no permissions to access one of the channels used as arguments":                 "&octoq:* &asynq:*",
		"ERR The user executing the script can't run this command or subcommand script: abc, on @user_script": strings.Join(granted(rights.Worker), " "),
	} {
		if got := rights.GrantFor(errors.New(text), rights.Worker); got != rights.Grant(want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// granted are the words that grant a role its commands.
func granted(role rights.Role) []string {
	return slices.DeleteFunc(role.Rule(), func(w string) bool { return w[0] != '+' })
}
