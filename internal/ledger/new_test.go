package ledger

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() { _ = rdb.Close() })
	if _, err := New(nil, Options{}); err == nil {
		t.Error("no client: got no error")
	}
	for _, d := range []time.Duration{-time.Hour, time.Millisecond} {
		if _, err := New(rdb, Options{Retention: d}); err == nil {
			t.Errorf("retention %s: got no error", d)
		}
	}
	s, err := New(rdb, Options{})
	if err != nil || s.retention != DefaultRetention {
		t.Errorf("defaults: got %v, %v", s, err)
	}
}
