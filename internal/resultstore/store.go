package resultstore

import (
	_ "embed" // the scripts are files of their own, so that they read as Lua
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/phone"
)

var (
	//go:embed lua/take.lua
	takeLua string
	//go:embed lua/keep.lua
	keepLua string
	//go:embed lua/fold.lua
	foldLua string
	//go:embed lua/tend.lua
	tendLua string
	//go:embed lua/forget.lua
	forgetLua string
)

// Why something is not stored.
var (
	// ErrOtherKey: the account's numbers are hashed with a key that this process does not
	// have, so it could recognise none of them.
	ErrOtherKey = errors.New("the numbers of this account are hashed with another key: set OCTOQ_NUMBERS_KEY_FILE to the file with the earlier " +
		"OCTOQ_CALLBACK_SECRET, or to the earlier key")
	// ErrFull: more is waiting to be counted, or is kept, than is allowed.
	ErrFull = errors.New("there is no more room for reports of this account")
)

// Options are how much is kept, and for how long. Zero values are the defaults.
type Options struct {
	// Hashers are the keys that numbers may be hashed with; of an account the one that
	// it began with is used, and of a new one the first.
	Hashers []phone.Hasher
	// Detail is how long the last status of each number is kept: a later report is not
	// counted. Default 7 days.
	Detail time.Duration
	// Replies is how long replies are kept. Default 30 days.
	Replies time.Duration
	// Retention is how long results are kept of a campaign that does not expire.
	// Default 90 days.
	Retention time.Duration
}

const day = 24 * time.Hour

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		of    *time.Duration
		value time.Duration
	}{{&o.Detail, 7 * day}, {&o.Replies, 30 * day}, {&o.Retention, 90 * day}} {
		if *d.of == 0 {
			*d.of = d.value
		}
	}
	return o
}

// bounds are how much is kept of one account. Tests have smaller ones.
type bounds struct {
	journal        int // entries that wait to be counted
	unknownTickets int // tickets that no campaign has
	unknownNumbers int // numbers of all these
	numbers        int // numbers of one ticket
	replies        int // the oldest make room
	optOuts        int // beyond them callbacks are answered 503: none is dropped
}

func defaultBounds() bounds {
	return bounds{journal: 1_000_000, unknownTickets: 1_000, unknownNumbers: 200_000, numbers: 5_000_000, replies: 100_000, optOuts: 5_000_000}
}

// Store keeps reports. It is safe for concurrent use.
type Store struct {
	rdb     redis.UniversalClient
	options Options
	bounds  bounds

	take, keep, fold, tend, forget *redis.Script

	mu      sync.Mutex
	hashers map[string]int  // which of the hashers is an account's
	touched map[string]bool // accounts with entries that this process has put into the journal
}

// New makes a Store on a client, which stays the caller's to close.
func New(rdb redis.UniversalClient, o Options) *Store {
	return &Store{
		rdb: rdb, options: o.withDefaults(), bounds: defaultBounds(),
		take: redis.NewScript(takeLua), keep: redis.NewScript(keepLua), fold: redis.NewScript(foldLua), tend: redis.NewScript(tendLua), forget: redis.NewScript(forgetLua),
		hashers: map[string]int{}, touched: map[string]bool{},
	}
}
