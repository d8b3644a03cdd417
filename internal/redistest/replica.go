package redistest

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

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

// AwaitReplica waits until a replica has all that was written to the server: a busy
// machine may keep it behind for a while.
func (s *Server) AwaitReplica() {
	s.tb.Helper()
	err := s.await(func(ctx context.Context, c *redis.Client) error {
		conn := c.Conn()
		defer func() { _ = conn.Close() }()
		if err := conn.Set(ctx, "redistest:written", "", time.Second).Err(); err != nil {
			return err
		}
		n, err := conn.Wait(ctx, 1, time.Second).Result()
		if err == nil && n < 1 {
			err = errors.New("no replica has all of it")
		}
		return err
	})
	if err != nil {
		s.tb.Fatalf("wait for a replica of %s: %v", s.Addr, err)
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
