package action

import (
	"context"
	_ "embed" // the scripts' text
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/random"
)

const (
	// keepPlans is how long a plan may be begun.
	keepPlans = time.Hour
	// keepActions is how long an action is kept since it last moved.
	keepActions = 7 * 24 * time.Hour
	// maxProblems is how many problems of an action are kept.
	maxProblems = 100
	// maxPlans is how many plans of an account are kept that were not begun.
	maxPlans = 20
)

// ErrUnknown is returned for an action that is not there, or not any more.
var ErrUnknown = errors.New("there is no such action or plan, or not any more: a plan is kept for an hour, an action for a week")

var (
	//go:embed lua/add.lua
	addLua string
	//go:embed lua/keep.lua
	keepLua string
	//go:embed lua/drop.lua
	dropLua string
	//go:embed lua/begin.lua
	beginLua string
	//go:embed lua/advance.lua
	advanceLua string
	//go:embed lua/stop.lua
	stopLua string
	//go:embed lua/touch.lua
	touchLua string
)

// store keeps plans and actions, under the hash tag of their account.
type store struct {
	rdb                                          redis.UniversalClient
	add, keep, dropPlan, begin, advance, askStop *redis.Script
}

func newStore(rdb redis.UniversalClient) *store {
	return &store{
		rdb: rdb, add: redis.NewScript(addLua), keep: redis.NewScript(keepLua), begin: redis.NewScript(beginLua),
		dropPlan: redis.NewScript(dropLua), advance: redis.NewScript(advanceLua), askStop: redis.NewScript(stopLua),
	}
}

// newID is the id of a plan. It begins with the account, whose keys it leads to.
func newID(account string) string { return account + "." + random.Token() }

// AccountOf is the account that an id of an action names; ok is false for what is no id.
func AccountOf(id string) (account string, ok bool) {
	account, token, found := strings.Cut(id, ".")
	return account, found && campaign.ValidAccount(account) && len(token) == random.Length && campaign.ValidID(token)
}

func keysOf(id string) []string {
	account, _ := AccountOf(id)
	head := key.Action(account, id)
	return []string{head, head + ":items", head + ":touched", head + ":problems"}
}

// addItems appends campaigns to a plan in the making.
func (s *store) addItems(ctx context.Context, id string, items []planned) error {
	if len(items) == 0 {
		return nil
	}
	lines, err := encode(items)
	if err != nil {
		return err
	}
	args := append([]any{keepPlans.Milliseconds()}, lines...)
	if err := s.add.Run(ctx, s.rdb, keysOf(id)[1:2], args...).Err(); err != nil {
		return fmt.Errorf("keep campaigns of plan %s: %w", id, err)
	}
	return nil
}

// keepPlan ends the making of a plan. The oldest ones of its account make room.
func (s *store) keepPlan(ctx context.Context, p Preview, reason string) error {
	err := s.keep.Run(ctx, s.rdb, keysOf(p.ID)[:2], keepPlans.Milliseconds(),
		"verb", string(p.Verb), "account", p.Account, "reason", reason, "state", string(statePlanned), "total", p.Campaigns,
		"position", 0, "done", 0, "skipped", 0, "failed", 0).Err()
	if err == nil {
		err = s.makeRoom(ctx, p)
	}
	if err != nil {
		return fmt.Errorf("keep plan %s: %w", p.ID, err)
	}
	return nil
}

// makeRoom drops the plans of an account beyond maxPlans.
func (s *store) makeRoom(ctx context.Context, p Preview) error {
	plans := key.Plans(p.Account)
	if err := s.rdb.ZAdd(ctx, plans, redis.Z{Score: float64(time.Now().UnixMicro()), Member: p.ID}).Err(); err != nil {
		return err
	}
	if err := s.rdb.PExpire(ctx, plans, keepPlans).Err(); err != nil {
		return err
	}
	old, err := s.rdb.ZRange(ctx, plans, 0, -maxPlans-1).Result()
	for _, id := range old {
		if err == nil {
			err = s.drop(ctx, id)
		}
	}
	return err
}

// drop removes a plan that was not begun.
func (s *store) drop(ctx context.Context, id string) error {
	account, _ := AccountOf(id)
	if err := s.dropPlan.Run(ctx, s.rdb, append(keysOf(id), key.Plans(account)), id).Err(); err != nil {
		return fmt.Errorf("drop plan %s: %w", id, err)
	}
	return nil
}

// head is what is kept of a plan or an action, but for its campaigns and problems.
type head struct {
	Status
	reason   string
	position int
}

// read reads the head of a plan or an action.
func (s *store) read(ctx context.Context, id string) (head, error) {
	if _, ok := AccountOf(id); !ok {
		return head{}, ErrUnknown
	}
	found, err := s.rdb.HGetAll(ctx, keysOf(id)[0]).Result()
	if err != nil {
		return head{}, fmt.Errorf("read action %s: %w", id, err)
	}
	if found["state"] == "" {
		return head{}, ErrUnknown
	}
	h := head{reason: found["reason"], Status: Status{
		ID: id, Verb: Verb(found["verb"]), Account: found["account"], State: RunState(found["state"]), By: found["by"],
		BegunAt: moment(found["begun"]), EndedAt: moment(found["ended"]),
	}}
	for name, to := range map[string]*int{"total": &h.Total, "position": &h.position, "done": &h.Done, "skipped": &h.Skipped, "failed": &h.Failed} {
		if *to, err = strconv.Atoi(found[name]); err != nil {
			return head{}, fmt.Errorf("read action %s: %w", id, err)
		}
	}
	return h, nil
}

func moment(milliseconds string) time.Time {
	ms, err := strconv.ParseInt(milliseconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// problems are those that are kept of an action.
func (s *store) problems(ctx context.Context, id string) ([]Untouched, error) {
	lines, err := s.rdb.LRange(ctx, keysOf(id)[3], 0, maxProblems-1).Result()
	if err != nil {
		return nil, fmt.Errorf("read the problems of action %s: %w", id, err)
	}
	var all []Untouched
	for _, line := range lines {
		var p Untouched
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			return nil, fmt.Errorf("read the problems of action %s: %w", id, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// start begins a plan, or lets an action that was stopped go on, in a caller's name. One
// that has been begun stays as it is. From then on octoq web finds it.
func (s *store) start(ctx context.Context, id, by string) error {
	state, err := s.begin.Run(ctx, s.rdb, keysOf(id), by, keepActions.Milliseconds()).Text()
	switch {
	case err != nil:
		return fmt.Errorf("begin action %s: %w", id, err)
	case state == "":
		return ErrUnknown
	case RunState(state).ended():
		return nil
	}
	return s.list(ctx, id)
}

// list lets octoq web find an action that was begun.
func (s *store) list(ctx context.Context, id string) error {
	if err := s.rdb.ZAdd(ctx, key.Actions, redis.Z{Score: float64(time.Now().UnixMilli()), Member: id}).Err(); err != nil {
		return fmt.Errorf("list action %s: %w", id, err)
	}
	return nil
}

// unlist takes an action off that has ended. If it was begun again meanwhile,
// it is listed again.
func (s *store) unlist(ctx context.Context, id string) error {
	if err := s.rdb.ZRem(ctx, key.Actions, id).Err(); err != nil {
		return fmt.Errorf("take action %s off the list: %w", id, err)
	}
	h, err := s.read(ctx, id)
	if errors.Is(err, ErrUnknown) || err == nil && (h.State.ended() || h.State == statePlanned) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.list(ctx, id)
}

// unfinished are actions that were begun and have not ended, those begun first before others.
func (s *store) unfinished(ctx context.Context, most int64) ([]string, error) {
	ids, err := s.rdb.ZRange(ctx, key.Actions, 0, most-1).Result()
	if err != nil {
		return nil, fmt.Errorf("list unfinished actions: %w", err)
	}
	return ids, nil
}

// items are the next campaigns of an action.
func (s *store) items(ctx context.Context, id string, from, most int) ([]planned, error) {
	lines, err := s.rdb.LRange(ctx, keysOf(id)[1], int64(from), int64(from+most-1)).Result()
	if err != nil {
		return nil, fmt.Errorf("read the campaigns of action %s: %w", id, err)
	}
	return decode(lines)
}

// touched says of the next n campaigns of an action which were written already.
func (s *store) touched(ctx context.Context, id string, from, n int) ([]bool, error) {
	members := make([]any, n)
	for i := range members {
		members[i] = from + i
	}
	are, err := s.rdb.SMIsMember(ctx, keysOf(id)[2], members...).Result()
	if err != nil {
		return nil, fmt.Errorf("look what action %s has touched: %w", id, err)
	}
	return are, nil
}

// touch marks a campaign of an action as touched, in the script that writes it.
func touch(id string, i int) ledger.Append {
	return ledger.Append{Script: touchLua, Keys: keysOf(id)[2:3], Args: []any{i, keepActions.Milliseconds()}}
}

// tally is what became of the campaigns of a batch.
type tally struct {
	done, skipped, failed int
	problems              []Untouched
}

// move moves an action on behind a batch, unless another process has moved it, and ends it
// behind the last one or where it was to stop. It returns the state then, which is "" if
// the action is gone.
func (s *store) move(ctx context.Context, id string, from, to int, t tally) (RunState, error) {
	args := []any{from, to, t.done, t.skipped, t.failed, keepActions.Milliseconds(), maxProblems}
	for _, p := range t.problems {
		line, err := json.Marshal(p)
		if err != nil {
			return "", fmt.Errorf("write a problem of action %s: %w", id, err)
		}
		args = append(args, string(line))
	}
	state, err := s.advance.Run(ctx, s.rdb, keysOf(id), args...).Text()
	if err != nil {
		return "", fmt.Errorf("move action %s on: %w", id, err)
	}
	return RunState(state), nil
}

// askToStop lets an action stop behind its present batch.
func (s *store) askToStop(ctx context.Context, id string) error {
	if err := s.askStop.Run(ctx, s.rdb, keysOf(id)[:1]).Err(); err != nil {
		return fmt.Errorf("stop action %s: %w", id, err)
	}
	return nil
}
