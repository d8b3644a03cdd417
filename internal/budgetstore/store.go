package budgetstore

import (
	"context"
	_ "embed" // the script's text
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/budget"
	"github.com/octoq/octoq/internal/key"
)

//go:embed lua/write.lua
var writeLua string

// ErrUnchanged is what a change returns to leave a policy as it is.
var ErrUnchanged = errors.New("the policy stays as it is")

// Store keeps policies. It is safe for concurrent use.
type Store struct {
	rdb   redis.UniversalClient
	write *redis.Script
}

// New makes a store; the client stays the caller's.
func New(rdb redis.UniversalClient) *Store {
	return &Store{rdb: rdb, write: redis.NewScript(writeLua)}
}

// Read is the policy of an account as it is kept.
func (s *Store) Read(ctx context.Context, account string) (budget.StoredPolicy, error) {
	if !campaign.ValidAccount(account) {
		return budget.StoredPolicy{}, fmt.Errorf("%w: %q is no account", campaign.ErrInvalid, account)
	}
	hash, err := s.rdb.HGetAll(ctx, key.Policy(account)).Result()
	if err != nil {
		return budget.StoredPolicy{}, fmt.Errorf("read the rules and budgets of account %s: %w", account, err)
	}
	p, err := budget.ParsePolicy(hash)
	if err != nil {
		return p, fmt.Errorf("account %s: %w", account, err)
	}
	return p, nil
}

// Change writes what decide makes of the policy, and decides again where another was
// faster. decide may fail with ErrUnchanged, which is no error of Change.
func (s *Store) Change(ctx context.Context, account string, decide func(budget.StoredPolicy) (budget.StoredPolicy, error)) error {
	for {
		before, err := s.Read(ctx, account)
		if err != nil {
			return err
		}
		after, err := decide(before)
		if errors.Is(err, ErrUnchanged) {
			return nil
		}
		if err != nil {
			return err
		}
		fields, err := after.Fields()
		if err != nil {
			return err
		}
		args := []any{strconv.FormatInt(before.Revision, 10)}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			args = append(args, name, fields[name])
		}
		written, err := s.write.Run(ctx, s.rdb, []string{key.Policy(account), key.Meta(account)}, args...).Int()
		switch {
		case err != nil:
			return fmt.Errorf("write the rules and budgets of account %s: %w", account, err)
		case written == 1:
			return nil
		}
	}
}

// Usage is what a budget has spent in its period, by the values of its label; "" is the
// value of a budget that is one amount.
type Usage struct {
	Budget budget.Budget
	Period budget.Period
	Spent  map[string]budget.Spent
}

// Usage reads what budgets have spent in the periods that a moment is in.
func (s *Store) Usage(ctx context.Context, account string, budgets []budget.Budget, at time.Time) ([]Usage, error) {
	var all []Usage
	for _, b := range budgets {
		period, err := b.Period(at)
		if err != nil {
			return nil, err
		}
		hash, err := s.rdb.HGetAll(ctx, key.Spent(account, b.Name, period.Key)).Result()
		if err != nil {
			return nil, fmt.Errorf("read what budget %s of account %s has spent: %w", b.Name, account, err)
		}
		spent, err := budget.SpentByValue(hash)
		if err != nil {
			return nil, fmt.Errorf("read what budget %s of account %s has spent: %w", b.Name, account, err)
		}
		all = append(all, Usage{Budget: b, Period: period, Spent: spent})
	}
	return all, nil
}
