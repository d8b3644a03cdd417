package enqueuetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/presence"
)

// timeout bounds each talk with Redis.
const timeout = 10 * time.Second

// Kit is a client and what became of what was enqueued. It ends with its test.
// It may be used by several goroutines, as long as those end with the test too:
// what goes wrong with Redis fails the test that made the Kit.
type Kit struct {
	tb     testing.TB
	rdb    redis.UniversalClient
	url    string // of the embedded Redis
	client *enqueue.Client
	ledger *ledger.Store
}

// Option changes how a Kit is made.
type Option func(*Kit)

// WithRedis uses the caller's Redis; the caller also closes the client. The Kit
// sees every campaign in it, so give it one of the test's own.
func WithRedis(rdb redis.UniversalClient) Option {
	return func(k *Kit) { k.rdb = rdb }
}

// New makes a Kit on an embedded Redis, unless an option says otherwise.
func New(tb testing.TB, opts ...Option) *Kit {
	tb.Helper()
	k := &Kit{tb: tb}
	for _, opt := range opts {
		opt(k)
	}
	if k.rdb == nil {
		k.embed()
	}
	var err error
	if k.client, err = enqueue.New(enqueue.Config{Client: k.rdb}); err != nil {
		tb.Fatalf("enqueuetest: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	// The code under test is not warned of accounts that no worker serves.
	if err := presence.NewProcess(k.rdb, []string{presence.Everything}).Renew(ctx); err != nil {
		tb.Fatalf("enqueuetest: %v", err)
	}
	if k.ledger, err = ledger.New(k.rdb, ledger.Options{}); err != nil {
		tb.Fatalf("enqueuetest: %v", err)
	}
	return k
}

func (k *Kit) embed() {
	k.tb.Helper()
	m, err := memredis.Start()
	if err != nil {
		k.tb.Fatalf("enqueuetest: start an embedded Redis: %v", err)
	}
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
	k.tb.Cleanup(func() {
		_ = rdb.Close()
		m.Close()
	})
	k.rdb, k.url = rdb, "redis://"+m.Addr()+"/0"
}

// Client is the client to hand to the code under test.
func (k *Kit) Client() *enqueue.Client { return k.client }

// Redis is the Redis behind the Kit, for another kit to work on, too.
func (k *Kit) Redis() redis.UniversalClient { return k.rdb }

// URL is the address of the embedded Redis, for code that makes a client of its
// own. It is empty when the Kit was given its Redis.
func (k *Kit) URL() string { return k.url }

// Enqueued are the campaigns of all accounts, in the order in which they were
// enqueued; of those enqueued in the same millisecond the ones that are due
// come before the scheduled ones. They are as they will be created: with the
// id that was chosen, and with NotBefore where enqueue.At was used.
func (k *Kit) Enqueued() []campaign.Campaign {
	k.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	accounts, err := k.client.Accounts(ctx)
	if err != nil {
		k.tb.Fatalf("enqueuetest: list the accounts: %v", err)
	}
	var records []campaign.Record
	for _, account := range accounts {
		own := k.list(ctx, account)
		k.sortEnqueued(ctx, account, own)
		records = append(records, own...)
	}
	slices.SortStableFunc(records, func(a, b campaign.Record) int { return a.EnqueuedAt.Compare(b.EnqueuedAt) })
	campaigns := make([]campaign.Campaign, len(records))
	for i, r := range records {
		campaigns[i] = r.Campaign
	}
	return campaigns
}

// list reads all campaigns of an account.
func (k *Kit) list(ctx context.Context, account string) []campaign.Record {
	k.tb.Helper()
	var records []campaign.Record
	for f := (enqueue.Filter{Account: account}); ; {
		page, err := k.client.List(ctx, f)
		if err != nil {
			k.tb.Fatalf("enqueuetest: list the campaigns of account %s: %v", account, err)
		}
		records = append(records, page.Records...)
		if f.Cursor = page.Next; f.Cursor == "" {
			return records
		}
	}
}

// Only is the one campaign that was enqueued. The test fails at once if there
// is none or more than one.
func (k *Kit) Only(tb testing.TB) campaign.Campaign {
	tb.Helper()
	all := k.Enqueued()
	if len(all) != 1 {
		ids := make([]string, len(all))
		for i, c := range all {
			ids[i] = c.Account + "/" + c.ID
		}
		tb.Fatalf("enqueued campaigns: got %d %q, want 1", len(all), ids)
	}
	return all[0]
}

// Find looks for a campaign of the default account and reports whether there
// is one.
func (k *Kit) Find(id string) (campaign.Record, bool) {
	k.tb.Helper()
	return k.FindIn(campaign.DefaultAccount, id)
}

// FindIn is Find for another account.
func (k *Kit) FindIn(account, id string) (campaign.Record, bool) {
	k.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	r, err := k.client.Get(ctx, account, id)
	if err != nil && !errors.Is(err, campaign.ErrNotFound) {
		k.tb.Fatalf("enqueuetest: find campaign %s/%s: %v", account, id, err)
	}
	return r, err == nil
}
