package rights_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/octoq/octoq/internal/redistest"
	"github.com/octoq/octoq/internal/rights"
)

// trialKeys begin as all keys do that a trial writes.
func trialKeys() []string { return []string{"octoq:{:trial:a}:", "asynq:{:trial:a}"} }

// Under exactly the rule of its role a user may do all that is tried, and nothing is
// left behind. Without any one command of those that are tried it may not, and the
// error names that command alone.
func TestTryNamesEachMissingCommand(t *testing.T) {
	t.Parallel()
	// Commands that cannot be tried without a consequence, or are there for one command of octoq alone.
	untried := []string{"ping", "publish", "subscribe", "unsubscribe", "wait", "watch", "unwatch", "config|get", "memory|usage"}
	for _, role := range rights.Roles() {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			user := s.User(append([]string{"resetkeys", "resetchannels", "-@all"}, role.Rule()...)...)
			c := user.Client()
			try := func() (err error) {
				for _, k := range trialKeys() {
					err = errors.Join(err, rights.Try(t.Context(), c, role, k))
				}
				return err
			}
			if err := try(); err != nil {
				t.Errorf("under its rule: %v", err)
			}
			for _, command := range role.Commands() {
				if slices.Contains(untried, command) {
					continue
				}
				user.Change("-" + command)
				missing, ok := errors.AsType[*rights.MissingError](try())
				if !ok {
					t.Errorf("without %s: got no refusal", command)
				} else if got := missing.Grant(); got != rights.Grant("+"+command) && got != rights.Grant("+eval +evalsha") {
					t.Errorf("without %s: got %q", command, got)
				}
				user.Change("+" + command)
			}
			if keys := s.Client().Keys(t.Context(), "*").Val(); len(keys) != 0 {
				t.Errorf("left behind: %v", keys)
			}
		})
	}
}

// What is no lack of rights is an error of its own: here, a memory that is full.
func TestTryOnAFullRedis(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t, "--maxmemory", "1").Client()
	err := rights.Try(t.Context(), c, rights.Worker, trialKeys()[0])
	if _, missing := errors.AsType[*rights.MissingError](err); err == nil || missing {
		t.Errorf("got %v, want what Redis says of its memory", err)
	}
}

// Channels are tried too: to publish, and for listeners to subscribe.
func TestTryChannels(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		role       rights.Role
		rule, want string
	}{
		{rights.Worker, "+@all", ""},
		{rights.Worker, "-publish", "+publish"},
		{rights.Worker, "-subscribe", "+subscribe"},
		{rights.Worker, "-unsubscribe", "+unsubscribe"},
		{rights.Worker, redistest.NoChannels, "&octoq:* &asynq:*"},
		{rights.Producer, redistest.NoChannels, "&octoq:*"},
		{rights.Producer, "-subscribe", ""},
	} {
		t.Run(string(tc.role)+" "+tc.rule, func(t *testing.T) {
			t.Parallel()
			c := redistest.Start(t).User(tc.rule).Client()
			err := rights.TryChannels(t.Context(), c, tc.role, "octoq:wake::trial:")
			missing, _ := errors.AsType[*rights.MissingError](err)
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("got %v, want nothing missing", err)
			case tc.want != "" && (missing == nil || missing.Grant() != rights.Grant(tc.want)):
				t.Errorf("got %v, want %q missing", err, tc.want)
			}
		})
	}
}
