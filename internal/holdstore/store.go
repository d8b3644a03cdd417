package holdstore

import (
	"context"
	_ "embed" // the scripts are files of their own, so that they read as Lua
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/event"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redisclock"
)

var (
	//go:embed lua/swap.lua
	swapSource string
	//go:embed lua/blocked.lua
	blockedSource string
)

// Store keeps the hold of one account. It is safe for concurrent use.
type Store struct {
	queueMarks
	swap, blocked *redis.Script
}

// New makes the store of one account's hold; the client stays the caller's.
func New(rdb redis.UniversalClient, account string) *Store {
	return &Store{
		queueMarks: queueMarks{rdb: rdb, account: account},
		swap:       redis.NewScript(swapSource), blocked: redis.NewScript(blockedSource),
	}
}

// Get returns the hold, nil when there is none, and Redis's clock, which
// Since and ProbeAt are to be compared with.
func (s *Store) Get(ctx context.Context) (*record.Hold, time.Time, error) {
	var fields *redis.MapStringStringCmd
	var clock func() (time.Time, error)
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		fields, clock = p.HGetAll(ctx, key.Hold(s.account)), redisclock.Ask(ctx, p, key.Hold(s.account))
		return nil
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the hold of account %s: %w", s.account, err)
	}
	now, err := clock()
	if err != nil || len(fields.Val()) == 0 {
		return nil, now, err
	}
	hold, err := parse(s.account, fields.Val())
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the hold of account %s: %w", s.account, err)
	}
	marks, err := s.Marks(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	for _, stage := range record.Stages() {
		if marks[stage] {
			hold.Paused = append(hold.Paused, stage)
		}
	}
	return hold, now, nil
}

// Find is Get, but for the clock where there is no hold: that is looked for each second.
func (s *Store) Find(ctx context.Context) (*record.Hold, time.Time, error) {
	switch n, err := s.rdb.Exists(ctx, key.Hold(s.account)).Result(); {
	case err != nil:
		return nil, time.Time{}, fmt.Errorf("look for a hold of account %s: %w", s.account, err)
	case n == 0:
		return nil, time.Time{}, nil
	}
	return s.Get(ctx)
}

// Swap writes the hold after, or lifts it when after is nil, if the hold is
// still before (nil for none): the same since, reason, phase and tries. It
// reports false, and changes nothing, if it is not. Repeating an applied Swap
// reports true.
//
// Since is kept over all changes and is Redis's clock for a new hold; Paused
// is not written, see Mark. A lift adds the hold's time to key.Held and forgets
// the streak of unavailable answers.
func (s *Store) Swap(ctx context.Context, before, after *record.Hold) (bool, error) {
	text, err := s.eventOf(before, after)
	if err != nil {
		return false, err
	}
	keys := []string{key.Hold(s.account), key.Held(s.account), key.Limit(s.account), key.Outbox(s.account)}
	args := []any{key.Released(s.account), identity(before)}
	if after == nil {
		args = append(args, "", text)
	} else {
		args = append(args, strings.Join([]string{
			string(after.Reason), string(after.Phase), strconv.Itoa(after.Tries), after.By,
		}, "|"), text)
		args = append(args, fields(*after)...)
	}
	applied, err := s.swap.Run(ctx, s.rdb, keys, args...).Bool()
	if err != nil {
		return false, fmt.Errorf("change the hold of account %s: %w", s.account, err)
	}
	return applied, nil
}

// eventOf is the event of a change of the hold, "" for none.
func (s *Store) eventOf(before, after *record.Hold) (string, error) {
	e, ok := event.OfHold(s.account, before, after, random.Token())
	if !ok {
		return "", nil
	}
	b, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("write the event of a hold of account %s: %w", s.account, err)
	}
	return string(b), nil
}

// blockedGap is how far apart two answers of one row may lie: more than the
// longest back-off of a single campaign, 7.5 minutes by default.
const blockedGap = 10 * time.Minute

// Blocked notes that a create was answered "another campaign awaits approval"
// and returns how long such answers have come in a row, and how many. A create
// that was accepted in between begins a new row, and so does a hold that was
// lifted.
func (s *Store) Blocked(ctx context.Context) (lasts time.Duration, answers int, err error) {
	keys := []string{key.Limit(s.account), key.Meta(s.account)}
	n, err := s.blocked.Run(ctx, s.rdb, keys, blockedGap.Milliseconds()).Int64Slice()
	if err == nil && len(n) != 2 {
		err = fmt.Errorf("answer has %d parts, want 2", len(n))
	}
	if err != nil {
		return 0, 0, fmt.Errorf("note a blocked create of account %s: %w", s.account, err)
	}
	return time.Duration(n[0]) * time.Millisecond, int(n[1]), nil
}
