package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
)

// Accounts lists the accounts that were ever announced or written to, sorted.
func (s *Store) Accounts(ctx context.Context) ([]string, error) {
	accounts, err := s.rdb.SMembers(ctx, key.Accounts).Result()
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	slices.Sort(accounts)
	return accounts, nil
}

// HasAccount reports whether Accounts lists an account.
func (s *Store) HasAccount(ctx context.Context, account string) (bool, error) {
	known, err := s.rdb.SIsMember(ctx, key.Accounts, account).Result()
	if err != nil {
		return false, fmt.Errorf("look for account %s: %w", account, err)
	}
	return known, nil
}

// Announce adds accounts to those that Accounts lists. Commit does so by
// itself; a producer may, so that an account is listed before a worker has
// touched its first campaign.
func (s *Store) Announce(ctx context.Context, accounts ...string) error {
	names := make([]any, len(accounts))
	for i, account := range accounts {
		if err := checkAccount(account); err != nil {
			return err
		}
		names[i] = account
	}
	if err := s.rdb.SAdd(ctx, key.Accounts, names...).Err(); err != nil {
		return fmt.Errorf("announce account %s: %w", strings.Join(accounts, ", "), err)
	}
	return nil
}

// AskAnnounce is Announce of one account through a pipeline.
func (s *Store) AskAnnounce(ctx context.Context, c redis.Cmdable, account string) func() error {
	if err := checkAccount(account); err != nil {
		return func() error { return err }
	}
	answer := c.SAdd(ctx, key.Accounts, account)
	return func() error {
		if err := answer.Err(); err != nil {
			return fmt.Errorf("announce account %s: %w", account, err)
		}
		return nil
	}
}

// Unlist takes an account out of those that Accounts lists, until it is announced again.
func (s *Store) Unlist(ctx context.Context, account string) error {
	if err := checkAccount(account); err != nil {
		return err
	}
	if err := s.rdb.SRem(ctx, key.Accounts, account).Err(); err != nil {
		return fmt.Errorf("take account %s out of the list: %w", account, err)
	}
	return nil
}

// announceOnce announces an account unless this process has. The set is in
// another slot than the account, so it cannot be part of the commit's script.
func (s *Store) announceOnce(ctx context.Context, account string) error {
	if _, done := s.announced.Load(account); done {
		return nil
	}
	return s.Announce(ctx, account)
}

// announcedOn notes the run_id that the account's node had after a commit.
// When it has changed, the set may have been lost with the rest, and the next
// commit announces the account again.
func (s *Store) announcedOn(account, runID string) {
	on, known := s.announced.LoadOrStore(account, runID)
	if known && on != runID {
		s.announced.Delete(account)
	}
}

// Counts returns how many campaigns of an account are in each state. Campaigns
// that no worker has touched are in none, and expired ones are counted until
// Trim has taken them out.
func (s *Store) Counts(ctx context.Context, account string) (map[campaign.State]int64, error) {
	if err := checkAccount(account); err != nil {
		return nil, err
	}
	states := campaign.States()
	pipe := s.rdb.Pipeline()
	for _, state := range states {
		pipe.ZCard(ctx, key.State(account, state))
	}
	answers, err := pipe.Exec(ctx)
	if err != nil {
		return nil, fmt.Errorf("count campaigns of account %s: %w", account, err)
	}
	counts := make(map[campaign.State]int64, len(states))
	for i, state := range states {
		counts[state] = intOf(answers[i])
	}
	return counts, nil
}
