package resultstore

import (
	"context"
	"errors"
	"time"

	"github.com/octoq/octoq/internal/key"
)

const (
	// countEvery is how often a process counts what it has put into journals.
	countEvery = time.Second
	// tendEvery is how often it looks at all accounts: other processes may have left
	// something there, and unknown tickets may have got campaigns.
	tendEvery = time.Minute
)

// Run counts what is reported until ctx ends, and once more then; counted is called for
// an account in which something was counted, and now and then for every other. What goes
// wrong is reported, and tried again.
func (s *Store) Run(ctx context.Context, counted func(context.Context, string) error, report func(error)) {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	var tended time.Time
	for {
		select {
		case <-ctx.Done():
			s.countLast(ctx, counted, report)
			return
		case now := <-tick.C:
			if now.Sub(tended) >= tendEvery {
				s.tendAll(ctx, report)
				tended = now
			}
			s.countTouched(ctx, counted, report)
		}
	}
}

// countLast counts what came since the last round, before the process ends.
func (s *Store) countLast(ctx context.Context, counted func(context.Context, string) error, report func(error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countEvery)
	defer cancel()
	s.countTouched(ctx, counted, report)
}

func (s *Store) countTouched(ctx context.Context, counted func(context.Context, string) error, report func(error)) {
	s.mu.Lock()
	touched := s.touched
	s.touched = map[string]bool{}
	s.mu.Unlock()
	for account := range touched {
		_, err := s.Fold(ctx, account)
		if err == nil {
			err = counted(ctx, account)
		}
		if err != nil {
			s.touch(account)
			reportUnlessEnded(ctx, err, report)
		}
	}
}

func (s *Store) touch(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touched[account] = true
}

// tendAll looks at every account that was ever used.
func (s *Store) tendAll(ctx context.Context, report func(error)) {
	accounts, err := s.rdb.SMembers(ctx, key.Accounts).Result()
	if err != nil {
		reportUnlessEnded(ctx, err, report)
		return
	}
	for _, account := range accounts {
		s.touch(account)
		if _, err := s.Tend(ctx, account); err != nil {
			reportUnlessEnded(ctx, err, report)
		}
	}
}

func reportUnlessEnded(ctx context.Context, err error, report func(error)) {
	if ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		report(err)
	}
}
