package ledger

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/memredis"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redistest"
)

// backend is a Redis that the ledger has to work on.
type backend struct {
	name string
	open func(testing.TB) redis.UniversalClient
}

func backends() []backend {
	return []backend{
		{name: "miniredis", open: openMini},
		{name: "redis", open: func(tb testing.TB) redis.UniversalClient { return redistest.Start(tb).Client() }},
		{name: "cluster", open: func(tb testing.TB) redis.UniversalClient { return redistest.StartCluster(tb) }},
	}
}

func openMini(tb testing.TB) redis.UniversalClient {
	c := redis.NewClient(&redis.Options{Addr: memredis.RunT(tb).Addr()})
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// bench is a ledger with an account of its own for one test.
type bench struct {
	*Store
	tb      testing.TB
	rdb     redis.UniversalClient
	account string
	tokens  int
}

// accounts numbers the accounts of tests that share a server.
var accounts atomic.Int64

func newBench(tb testing.TB, rdb redis.UniversalClient) *bench {
	tb.Helper()
	s, err := New(rdb, Options{})
	if err != nil {
		tb.Fatalf("new ledger: %v", err)
	}
	return &bench{Store: s, tb: tb, rdb: rdb, account: "t" + strconv.FormatInt(accounts.Add(1), 10)}
}

func (b *bench) ctx() context.Context { return b.tb.Context() }

func (b *bench) token() string {
	b.tokens++
	return "t" + strconv.Itoa(b.tokens)
}

// fresh is a record that the ledger does not have.
func (b *bench) fresh(id string) record.Record {
	c := campaign.Campaign{
		ID: id, Account: b.account, ListName: "customers", Text: "Hello, STOP au 30101",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
	}
	return record.New(c, time.UnixMilli(1_700_000_000_123).UTC(), "0123456789abcdef")
}

func (b *bench) load(id string) (record.Record, record.Snapshot) {
	b.tb.Helper()
	r, m, err := b.Load(b.ctx(), b.account, id)
	if err != nil {
		b.tb.Fatalf("load: %v", err)
	}
	return r, m
}

func (b *bench) now() record.Snapshot {
	b.tb.Helper()
	_, m, _ := b.Load(b.ctx(), b.account, "unknown")
	if m.Now.IsZero() {
		b.tb.Fatal("the ledger returns no time")
	}
	return m
}

// change is a write under the present run_id and a token of its own.
func (b *bench) change(before *record.Record, after record.Record) record.Change {
	b.tb.Helper()
	return record.Change{Before: before, After: after, RunID: b.now().RunID, Token: b.token()}
}

func (b *bench) commit(ch record.Change, want record.CommitResult) record.Snapshot {
	b.tb.Helper()
	got, m, err := b.Commit(b.ctx(), ch)
	if err != nil {
		b.tb.Fatalf("commit: %v", err)
	}
	if got != want {
		b.tb.Fatalf("commit: got %q, want %q", got, want)
	}
	return m
}

// put writes a record and returns it as it stands then.
func (b *bench) put(before *record.Record, after record.Record) record.Record {
	b.tb.Helper()
	b.commit(b.change(before, after), record.CommitApplied)
	r, _ := b.load(after.ID())
	return r
}

// creating is the write of a ticket to a fresh record that waits for it.
func (b *bench) creating(id string) record.Change {
	b.tb.Helper()
	before := b.path(id, campaign.StateCreating)
	after := before
	after.State, after.Ticket = campaign.StateComputing, "sms_1"
	return b.change(&before, after)
}

// path leads a fresh record through states.
func (b *bench) path(id string, states ...campaign.State) record.Record {
	b.tb.Helper()
	r := b.fresh(id)
	r = b.put(nil, r)
	for _, s := range states {
		before := r
		r.State, r.Step = s, r.Step+1
		r = b.put(&before, r)
	}
	return r
}

func sprint(v any) string { return fmt.Sprintf("%+v", v) }
