package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/runid"
)

// Keep says where a write has to be before it counts as kept.
type Keep struct {
	// Disk: in the append-only file of the Redis that took it, and synced.
	Disk bool
	// Replicas is how many of them have to have it, in memory at least.
	Replicas int
	// Within is how long all of that may take.
	Within time.Duration
}

// UnkeptError says what of a Keep could not be confirmed. The writes have been
// carried out all the same.
type UnkeptError struct {
	Why, Do string // a clause and a sentence, for people
	Err     error  // what Redis or the network said; may be nil
}

func (e *UnkeptError) Error() string {
	if e.Err == nil {
		return e.Why
	}
	return fmt.Sprintf("%s: %v", e.Why, e.Err)
}

// Unwrap is what Redis or the network said.
func (e *UnkeptError) Unwrap() error { return e.Err }

// Witness confirms that writes to one queue are kept. Redis confirms only the
// writes of the connection that asks, and those come through many. But a Redis
// writes its file and feeds its replicas in one order: the witness makes a small
// write of its own behind the others, and what holds for that one holds for all
// before it, as long as it is the same Redis that took them.
type Witness struct {
	client redis.UniversalClient
	key    string
	since  string
}

// NewWitness notes which Redis takes the writes to a queue. It has to be made
// before the writes are.
func NewWitness(ctx context.Context, client redis.UniversalClient, queue string) (*Witness, error) {
	w := &Witness{client: client, key: key.Kept(queue)}
	since, err := mark(ctx, client, w.key, false)
	if err != nil {
		return nil, fmt.Errorf("ask which Redis holds queue %s: %w", queue, err)
	}
	w.since = since
	return w, nil
}

// luaMark tells which run of which Redis this is.
const luaMark = runid.Lua + `
if ARGV[1] ~= '' then redis.call('SET', KEYS[1], ARGV[1], 'EX', 60) end
return (run_id())
`

// mark asks for the run of Redis and, on demand, writes.
func mark(ctx context.Context, c redis.Cmdable, name string, write bool) (string, error) {
	value := ""
	if write {
		value = strconv.FormatInt(time.Now().UnixNano(), 10)
	}
	return c.Eval(ctx, luaMark, []string{name}, value).Text()
}

// Confirm waits until everything that was written to the queue since the
// witness was made is kept as wanted. The error is an UnkeptError.
func (w *Witness) Confirm(ctx context.Context, want Keep) error {
	deadline := time.Now().Add(want.Within)
	// Watch gives one connection, to the right node of a cluster too.
	err := w.client.Watch(ctx, func(tx *redis.Tx) error {
		if err := w.follow(ctx, tx); err != nil {
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
	}, w.key)
	if _, known := errors.AsType[*UnkeptError](err); err == nil || known {
		return err
	}
	return &UnkeptError{Why: "Redis could not be asked", Do: "Enqueue the same ids again: what is there is known, and is confirmed then.", Err: err}
}

// follow makes the write that comes behind the others.
func (w *Witness) follow(ctx context.Context, tx *redis.Tx) error {
	now, err := mark(ctx, tx, w.key, true)
	if err != nil {
		return err
	}
	if now == "" || w.since == "" {
		return &UnkeptError{
			Why: "this Redis gives octoq no run_id, so nobody can tell whether it was restarted or replaced meanwhile",
			Do:  "To have it confirmed, " + runid.Remedy + ". Then enqueue the same ids again.",
		}
	}
	if now != w.since {
		return &UnkeptError{
			Why: "Redis was restarted or replaced meanwhile, and may have forgotten it",
			Do:  "Enqueue the same ids again: what is there is known, and what was forgotten is enqueued.",
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
		return &UnkeptError{
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
	return &UnkeptError{
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
			return &UnkeptError{
				Why: unconfirmed + ", nor does it let octoq read its settings, so nobody can tell",
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
		return &UnkeptError{
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
		return &UnkeptError{
			Why: fmt.Sprintf("%d of the %d replicas had it within %v", got, want, within),
			Do:  "See with octoq doctor that the replicas are connected, or ask for fewer or allow more time.",
		}
	case redis.HasErrorPrefix(err, "unknown command"), redis.HasErrorPrefix(err, "NOPERM"):
		return &UnkeptError{Why: "this Redis cannot confirm what its replicas have", Do: "Allow the command WAIT.", Err: err}
	default:
		return err
	}
}

// left is the time until the deadline, at least a millisecond: to Redis none at
// all would mean for ever.
func left(deadline time.Time) time.Duration { return max(time.Until(deadline), time.Millisecond) }
