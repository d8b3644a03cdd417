package limit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// The fields of the hash at key.Hold. There is no hold when the hash does not
// exist. Times are Redis's clock in Unix milliseconds; an absent or empty field
// is none. Readers elsewhere rely on since, and on key.Held being the sum of
// all past holds in milliseconds.
const (
	fieldSince   = "since"    // since when the account stands still, over all reasons
	fieldReason  = "reason"   // campaign.HoldReason
	fieldPhase   = "phase"    // campaign.HoldPhase
	fieldCall    = "call"     // campaign.Call that was refused, where that matters
	fieldCode    = "code"     // of the API, 0 for none
	fieldMessage = "message"  // for people
	fieldBy      = "by"       // a campaign's id, or the operator's user
	fieldProbeAt = "probe_at" // when the account is next tried
	fieldTries   = "tries"    // probes so far
	fieldLastBy  = "last_by"  // the campaign that comes last when half-open

	// Written by the scripts alone: opened is when the hold came into its
	// phase, seat the campaign that probes, seat_until the end of its lease.
	// The queues paused for a hold outlive it until they are set free, so they
	// stand in the hash at key.Limit: a field of this prefix and the stage,
	// with one of the two values below.
	fieldPause = "pause:"

	pauseSure  = "sure"
	pauseMaybe = "maybe"
)

// Holds keeps the stop of one account.
type Holds struct {
	rdb           redis.UniversalClient
	account       string
	swap, blocked *redis.Script
}

// NewHolds gives access to the hold of an account.
func NewHolds(rdb redis.UniversalClient, account string) *Holds {
	return &Holds{rdb: rdb, account: account, swap: redis.NewScript(swapSource), blocked: redis.NewScript(blockedSource)}
}

// Get returns the hold, nil when there is none, and Redis's clock, which
// Since and ProbeAt are to be compared with.
func (h *Holds) Get(ctx context.Context) (*campaign.Hold, time.Time, error) {
	var fields *redis.MapStringStringCmd
	var clock *redis.TimeCmd
	_, err := h.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		fields, clock = p.HGetAll(ctx, key.Hold(h.account)), p.Time(ctx)
		return nil
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the hold of account %s: %w", h.account, err)
	}
	if len(fields.Val()) == 0 {
		return nil, clock.Val(), nil
	}
	hold, err := h.parse(fields.Val())
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the hold of account %s: %w", h.account, err)
	}
	marks, err := h.Marks(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	for _, s := range campaign.Stages() {
		if marks[s] {
			hold.Paused = append(hold.Paused, s)
		}
	}
	return hold, clock.Val(), nil
}

// Swap writes the hold after, or lifts it when after is nil, if the hold is
// still before (nil for none): the same since, reason, phase and tries. It
// reports false, and changes nothing, if it is not. Repeating an applied Swap
// reports true.
//
// Since is kept over all changes and is Redis's clock for a new hold; Paused
// is not written, see Mark. A lift adds the hold's time to key.Held and forgets
// the streak of unavailable answers.
func (h *Holds) Swap(ctx context.Context, before, after *campaign.Hold) (bool, error) {
	keys := []string{key.Hold(h.account), key.Held(h.account), key.Limit(h.account)}
	args := []any{key.Released(h.account), identity(before)}
	if after == nil {
		args = append(args, "")
	} else {
		args = append(args, strings.Join([]string{
			string(after.Reason), string(after.Phase), strconv.Itoa(after.Tries), after.By,
		}, "|"))
		args = append(args, fields(*after)...)
	}
	applied, err := h.swap.Run(ctx, h.rdb, keys, args...).Bool()
	if err != nil {
		return false, fmt.Errorf("change the hold of account %s: %w", h.account, err)
	}
	return applied, nil
}

// blockedGap is how far apart two answers of one row may lie: more than the
// longest back-off of a single campaign, 7.5 minutes by default.
const blockedGap = 10 * time.Minute

// Blocked notes that a create was answered "another campaign awaits approval"
// and returns how long such answers have come in a row, and how many. A create
// that was accepted in between begins a new row, and so does a hold that was
// lifted.
func (h *Holds) Blocked(ctx context.Context) (lasts time.Duration, answers int, err error) {
	keys := []string{key.Limit(h.account), key.Meta(h.account)}
	n, err := h.blocked.Run(ctx, h.rdb, keys, blockedGap.Milliseconds()).Int64Slice()
	if err == nil && len(n) != 2 {
		err = fmt.Errorf("answer has %d parts, want 2", len(n))
	}
	if err != nil {
		return 0, 0, fmt.Errorf("note a blocked create of account %s: %w", h.account, err)
	}
	return time.Duration(n[0]) * time.Millisecond, int(n[1]), nil
}

// Marks lists the queues that octoq pauses: true means paused by octoq for
// sure, false that a pause or its end was begun, and may or may not be done.
func (h *Holds) Marks(ctx context.Context) (map[campaign.Stage]bool, error) {
	names := make([]string, 0, len(campaign.Stages()))
	for _, s := range campaign.Stages() {
		names = append(names, fieldPause+string(s))
	}
	values, err := h.rdb.HMGet(ctx, key.Limit(h.account), names...).Result()
	if err != nil {
		return nil, fmt.Errorf("read the paused queues of account %s: %w", h.account, err)
	}
	marks := map[campaign.Stage]bool{}
	for i, s := range campaign.Stages() {
		if v, ok := values[i].(string); ok {
			marks[s] = v == pauseSure
		}
	}
	return marks, nil
}

// Mark remembers that octoq pauses a queue: for sure, or maybe.
func (h *Holds) Mark(ctx context.Context, s campaign.Stage, sure bool) error {
	v := pauseMaybe
	if sure {
		v = pauseSure
	}
	if err := h.rdb.HSet(ctx, key.Limit(h.account), fieldPause+string(s), v).Err(); err != nil {
		return fmt.Errorf("remember the pause of queue %s: %w", key.Queue(h.account, s), err)
	}
	return nil
}

// Unmark forgets that octoq pauses a queue.
func (h *Holds) Unmark(ctx context.Context, s campaign.Stage) error {
	if err := h.rdb.HDel(ctx, key.Limit(h.account), fieldPause+string(s)).Err(); err != nil {
		return fmt.Errorf("forget the pause of queue %s: %w", key.Queue(h.account, s), err)
	}
	return nil
}

// identity is what a change is decided on.
func identity(h *campaign.Hold) string {
	if h == nil {
		return ""
	}
	return strings.Join([]string{millis(h.Since), string(h.Reason), string(h.Phase), strconv.Itoa(h.Tries)}, "|")
}

func fields(h campaign.Hold) []any {
	return []any{
		fieldReason, string(h.Reason), fieldPhase, string(h.Phase), fieldCode, h.Code, fieldMessage, h.Message,
		fieldBy, h.By, fieldCall, string(h.Call), fieldProbeAt, millis(h.ProbeAt), fieldTries, h.Tries, fieldLastBy, h.LastBy,
	}
}

func (h *Holds) parse(f map[string]string) (*campaign.Hold, error) {
	var faults []error
	number := func(name string) int64 {
		if f[name] == "" {
			return 0
		}
		n, err := strconv.ParseInt(f[name], 10, 64)
		if err != nil {
			faults = append(faults, fmt.Errorf("field %s is %q, not a number", name, f[name]))
		}
		return n
	}
	at := func(name string) time.Time {
		if n := number(name); n != 0 {
			return time.UnixMilli(n).UTC()
		}
		return time.Time{}
	}
	hold := &campaign.Hold{
		Account: h.account, Reason: campaign.HoldReason(f[fieldReason]), Phase: campaign.HoldPhase(f[fieldPhase]),
		Code: int(number(fieldCode)), Message: f[fieldMessage], By: f[fieldBy], Call: campaign.Call(f[fieldCall]), Since: at(fieldSince),
		ProbeAt: at(fieldProbeAt), Tries: int(number(fieldTries)), LastBy: f[fieldLastBy],
	}
	return hold, errors.Join(faults...)
}

func millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}
