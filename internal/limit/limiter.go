package limit

import (
	"context"
	_ "embed" // the scripts are files of their own, so that they read as Lua
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
)

const (
	// lease is how long a slot lives without being renewed.
	lease = 5 * time.Second
	// seatLease is how long the probe of a half-open hold keeps its seat
	// while its call is under way.
	seatLease = 30 * time.Second
	// headStart is how long others come before the campaign that last closed
	// the hold.
	headStart = 4 * time.Second
	// kindStart is how long calls of the kind that was refused come before all
	// others. It is shorter: if the only such call is that of the campaign that
	// closed the hold, others have to be tried before it, or octoq would never
	// learn that it is this campaign alone.
	kindStart = 2 * time.Second
	// coolDown is the first pause after a 429 that names none; it doubles
	// with each further one up to coolDownCap.
	coolDown    = time.Second
	coolDownCap = 30 * time.Second
	// retryAfterCap bounds what the API may ask for.
	retryAfterCap = time.Hour
	// coolest is how far ahead of Redis's clock a cool-down may lie: what may be
	// asked for, and a margin for a clock that was set a little.
	coolest = retryAfterCap + time.Minute
)

var (
	//go:embed lua/acquire.lua
	acquireSource string
	//go:embed lua/release.lua
	releaseSource string
	//go:embed lua/renew.lua
	renewSource string
)

// limiterScripts are the limiter's scripts. All of them may be repeated.
type limiterScripts interface {
	acquire(ctx context.Context, r grantRequest) (reservation, error)
	release(ctx context.Context, r slotRelease) (streak, campaigns int, err error)
	renew(ctx context.Context, tokens []string, seat string) error
}

// limiter runs the scripts of one account in Redis.
type limiter struct {
	rdb     redis.UniversalClient
	account string
	limits  Limits

	acquireScript, releaseScript, renewScript *redis.Script
}

func newLimiter(rdb redis.UniversalClient, account string, limits Limits) *limiter {
	return &limiter{
		rdb: rdb, account: account, limits: limits,
		acquireScript: redis.NewScript(acquireSource), releaseScript: redis.NewScript(releaseSource),
		renewScript: redis.NewScript(renewSource),
	}
}

func (l *limiter) acquire(ctx context.Context, r grantRequest) (reservation, error) {
	keys := []string{key.Limit(l.account), key.Slots(l.account), key.Hold(l.account)}
	args := []any{
		r.token, r.want, l.limits.interval().Microseconds(), l.limits.tolerance().Microseconds(),
		l.limits.ahead().Microseconds(), l.limits.MaxInFlight, lease.Microseconds(),
		seatLease.Milliseconds(), headStart.Milliseconds(), kindStart.Milliseconds(), coolest.Microseconds(),
	}
	for _, w := range r.waiters {
		args = append(args, string(w.call), w.id)
	}
	reply, err := l.acquireScript.Run(ctx, l.rdb, keys, args...).Slice()
	if err != nil {
		return reservation{}, fmt.Errorf("ask the limiter of account %s: %w", l.account, err)
	}
	return parseReservation(reply)
}

// release gives slots back and returns the streak of unavailable answers and
// how many campaigns it spans.
func (l *limiter) release(ctx context.Context, r slotRelease) (streak, campaigns int, err error) {
	keys := []string{key.Limit(l.account), key.Slots(l.account), key.Hold(l.account)}
	args := []any{
		key.Released(l.account), string(r.health), r.id, min(r.cool, retryAfterCap).Microseconds(), flag(r.throttled),
		coolDown.Microseconds(), coolDownCap.Microseconds(), flag(r.seat), r.keep.Milliseconds(),
		coolest.Microseconds(),
	}
	for _, t := range r.tokens {
		args = append(args, t)
	}
	n, err := l.releaseScript.Run(ctx, l.rdb, keys, args...).Int64Slice()
	if err != nil {
		return 0, 0, fmt.Errorf("release a call of account %s: %w", l.account, err)
	}
	if len(n) != 2 {
		return 0, 0, fmt.Errorf("release a call of account %s: answer has %d parts, want 2", l.account, len(n))
	}
	return int(n[0]), int(n[1]), nil
}

// renew renews slots, and the seat of the campaign that holds it, if any.
func (l *limiter) renew(ctx context.Context, tokens []string, seat string) error {
	keys := []string{key.Slots(l.account), key.Hold(l.account)}
	args := []any{lease.Microseconds(), seatLease.Milliseconds(), seat}
	for _, t := range tokens {
		args = append(args, t)
	}
	if err := l.renewScript.Run(ctx, l.rdb, keys, args...).Err(); err != nil {
		return fmt.Errorf("renew %d calls of account %s: %w", len(tokens), l.account, err)
	}
	return nil
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
