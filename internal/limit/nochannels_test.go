package limit

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/redistest"
)

// A user that may not publish can give a permit back all the same.
func TestWithoutChannels(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).User(redistest.NoChannels).Client()
	slots := key.Slots("shop")
	if err := c.ZAdd(t.Context(), slots, redis.Z{Score: 1e16, Member: "t"}).Err(); err != nil {
		t.Fatal(err)
	}
	l := newLimiter(c, "shop", Limits{Rate: 5, Burst: 5, MaxInFlight: 1})
	if _, _, err := l.release(t.Context(), slotRelease{tokens: []string{"t"}, health: apiAlive, id: "a", cool: time.Second}); err != nil {
		t.Errorf("release: got %v", err)
	}
	if n := c.ZCard(t.Context(), slots).Val(); n != 0 {
		t.Errorf("slots in use: got %d, want none", n)
	}
}
