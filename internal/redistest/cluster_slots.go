package redistest

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// MoveSlot moves the slot of a key, with all keys in it, to another master while
// clients go on, as redis-cli --cluster reshard does. Few keys are moved at a time.
func (c *Cluster) MoveSlot(key string, to *Server) error {
	c.tb.Helper()
	from := c.MasterOf(key)
	if from == nil || from == to {
		return nil
	}
	ctx, source, target := c.tb.Context(), from.Client(), to.Client()
	slot, err := source.ClusterKeySlot(ctx, key).Result()
	if err != nil {
		return fmt.Errorf("ask for the slot of %s: %w", key, err)
	}
	if err := target.Do(ctx, "cluster", "setslot", slot, "importing", c.idOf(from)).Err(); err != nil {
		return fmt.Errorf("let %s import slot %d: %w", to.Addr, slot, err)
	}
	if err := source.Do(ctx, "cluster", "setslot", slot, "migrating", c.idOf(to)).Err(); err != nil {
		return fmt.Errorf("let %s migrate slot %d: %w", from.Addr, slot, err)
	}
	if err := migrate(ctx, source, to, slot); err != nil {
		return err
	}
	return c.assign(ctx, slot, to, from)
}

// migrate moves the keys of a slot.
func migrate(ctx context.Context, source *redis.Client, to *Server, slot int64) error {
	host, port, err := net.SplitHostPort(to.Addr)
	if err != nil {
		return fmt.Errorf("split an address: %w", err)
	}
	for {
		keys, err := source.ClusterGetKeysInSlot(ctx, int(slot), 20).Result()
		if err != nil {
			return fmt.Errorf("list the keys of slot %d: %w", slot, err)
		}
		if len(keys) == 0 {
			return nil
		}
		args := []any{"migrate", host, port, "", 0, 5000, "keys"}
		for _, key := range keys {
			args = append(args, key)
		}
		if err := source.Do(ctx, args...).Err(); err != nil {
			return fmt.Errorf("migrate keys of slot %d: %w", slot, err)
		}
	}
}

// assign names the slot's owner to the masters: to its new owner first, then to the old one.
func (c *Cluster) assign(ctx context.Context, slot int64, to, from *Server) error {
	for _, node := range append([]*Server{to, from}, c.Masters()...) {
		if err := node.Client().Do(ctx, "cluster", "setslot", slot, "node", c.idOf(to)).Err(); err != nil {
			return fmt.Errorf("give slot %d to %s: %w", slot, to.Addr, err)
		}
	}
	return nil
}

// Masters are the nodes that serve slots.
func (c *Cluster) Masters() []*Server {
	c.tb.Helper()
	shards, err := c.witness(nil).Client().ClusterShards(c.tb.Context()).Result()
	if err != nil {
		c.tb.Fatalf("ask which node has which slots: %v", err)
	}
	var masters []*Server
	for _, shard := range shards {
		for _, n := range shard.Nodes {
			s := serverAt(c.Nodes, net.JoinHostPort(n.IP, strconv.FormatInt(n.Port, 10)))
			if s != nil && n.Role == "master" && n.Health == "online" && len(shard.Slots) > 0 {
				masters = append(masters, s)
			}
		}
	}
	return masters
}

func (c *Cluster) idOf(node *Server) string {
	for i, n := range c.Nodes {
		if n == node {
			return c.ids[i]
		}
	}
	c.tb.Fatalf("%s is no node of this cluster", node.Addr)
	return ""
}
