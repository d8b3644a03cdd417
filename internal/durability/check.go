package durability

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/runid"
)

// Target says where a write has to be before it counts as durable.
type Target struct {
	// Disk: in the append-only file of the Redis that took it, and synced.
	Disk bool
	// Replicas is how many of them have to have it, in memory at least.
	Replicas int
	// Within is how long all of that may take.
	Within time.Duration
}

// NotDurableError says what of a Target Redis did not confirm. The writes have
// been carried out all the same.
type NotDurableError struct {
	Why, Do string // a clause and a sentence, for people
	Err     error  // what Redis or the network said; may be nil
}

func (e *NotDurableError) Error() string {
	if e.Err == nil {
		return e.Why
	}
	return fmt.Sprintf("%s: %v", e.Why, e.Err)
}

// Unwrap is what Redis or the network said.
func (e *NotDurableError) Unwrap() error { return e.Err }

// Check waits until writes beside one key are durable. Redis confirms only
// the writes of the connection that asks, and those come through many. But a Redis
// writes its file and feeds its replicas in one order: the check writes a marker
// behind the others, and what holds for the marker holds for all before it, as long
// as it is the same Redis that took them.
type Check struct {
	client redis.UniversalClient
	key    string
	again  string // what to do again, such as "run the same command"
	runID  string // when it was made
}

// New notes which Redis takes the writes to a key's node. The key is octoq's own for
// that, and expires. Again says what to do again where something is not confirmed, such
// as "enqueue the same ids". Make the check before the writes.
func New(ctx context.Context, client redis.UniversalClient, key, again string) (*Check, error) {
	c := &Check{client: client, key: key, again: again}
	runID, err := writeMarker(ctx, client, c.key, "")
	if err != nil {
		return nil, fmt.Errorf("ask which Redis takes the writes: %w", err)
	}
	c.runID = runID
	return c, nil
}

// repeat says to do the same again, and what comes of that.
func (c *Check) repeat(what string) string {
	return strings.ToUpper(c.again[:1]) + c.again[1:] + " again: " + what
}

// luaMarker writes the marker, if there is one, and answers which run of which
// Redis this is.
const luaMarker = runid.Lua + `
if ARGV[1] ~= '' then redis.call('SET', KEYS[1], ARGV[1], 'EX', 60) end
return run_id()
`

// writeMarker writes a marker and answers the run_id of Redis; the marker "" only asks.
func writeMarker(ctx context.Context, c redis.Cmdable, name, marker string) (runID string, err error) {
	return c.Eval(ctx, luaMarker, []string{name}, marker).Text()
}

// Wait waits until everything that was written there since the check was
// made is as durable as wanted. The error is a NotDurableError.
func (c *Check) Wait(ctx context.Context, want Target) error {
	deadline := time.Now().Add(want.Within)
	// Watch gives one connection, to the right node of a cluster too.
	err := c.client.Watch(ctx, func(tx *redis.Tx) error {
		if err := c.markBehind(ctx, tx); err != nil {
			return err
		}
		if want.Disk {
			if err := onDisk(ctx, tx, deadline, want.Within); err != nil {
				return err
			}
		}
		if want.Replicas > 0 {
			return onReplicas(ctx, tx, want.Replicas, deadline, want.Within)
		}
		return nil
	}, c.key)
	if _, known := errors.AsType[*NotDurableError](err); err == nil || known {
		return err
	}
	return &NotDurableError{Why: "Redis could not be asked", Do: c.repeat("what is there is known, and is confirmed then."), Err: err}
}

// markBehind writes the marker behind the other writes.
func (c *Check) markBehind(ctx context.Context, tx *redis.Tx) error {
	now, err := writeMarker(ctx, tx, c.key, strconv.FormatInt(time.Now().UnixNano(), 10))
	if err != nil {
		return err
	}
	if now == "" || c.runID == "" {
		return &NotDurableError{
			Why: "this Redis gives octoq no run_id, so octoq cannot know whether it was restarted or replaced meanwhile",
			Do:  "To have it confirmed, " + runid.Remedy + ". Then " + c.again + " again.",
		}
	}
	if now != c.runID {
		return &NotDurableError{
			Why: "Redis was restarted or replaced meanwhile, and may have forgotten it",
			Do:  c.repeat("what is there is known, and what was forgotten is done then."),
		}
	}
	return nil
}

// onDisk waits for the append-only file of the Redis that was written to.
func onDisk(ctx context.Context, tx *redis.Tx, deadline time.Time, within time.Duration) error {
	counts, err := tx.WaitAOF(ctx, 1, 0, left(deadline)).Result()
	switch {
	case err == nil && len(counts) > 0 && counts[0] >= 1:
		return nil
	case err == nil:
		return &NotDurableError{
			Why: fmt.Sprintf("it was not on the disk of Redis within %v", within),
			Do:  "See that appendfsync is everysec or always and that the disk keeps up, or allow more time.",
		}
	case redis.HasErrorPrefix(err, "unknown command"), redis.HasErrorPrefix(err, "NOPERM"):
		return synced(ctx, tx)
	case strings.Contains(err.Error(), "appendonly is disabled"):
		return noFile()
	default:
		return err
	}
}

func noFile() error {
	return &NotDurableError{
		Why: "this Redis has no append-only file, so nothing is on disk before the next snapshot",
		Do:  "Set appendonly to yes, or wait for replicas instead.",
	}
}

// synced looks for the one setting that needs no waiting: with appendfsync
// always Redis answers no write before it is on disk.
func synced(ctx context.Context, tx *redis.Tx) error {
	const unconfirmed = "this Redis cannot confirm that something is on disk (that needs Redis 7.2 and leave to run WAITAOF)"
	settings := map[string]string{}
	for _, name := range []string{"appendonly", "appendfsync", "no-appendfsync-on-rewrite"} {
		values, err := tx.ConfigGet(ctx, name).Result()
		if err != nil || values[name] == "" {
			return &NotDurableError{
				Why: unconfirmed + ", nor does it let octoq read its settings, so octoq cannot know",
				Do:  "Use Redis 7.2 or newer, allow WAITAOF or CONFIG GET, or wait for replicas instead.",
				Err: err,
			}
		}
		settings[name] = values[name]
	}
	switch {
	case settings["appendonly"] != "yes":
		return noFile()
	case settings["appendfsync"] == "always" && settings["no-appendfsync-on-rewrite"] == "no":
		return nil
	default:
		return &NotDurableError{
			Why: unconfirmed + ", and it answers before that (appendfsync " + settings["appendfsync"] + ")",
			Do:  "Use Redis 7.2 or newer, set appendfsync to always and no-appendfsync-on-rewrite to no, or wait for replicas instead.",
		}
	}
}

// onReplicas waits for replicas.
func onReplicas(ctx context.Context, tx *redis.Tx, want int, deadline time.Time, within time.Duration) error {
	got, err := tx.Wait(ctx, want, left(deadline)).Result()
	switch {
	case err == nil && got >= int64(want):
		return nil
	case err == nil:
		return &NotDurableError{
			Why: fmt.Sprintf("%d of the %d replicas had it within %v", got, want, within),
			Do:  "See with octoq doctor that the replicas are connected, or ask for fewer or allow more time.",
		}
	case redis.HasErrorPrefix(err, "unknown command"), redis.HasErrorPrefix(err, "NOPERM"):
		return &NotDurableError{Why: "this Redis cannot confirm what its replicas have", Do: "Allow the command WAIT.", Err: err}
	default:
		return err
	}
}

// left is the time until the deadline, at least a millisecond: to Redis none at
// all would mean for ever.
func left(deadline time.Time) time.Duration { return max(time.Until(deadline), time.Millisecond) }
