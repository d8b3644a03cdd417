package rights

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Try has Redis run once what a role runs, on keys that begin with key and are gone
// afterwards. The error is a MissingError if the user lacks rights, and another one if
// Redis does not run it for any other reason, such as a full memory. What wakes
// others up is left to [TryChannels].
func Try(ctx context.Context, rdb redis.UniversalClient, r Role, key string) error {
	m := &MissingError{Role: r}
	trials := []func() error{
		func() error { return rdb.Eval(ctx, "return 1", []string{key}).Err() },
		func() error { return tryScript(ctx, rdb, m, key) },
	}
	if r.runs("multi") {
		trials = append(trials, func() error { return tryTransaction(ctx, rdb, key) })
	}
	for _, try := range trials {
		if err := m.add("", try()); err != nil {
			return fmt.Errorf("try on Redis what the role %s needs: %w", r, err)
		}
	}
	return m.orNil()
}

// TryChannels is Try for what wakes others up. No process should listen to the channel.
func TryChannels(ctx context.Context, rdb redis.UniversalClient, r Role, channel string) error {
	m := &MissingError{Role: r}
	err := m.add("", rdb.Publish(ctx, channel, "").Err())
	if err == nil && r.runs("subscribe") {
		err = m.add("", trySubscription(ctx, rdb, channel))
	}
	if err != nil {
		return fmt.Errorf("try the channels of Redis: %w", err)
	}
	return m.orNil()
}

// tryScript runs once each command that scripts of a role run, and notes those that
// are refused.
func tryScript(ctx context.Context, rdb redis.UniversalClient, m *MissingError, key string) error {
	answer, err := redis.NewScript(m.Role.script()).Run(ctx, rdb, []string{key}).StringSlice()
	if err != nil {
		return err
	}
	for pair := range slices.Chunk(answer, 2) {
		if err := m.add(pair[0], redisError(pair[1])); err != nil {
			return err
		}
	}
	return nil
}

// redisError is an error that a script has caught.
type redisError string

func (e redisError) Error() string { return string(e) }

// RedisError marks it as an answer of Redis.
func (redisError) RedisError() {}

func tryTransaction(ctx context.Context, rdb redis.UniversalClient, key string) error {
	_, err := rdb.TxPipelined(ctx, func(p redis.Pipeliner) error { p.Exists(ctx, key); return nil })
	if redis.HasErrorPrefix(err, "EXECABORT") && !strings.Contains(err.Error(), "NOPERM") {
		return nil // EXISTS was refused, as the script has found out
	}
	return err
}

// trySubscription subscribes to a channel, and ends that.
func trySubscription(ctx context.Context, rdb redis.UniversalClient, channel string) error {
	const patience = 3 * time.Second
	s := rdb.Subscribe(ctx, channel)
	defer func() { _ = s.Close() }()
	if _, err := s.ReceiveTimeout(ctx, patience); err != nil {
		return err
	}
	if err := s.Unsubscribe(ctx, channel); err != nil {
		return err
	}
	_, err := s.ReceiveTimeout(ctx, patience)
	return err
}

// The script of a trial. KEYS: what the trial's keys begin with. It returns the
// commands that failed, each with its error. It begins with a SET, because Redis
// finds out only before the first write of a script that it takes none, and ends with
// others, which every role has and which leave nothing of any type.
const (
	scriptHead = `local failed = {}
local function try(name, ...)
  local answer = redis.pcall(...)
  if type(answer) ~= 'table' or not answer.err then return true end
  failed[#failed + 1] = name
  failed[#failed + 1] = answer.err
end
local text, hash, list = KEYS[1] .. ':text', KEYS[1] .. ':hash', KEYS[1] .. ':list'
local set, sorted, stream = KEYS[1] .. ':set', KEYS[1] .. ':sorted', KEYS[1] .. ':stream'
if not try('set', 'SET', text, '1', 'PX', 10000) then return failed end
`
	scriptEnd = `for _, k in ipairs({ text, hash, list, set, sorted, stream }) do redis.call('SET', k, '', 'PXAT', 1) end
return failed
`
)

// script is the trial of what scripts of a role run.
func (r Role) script() string {
	var b strings.Builder
	b.WriteString(scriptHead)
	for _, c := range table() {
		if c.sample != "" && slices.Contains(c.roles, r) {
			fmt.Fprintf(&b, "try('%s', '%s'%s)\n", c.name, strings.ToUpper(c.name), c.sample)
		}
	}
	b.WriteString(scriptEnd)
	return b.String()
}
