package redistest

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Follow makes the server a replica of another one and waits until it has all
// of the other's data in the place of its own.
func (s *Server) Follow(primary *Server) {
	s.tb.Helper()
	host, port, err := net.SplitHostPort(primary.Addr)
	if err == nil {
		err = s.await(func(ctx context.Context, c *redis.Client) error { return c.ReplicaOf(ctx, host, port).Err() })
	}
	if err == nil {
		err = s.await(isInStep)
	}
	if err != nil {
		s.tb.Fatalf("follow %s: %v", primary.Addr, err)
	}
}

// isInStep is nil when the first copy of the data is complete. What was written
// before that is in it.
func isInStep(ctx context.Context, c *redis.Client) error {
	info, err := c.Info(ctx, "replication").Result()
	if err == nil && !strings.Contains(info, "master_link_status:up") {
		err = errors.New("it has no link to the primary yet")
	}
	return err
}

// Promote makes a replica a primary, with the data that it has.
func (s *Server) Promote() {
	s.tb.Helper()
	if err := s.await(func(ctx context.Context, c *redis.Client) error { return c.ReplicaOf(ctx, "NO", "ONE").Err() }); err != nil {
		s.tb.Fatalf("promote: %v", err)
	}
}
