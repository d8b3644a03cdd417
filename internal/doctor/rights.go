package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/runid"
)

// luaTry does once, harmlessly, what octoq's scripts do: it writes a key and
// removes it, publishes on a channel, and asks for the run_id.
// KEYS: the key. ARGV: a value, the channel. Returns the run_id and why Redis
// refused to publish, each "" for none.
const luaTry = runid.Lua + `
redis.call('SET', KEYS[1], ARGV[1], 'PX', 10000)
redis.call('DEL', KEYS[1])
local published, refused = redis.pcall('PUBLISH', ARGV[2], ''), ''
if type(published) == 'table' then refused = published.err or 'refused' end
return { run_id(), refused }
`

// tried is what a try of luaTry came to.
type tried struct{ runID, unpublished string }

// trial tries with keys and a channel of its own what workers and producers do.
// A Redis may answer PING, and look well set up, and yet refuse all of this.
func trial(ctx context.Context, rdb redis.UniversalClient) []Finding {
	name := random.Token()
	var last tried
	for _, k := range []string{key.Trial(name), key.TrialOfAsynq(name)} {
		var err error
		if last, err = try(ctx, rdb, k, key.Wake(name)); err != nil {
			return unrunnable(err)
		}
	}
	return []Finding{
		ok(CheckScripts, "octoq's scripts run, and write"),
		identified(last.runID),
		heard(last.unpublished, subscribe(ctx, rdb, key.Wake(name))),
	}
}

// try runs the script by its text and by its hash, as octoq does.
func try(ctx context.Context, rdb redis.UniversalClient, k, channel string) (tried, error) {
	script := redis.NewScript(luaTry)
	var t tried
	for _, run := range []func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd{script.Eval, script.EvalSha} {
		answer, err := run(ctx, rdb, []string{k}, name(k), channel).StringSlice()
		if err != nil {
			return t, err
		}
		if len(answer) != 2 {
			return t, fmt.Errorf("unexpected answer of a script: %q", answer)
		}
		t = tried{runID: answer[0], unpublished: answer[1]}
	}
	return t, nil
}

// name is a value for a key; nobody reads it.
func name(k string) string { return "written by octoq doctor: " + k }

// subscribe subscribes to a channel, and ends that.
func subscribe(ctx context.Context, rdb redis.UniversalClient, channel string) error {
	const patience = 3 * time.Second
	s := rdb.Subscribe(ctx, channel)
	_, err := s.ReceiveTimeout(ctx, patience)
	return errors.Join(err, s.Close())
}

// unrunnable sorts why octoq's scripts do not run.
func unrunnable(err error) []Finding {
	switch grant := rights.GrantFor(err); {
	case redis.HasErrorPrefix(err, "MOVED"):
		return nil // one node of a cluster, which is a fault of its own
	case redis.HasErrorPrefix(err, "CLUSTERDOWN"):
		return []Finding{fault(CheckCluster, "the cluster does not work: "+err.Error(),
			fixCluster)}
	case grant != "":
		return []Finding{fault(CheckScripts, "octoq's scripts do not run, and nothing works without them: "+err.Error(), "Grant them: "+grant+".")}
	default:
		return []Finding{fault(CheckScripts, "octoq's scripts do not run, and nothing works without them: "+err.Error(), "Look up what this answer of Redis says.")}
	}
}

func identified(runID string) Finding {
	if runID == "" {
		return fault(CheckRunID, "Redis gives no run_id, so octoq cannot see when it was restarted or replaced: no worker starts", sentence(runid.Remedy))
	}
	return ok(CheckRunID, "Redis gives its run_id")
}

// heard is about wake-ups: without them all works, and later.
func heard(unpublished string, unsubscribed error) Finding {
	const what = "octoq may not use its channels: everything waits for the next look, up to a second: "
	err := unsubscribed
	if unpublished != "" {
		err = errors.New(unpublished)
	}
	if err == nil {
		return ok(CheckChannels, "wake-ups can be published and heard")
	}
	grant := rights.GrantFor(err)
	if grant == "" {
		grant = rights.Grant(rights.Channels)
	}
	return fault(CheckChannels, what+err.Error(), sentence("grant them: "+grant))
}

// sentence makes one of words that begin in small letters and have no full stop.
func sentence(words string) string { return strings.ToUpper(words[:1]) + words[1:] + "." }
