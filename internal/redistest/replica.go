package redistest

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Follow makes the server a replica of another one and waits until it has all
// of the other's data in the place of its own, and the other counts on it.
func (s *Server) Follow(primary *Server) {
	s.tb.Helper()
	host, port, err := net.SplitHostPort(primary.Addr)
	if err == nil { // no other replica is to come, so the copy need not wait
		err = primary.await(func(ctx context.Context, c *redis.Client) error {
			return c.ConfigSet(ctx, "repl-diskless-sync-delay", "0").Err()
		})
	}
	if err == nil {
		err = s.await(func(ctx context.Context, c *redis.Client) error { return c.ReplicaOf(ctx, host, port).Err() })
	}
	if err == nil {
		err = s.await(replication("master_link_status:up"))
	}
	if err == nil {
		err = primary.await(replication("state=online"))
	}
	if err != nil {
		s.tb.Fatalf("follow %s: %v", primary.Addr, err)
	}
}

// replication is nil once INFO says so.
func replication(want string) func(context.Context, *redis.Client) error {
	return func(ctx context.Context, c *redis.Client) error {
		info, err := c.Info(ctx, "replication").Result()
		if err == nil && !strings.Contains(info, want) {
			err = errors.New("replication is not at " + want)
		}
		return err
	}
}

// Promote makes a replica a primary, with the data that it has.
func (s *Server) Promote() {
	s.tb.Helper()
	if err := s.await(func(ctx context.Context, c *redis.Client) error { return c.ReplicaOf(ctx, "NO", "ONE").Err() }); err != nil {
		s.tb.Fatalf("promote: %v", err)
	}
}
