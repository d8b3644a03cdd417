package schedulestore

import (
	"context"
	_ "embed" // the scripts' text
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/schedule"
)

var (
	//go:embed lua/read.lua
	readLua string
	//go:embed lua/add.lua
	addLua string
	//go:embed lua/remove.lua
	removeLua string
	//go:embed lua/advance.lua
	advanceLua string
	//go:embed lua/rewrite.lua
	rewriteLua string
)

// versionField stands among the cursors and is no schedule's name.
const versionField = ":version"

// ErrExists is returned for a name that is taken.
var ErrExists = errors.New("there is a schedule of this name")

// Store keeps schedules. It may be used by many goroutines at once.
type Store struct {
	rdb                                 redis.UniversalClient
	read, add, remove, advance, rewrite *redis.Script
}

// New makes a Store on a client, which stays the caller's to close.
func New(rdb redis.UniversalClient) *Store {
	return &Store{
		rdb: rdb, read: redis.NewScript(readLua), add: redis.NewScript(addLua),
		remove: redis.NewScript(removeLua), advance: redis.NewScript(advanceLua), rewrite: redis.NewScript(rewriteLua),
	}
}

func keysOf(account string) []string {
	return []string{key.Schedules(account), key.ScheduleCursors(account)}
}

// Accounts lists the accounts that were ever used.
func (s *Store) Accounts(ctx context.Context) ([]string, error) {
	accounts, err := s.rdb.SMembers(ctx, key.Accounts).Result()
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	slices.Sort(accounts)
	return accounts, nil
}

// Read returns an account's schedules and cursors. A version that is known, ""
// at first, saves reading the schedules again.
func (s *Store) Read(ctx context.Context, account, version string) (schedule.Overview, error) {
	answer, err := s.read.Run(ctx, s.rdb, keysOf(account), version).Slice()
	if err == nil {
		var seen schedule.Overview
		if seen, err = readOverview(answer); err == nil {
			return seen, nil
		}
	}
	return schedule.Overview{}, fmt.Errorf("look at the schedules of account %s: %w", account, err)
}

// ReadAll is Read without a version: it returns all schedules.
func (s *Store) ReadAll(ctx context.Context, account string) (schedule.Overview, error) {
	return s.Read(ctx, account, "*") // no version is called that
}

func readOverview(answer []any) (schedule.Overview, error) {
	if len(answer) != 6 {
		return schedule.Overview{}, fmt.Errorf("redis answered %d parts, 6 are wanted", len(answer))
	}
	var seconds, micros int64
	if _, err := fmt.Sscan(fmt.Sprint(answer[0], " ", answer[1]), &seconds, &micros); err != nil {
		return schedule.Overview{}, fmt.Errorf("read the time of Redis: %w", err)
	}
	seen := schedule.Overview{
		Now:     time.Unix(seconds, micros*int64(time.Microsecond)).UTC(),
		Version: fmt.Sprint(answer[2]), Changed: answer[3] == int64(1), Cursors: pairs(answer[4]),
	}
	delete(seen.Cursors, versionField)
	if seen.Changed {
		seen.Schedules = pairs(answer[5])
	}
	return seen, nil
}

// pairs is a hash as a script returns it.
func pairs(flat any) map[string]string {
	all := map[string]string{}
	values, _ := flat.([]any)
	for pair := range slices.Chunk(values, 2) {
		if len(pair) == 2 {
			all[fmt.Sprint(pair[0])] = fmt.Sprint(pair[1])
		}
	}
	return all
}

// Add keeps a schedule, whose ticks begin after the present moment. If there is
// one of this name it fails with ErrExists, or replaces it.
func (s *Store) Add(ctx context.Context, account, name, text string, replace bool) error {
	if err := s.rdb.SAdd(ctx, key.Accounts, account).Err(); err != nil {
		return fmt.Errorf("add schedule %s/%s: %w", account, name, err)
	}
	flag := 0
	if replace {
		flag = 1
	}
	done, err := s.add.Run(ctx, s.rdb, keysOf(account), name, text, random.Token(), flag).Int()
	if err == nil && done == 0 {
		err = ErrExists
	}
	if err != nil {
		return fmt.Errorf("add schedule %s/%s: %w", account, name, err)
	}
	return nil
}

// Rewrite puts a schedule's text in the place of another, and leaves its cursor where
// it stands: ticks that have passed are missed by the schedule's own rule. It reports
// whether the schedule was the one that was seen. It may be repeated.
func (s *Store) Rewrite(ctx context.Context, account, name, seen, text string) (bool, error) {
	done, err := s.rewrite.Run(ctx, s.rdb, keysOf(account), name, seen, text, random.Token()).Int()
	if err != nil {
		return false, fmt.Errorf("change schedule %s/%s: %w", account, name, err)
	}
	return done == 1, nil
}

// Remove forgets a schedule. It fails with campaign.ErrNotFound if there is none.
func (s *Store) Remove(ctx context.Context, account, name string) error {
	if err := s.drop(ctx, account, name); err != nil {
		return fmt.Errorf("remove schedule %s/%s: %w", account, name, err)
	}
	return nil
}

// drop names the generation that it removes, so that a script that is repeated
// because its answer was lost removes nothing that came after.
func (s *Store) drop(ctx context.Context, account, name string) error {
	seen, err := s.ReadAll(ctx, account)
	if err != nil {
		return err
	}
	if _, exists := seen.Schedules[name]; !exists {
		return campaign.ErrNotFound
	}
	generation, _, _ := strings.Cut(seen.Cursors[name], " ")
	done, err := s.remove.Run(ctx, s.rdb, keysOf(account), name, generation, random.Token()).Int()
	if err != nil || done == 1 {
		return err
	}
	exists, err := s.rdb.HExists(ctx, key.Schedules(account), name).Result()
	if err == nil && exists {
		err = errors.New("it was replaced in the meantime: look at it, then try again")
	}
	return err
}

// Advance makes those moves whose cursor stands where it was seen, and reports
// for each whether it was made.
func (s *Store) Advance(ctx context.Context, account string, moves []schedule.CursorMove) ([]bool, error) {
	args := make([]any, 0, 3*len(moves))
	for _, m := range moves {
		args = append(args, m.Name, m.From, m.To)
	}
	answer, err := s.advance.Run(ctx, s.rdb, []string{key.ScheduleCursors(account)}, args...).Int64Slice()
	if err == nil && len(answer) != len(moves) {
		err = fmt.Errorf("redis answered %d moves", len(answer))
	}
	if err != nil {
		return nil, fmt.Errorf("note %d ticks of account %s: %w", len(moves), account, err)
	}
	made := make([]bool, len(answer))
	for i, n := range answer {
		made[i] = n == 1
	}
	return made, nil
}
