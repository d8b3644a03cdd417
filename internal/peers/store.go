package peers

import (
	"context"
	_ "embed" // the script's text
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redisclock"
)

const (
	// Every is how often a worker announces itself.
	Every = time.Minute
	// lifetime is how long an announcement holds: one may come late, or be lost.
	lifetime = 2*Every + 30*time.Second
)

//go:embed lua/announce.lua
var announceLua string

// PeerWorker is a worker of one account.
type PeerWorker struct {
	// ID is the process's own, Name what people know it by; two may have the same.
	ID   string `json:"-"`
	Name string `json:"name"`
	// Settings are texts by the name of the setting. None of them is a secret.
	Settings map[string]string `json:"settings"`
}

// Store keeps the announcements of workers. It is safe for concurrent use.
type Store struct {
	rdb      redis.UniversalClient
	announce *redis.Script
}

// New makes a store; the client stays the caller's.
func New(rdb redis.UniversalClient) *Store {
	return &Store{rdb: rdb, announce: redis.NewScript(announceLua)}
}

// Announce stores by which settings a worker works, for two and a half minutes, and
// returns all living workers of the account, this one among them.
func (s *Store) Announce(ctx context.Context, account string, w PeerWorker) ([]PeerWorker, error) {
	return s.AnnounceEvery(ctx, account, w, Every)
}

// AnnounceEvery is Announce for a worker that announces itself less often: its announcement
// holds for longer.
func (s *Store) AnnounceEvery(ctx context.Context, account string, w PeerWorker, every time.Duration) ([]PeerWorker, error) {
	text, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("announce a worker of account %s: %w", account, err)
	}
	values, err := s.announce.Run(ctx, s.rdb, []string{key.WorkerSettings(account)}, w.ID, text,
		lifetime.Milliseconds(), 2*max(every-Every, 0).Milliseconds()).StringSlice()
	if err != nil {
		return nil, fmt.Errorf("announce a worker of account %s: %w", account, err)
	}
	var workers []PeerWorker
	for _, value := range values {
		if w, _, ok := parse(value); ok {
			workers = append(workers, w)
		}
	}
	return workers, nil
}

// Leave takes back what a worker has announced.
func (s *Store) Leave(ctx context.Context, account, id string) error {
	err := s.announce.Run(ctx, s.rdb, []string{key.WorkerSettings(account)}, id, "", lifetime.Milliseconds(), 0).Err()
	if err != nil {
		return fmt.Errorf("take a worker of account %s off the list: %w", account, err)
	}
	return nil
}

// Living lists the living workers of an account. It only reads.
func (s *Store) Living(ctx context.Context, account string) ([]PeerWorker, error) {
	now, err := redisclock.Ask(ctx, s.rdb, key.WorkerSettings(account))()
	if err != nil {
		return nil, fmt.Errorf("list the workers of account %s: %w", account, err)
	}
	values, err := s.rdb.HVals(ctx, key.WorkerSettings(account)).Result()
	if err != nil {
		return nil, fmt.Errorf("list the workers of account %s: %w", account, err)
	}
	var workers []PeerWorker
	for _, value := range values {
		if w, at, ok := parse(value); ok && now.Sub(at) <= lifetime {
			workers = append(workers, w)
		}
	}
	return workers, nil
}

// parse reads a value of the hash; ok is false for one that this octoq cannot read.
func parse(value string) (w PeerWorker, at time.Time, ok bool) {
	stamp, text, found := strings.Cut(value, " ")
	ms, err := strconv.ParseInt(stamp, 10, 64)
	if !found || err != nil || json.Unmarshal([]byte(text), &w) != nil {
		return PeerWorker{}, time.Time{}, false
	}
	return w, time.UnixMilli(ms), true
}
