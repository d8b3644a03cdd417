package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/rights"
	"github.com/octoq/octoq/internal/runid"
)

// CheckRights is about all that a role runs on Redis.
const CheckRights = "redis_rights"

// luaTry runs on a key, and returns the run_id, "" for none.
const luaTry = runid.Lua + "return { run_id() }\n"

// trial tries with keys of its own what nothing works without. A Redis may answer
// PING, and look well set up, and yet refuse all of this.
func trial(ctx context.Context, rdb redis.UniversalClient) []Finding {
	name, id := random.Token(), ""
	for _, k := range []string{key.Trial(name), key.TrialOfAsynq(name)} {
		var err error
		if id, err = try(ctx, rdb, k); err != nil {
			return unrunnable(err)
		}
	}
	return []Finding{ok(CheckScripts, "octoq's scripts run"), identified(id)}
}

// try runs the script by its text and by its hash, as octoq does.
func try(ctx context.Context, rdb redis.UniversalClient, k string) (runID string, err error) {
	script := redis.NewScript(luaTry)
	for _, run := range []func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd{script.Eval, script.EvalSha} {
		answer, err := run(ctx, rdb, []string{k}).StringSlice()
		if err != nil {
			return "", err
		}
		if len(answer) != 1 {
			return "", fmt.Errorf("unexpected answer of a script: %q", answer)
		}
		runID = answer[0]
	}
	return runID, nil
}

// unrunnable sorts why octoq's scripts do not run.
func unrunnable(err error) []Finding {
	switch grant := rights.GrantFor(err, rights.Worker); {
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
func heard(err error) Finding {
	missing, _ := errors.AsType[*rights.MissingError](err)
	switch {
	case err == nil:
		return ok(CheckChannels, "its user may wake others up")
	case missing != nil:
		return fault(CheckChannels, "octoq may not use its channels: everything waits for the next look, up to a second", "Grant them: "+missing.Grant()+".")
	default:
		return fault(CheckChannels, "octoq cannot use its channels: everything waits for the next look, up to a second: "+err.Error(), "Look up what this answer of Redis says.")
	}
}

// sentence makes one of words that begin in small letters and have no full stop.
func sentence(words string) string { return strings.ToUpper(words[:1]) + words[1:] + "." }

// Rights tries with a channel and keys of its own, which it removes, all that a role
// runs. It is for a Redis whose scripts run.
func Rights(ctx context.Context, rdb redis.UniversalClient, role rights.Role) []Finding {
	name := random.Token()
	heard := heard(rights.TryChannels(ctx, rdb, role, key.Wake(name)))
	for _, k := range []string{key.Trial(name), key.TrialOfAsynq(name)} {
		if err := rights.Try(ctx, rdb, role, k); err != nil {
			return append(unable(role, err), heard)
		}
	}
	return []Finding{ok(CheckRights, "its user may do all that the role "+string(role)+" needs"), heard}
}

// unable sorts why Redis does not let its user do what a role does.
func unable(role rights.Role, err error) []Finding {
	missing, _ := errors.AsType[*rights.MissingError](err)
	what := "Redis does not do what the role " + string(role) + " needs: " + err.Error()
	switch {
	case redis.HasErrorPrefix(err, "MOVED"):
		return nil // as in unrunnable
	case missing != nil:
		return []Finding{fault(CheckRights, "Redis refuses its user what the role "+string(role)+" needs", "Grant it: "+missing.Grant()+".")}
	case redis.HasErrorPrefix(err, "OOM"):
		return []Finding{fault(CheckRights, what, "Give Redis more memory (maxmemory), or wait until workers have finished what is there.")}
	default:
		return []Finding{fault(CheckRights, what, "Look up what this answer of Redis says.")}
	}
}
