package limit

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
)

// Whoever may not publish can hold, lift a hold, and give a permit back all the same.
func TestWithoutChannels(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).User(redistest.NoChannels).Client()
	h := NewHolds(c, "shop")
	after := campaign.Hold{Account: "shop", Reason: campaign.HoldOperator, Phase: campaign.PhaseHeld, By: "operator"}
	if done, err := h.Swap(t.Context(), nil, &after); !done || err != nil {
		t.Fatalf("set: got %v, %v, want true", done, err)
	}
	held, _, err := h.Get(t.Context())
	if err != nil || held == nil {
		t.Fatalf("get: got %v, %v, want a hold", held, err)
	}
	if done, err := h.Swap(t.Context(), held, nil); !done || err != nil {
		t.Errorf("lift: got %v, %v, want true", done, err)
	}
	slots := key.Slots("shop")
	if err := c.ZAdd(t.Context(), slots, redis.Z{Score: 1e16, Member: "t"}).Err(); err != nil {
		t.Fatal(err)
	}
	l := newLimiter(c, "shop", Limits{Rate: 5, Burst: 5, MaxInFlight: 1})
	if _, _, err := l.release(t.Context(), release{tokens: []string{"t"}, verdict: verdictAlive, id: "a", cool: time.Second}); err != nil {
		t.Errorf("release: got %v", err)
	}
	if n := c.ZCard(t.Context(), slots).Val(); n != 0 {
		t.Errorf("slots in use: got %d, want none", n)
	}
}
