package ledger

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
)

// DefaultRetention is how long final records are kept: 90 days.
const DefaultRetention = 90 * 24 * time.Hour

// Options are the settings of a Store.
type Options struct {
	// Retention is how long a sent, simulated or cancelled record is kept after
	// its last write, 90 days if zero. The id is taken until then.
	Retention time.Duration
}

// Store is the ledger. It may be used by many goroutines at once.
type Store struct {
	rdb       redis.UniversalClient
	retention time.Duration
	form      form
	scripts   scripts

	compression *compression

	// announced leads from an account to the run_id under which it was last
	// added to the set of accounts.
	announced sync.Map
	// seen leads from an account to the most that its ledger was seen to have.
	seen sync.Map
	// policies leads from an account to its rules and budgets, as they were last read.
	policies sync.Map
	// trimmed leads from a walk of Trim to the cursor where it goes on.
	trimmed sync.Map
	// reindexed are the accounts whose lists Reindex has completed.
	reindexed sync.Map
}

// New makes a Store on a client, which stays the caller's to close.
func New(rdb redis.UniversalClient, opts Options) (*Store, error) {
	if rdb == nil {
		return nil, errors.New("ledger: no redis client given")
	}
	if opts.Retention == 0 {
		opts.Retention = DefaultRetention
	}
	if opts.Retention < time.Second {
		return nil, fmt.Errorf("ledger: retention %s is too short: give at least a second", opts.Retention)
	}
	return &Store{rdb: rdb, retention: opts.Retention, form: newForm(), scripts: newScripts(), compression: newCompression()}, nil
}

// Retention is how long records of campaigns that ended are kept.
func (s *Store) Retention() time.Duration { return s.retention }

// checkName refuses what cannot be part of a key: an empty account would have
// no hash tag, and an id with a colon could be another campaign's timeline.
func checkName(account, id string) error {
	if err := checkAccount(account); err != nil {
		return err
	}
	if !campaign.ValidID(id) {
		return fmt.Errorf("%w: %q is no id: give 1 to 64 of A-Z a-z 0-9 . _ -", campaign.ErrInvalid, id)
	}
	return nil
}

func checkAccount(account string) error {
	if !campaign.ValidAccount(account) {
		return fmt.Errorf("%w: %q is no account", campaign.ErrInvalid, account)
	}
	return nil
}
