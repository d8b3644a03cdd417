package redistest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// TakeOver makes the replica of the master that serves a key the master in its place,
// and returns it. Further words are those of CLUSTER FAILOVER: none is in good order.
func (c *Cluster) TakeOver(key string, how ...any) *Server {
	c.tb.Helper()
	replica := c.replicaOf(c.MasterOf(key))
	var asked time.Time
	err := replica.await(func(ctx context.Context, client *redis.Client) error {
		if c.MasterOf(key) == replica {
			return isClusterUp(ctx, client)
		}
		if time.Since(asked) < electionWithin {
			return errSame
		}
		asked = time.Now()
		return errors.Join(errSame, client.Do(ctx, append([]any{"cluster", "failover"}, how...)...).Err())
	})
	if err != nil {
		c.tb.Fatalf("let %s take over: %v", replica.Addr, err)
	}
	return replica
}

// electionWithin is the time after which a replica gives up: it is to be asked again.
const electionWithin = 5500 * time.Millisecond

// replicaOf is a node that replicates a master.
func (c *Cluster) replicaOf(master *Server) *Server {
	c.tb.Helper()
	var found *Server
	err := master.await(func(ctx context.Context, client *redis.Client) error {
		id, err := client.ClusterMyID(ctx).Result()
		if err != nil {
			return fmt.Errorf("ask a node for its id: %w", err)
		}
		lines, err := client.Do(ctx, "cluster", "replicas", id).StringSlice()
		if err != nil || len(lines) == 0 {
			return errors.Join(errNoReplica, err)
		}
		addr, _, _ := strings.Cut(strings.Fields(lines[0])[1], "@")
		if found = serverAt(c.Nodes, addr); found == nil {
			return errNoReplica
		}
		return nil
	})
	if err != nil {
		c.tb.Fatalf("find the replica of %s: %v", master.Addr, err)
	}
	return found
}

var errNoReplica = errors.New("no replica is known")
