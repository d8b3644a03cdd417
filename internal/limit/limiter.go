package limit

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// Why a call has to wait.
const (
	// WhyHold: the account is stopped.
	WhyHold = "hold"
	// WhyCoolDown: the API asked for a pause.
	WhyCoolDown = "cooldown"
	// WhySlots: as many calls as allowed are under way.
	WhySlots = "slots"
	// WhyRate: the rate is used up for the next moment.
	WhyRate = "rate"
)

const (
	// lease is how long a slot lives without being renewed.
	lease = 5 * time.Second
	// seatLease is how long the probe of a half-open hold keeps its seat
	// while its call is under way, and seatPause between its calls.
	seatLease = 30 * time.Second
	seatPause = 5 * time.Second
	// headStart is how long others come before the campaign that last closed
	// the hold.
	headStart = 4 * time.Second
	// kindStart is how long calls of the kind that was refused come before all
	// others. It is shorter: if the only such call is that of the campaign that
	// closed the hold, others have to be tried before it, or nobody would ever
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
	// batch is how many grants one ask may bring.
	batch = 16
	// crowd is how many waiters an ask names while there is a hold.
	crowd = 1000
)

// ask is one question to the limiter.
type ask struct {
	token string
	want  int // 0 only looks
	// who are the waiters that could use a grant which passes a hold, best
	// first; none while no hold is known.
	who []*waiter
}

// answer is what the limiter says; times are microseconds on Redis's clock.
type answer struct {
	now    int64
	why    string // "" when all that was wanted is granted
	at     int64  // when to ask again
	phase  campaign.HoldPhase
	who    int // the waiter a grant is bound to, counted from 1; 0 for none
	probe  bool
	streak int
	only   campaign.Call // the one call that the hold stops; "" when it stops all
	grants []int64
}

// verdict is what an outcome says of the API.
type verdict string

const (
	verdictAlive verdict = "alive" // it gave a complete answer
	verdictDown  verdict = "down"  // it is unavailable
	verdictNone  verdict = "none"  // nothing
)

// release is one or more slots given back, with what was learnt.
type release struct {
	tokens    []string
	verdict   verdict
	id        string
	cool      time.Duration
	throttled bool
	seat      bool          // the campaign held the probe's seat
	keep      time.Duration // and keeps it so long; 0 frees it
}

// limiter speaks to the scripts of one account. All of them may be repeated.
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

func (l *limiter) acquire(ctx context.Context, a ask) (answer, error) {
	keys := []string{key.Limit(l.account), key.Slots(l.account), key.Hold(l.account)}
	args := []any{
		a.token, a.want, l.limits.interval().Microseconds(), l.limits.tolerance().Microseconds(),
		l.limits.ahead().Microseconds(), l.limits.MaxInFlight, lease.Microseconds(),
		seatLease.Milliseconds(), headStart.Milliseconds(), kindStart.Milliseconds(), coolest.Microseconds(),
	}
	for _, w := range a.who {
		args = append(args, string(w.call), w.id)
	}
	reply, err := l.acquireScript.Run(ctx, l.rdb, keys, args...).Slice()
	if err != nil {
		return answer{}, fmt.Errorf("ask the limiter of account %s: %w", l.account, err)
	}
	return parseAnswer(reply)
}

// parseAnswer reads {now, why, at, phase, who, probe, streak, only, grants...}.
func parseAnswer(reply []any) (answer, error) {
	if len(reply) < 8 {
		return answer{}, fmt.Errorf("the limiter's answer has %d parts: want 8 or more", len(reply))
	}
	var a answer
	var bad error
	number := func(v any) int64 {
		n, ok := v.(int64)
		if !ok {
			bad = fmt.Errorf("the limiter answered %v where a number belongs", v)
		}
		return n
	}
	a.now, a.at, a.who = number(reply[0]), number(reply[2]), int(number(reply[4]))
	a.probe, a.streak = number(reply[5]) == 1, int(number(reply[6]))
	a.why, _ = reply[1].(string)
	phase, _ := reply[3].(string)
	only, _ := reply[7].(string)
	a.phase, a.only = campaign.HoldPhase(phase), campaign.Call(only)
	for _, t := range reply[8:] {
		a.grants = append(a.grants, number(t))
	}
	return a, bad
}

// release gives slots back and returns the streak of unavailable answers and
// how many campaigns it spans.
func (l *limiter) release(ctx context.Context, r release) (streak, campaigns int, err error) {
	keys := []string{key.Limit(l.account), key.Slots(l.account), key.Hold(l.account)}
	args := []any{
		key.Released(l.account), string(r.verdict), r.id, min(r.cool, retryAfterCap).Microseconds(), flag(r.throttled),
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

// slotToken names the nth slot of an ask, counted from 1.
func slotToken(ask string, n int) string { return ask + ":" + strconv.Itoa(n) }

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
