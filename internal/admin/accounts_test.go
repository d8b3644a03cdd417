package admin_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/presence"
	"github.com/octoq/octoq/internal/redistest"
)

// beforeRemoval does something before an account is taken out of the list.
type beforeRemoval struct{ do func(context.Context) }

func (beforeRemoval) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (h beforeRemoval) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "srem" {
			h.do(ctx)
		}
		return next(ctx, cmd)
	}
}

func (beforeRemoval) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// wantInUse wants a removal to be refused for a reason, and the account to stay listed.
func wantInUse(t *testing.T, d *admin.Service, account, reason string) {
	t.Helper()
	err := d.RemoveAccount(t.Context(), account)
	if inUse, ok := errors.AsType[*admin.AccountInUseError](err); !ok || !strings.Contains(inUse.Error(), reason) {
		t.Errorf("got %v, want that it is in use: %s", err, reason)
	}
	if listed, err := d.Accounts(t.Context()); err != nil || !slices.Contains(listed, account) {
		t.Errorf("got the accounts %q, %v, want %s among them", listed, err, account)
	}
}

// A worker that begins to serve the account while it is removed keeps it in the list.
func TestAWorkerThatStartsKeepsItsAccount(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb, other := server.Client(), server.Client()
	store, d := deskOf(t, rdb)
	if err := store.Announce(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	process := presence.NewProcess(other, []string{"shop"})
	rdb.AddHook(beforeRemoval{do: func(ctx context.Context) {
		if err := process.Renew(ctx); err != nil {
			t.Error(err)
		}
	}})
	wantInUse(t, d, "shop", "workers that serve it: 1")
}

// A dead campaign keeps its account, by its record and by its letter alone.
func TestALetterKeepsItsAccount(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	store, d := deskOf(t, rdb)
	c := die(t, rdb, store).Campaign
	wantInUse(t, d, c.Account, "dead campaigns: 1")
	for _, what := range []string{"c:" + c.ID, "state:dead"} {
		if n, err := rdb.Del(t.Context(), "octoq:{shop}:"+what).Result(); err != nil || n != 1 {
			t.Fatalf("delete %s: %d, %v", what, n, err)
		}
	}
	wantInUse(t, d, c.Account, "dead campaigns: 1")
}

// An account that no Redis has seen is not there to be removed.
func TestNoAccountIsRemoved(t *testing.T) {
	t.Parallel()
	_, d := deskOf(t, redistest.Start(t).Client())
	for _, account := range []string{"shop", "no account"} {
		if err := d.RemoveAccount(t.Context(), account); !errors.Is(err, campaign.ErrNotFound) {
			t.Errorf("%q: got %v, want that it is not found", account, err)
		}
	}
}
