package redisconn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// followEvery is the pause between two questions for the server's role.
const followEvery = time.Second

// follow closes the client's connections whenever they lead to a server that is not
// the one to use, until ctx ends.
func (c *Client) follow(ctx context.Context, every time.Duration) {
	repeat(ctx, every, c.look)
}

// repeat does something again and again, until ctx ends.
func repeat(ctx context.Context, every time.Duration, do func(context.Context)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do(ctx)
		}
	}
}

// look closes connections to a replica, and those to a server that the sentinels do
// not name: one that is cut off from them takes writes which are forgotten later. A
// server or a sentinel that does not answer says nothing.
func (c *Client) look(ctx context.Context) {
	if c.sentinels != nil {
		if addr, err := c.sentinels.masterAddr(ctx); err == nil {
			c.links.cutBut(addr)
		}
	}
	if replica, err := isReplica(ctx, c); err == nil && replica {
		c.links.cutReplica()
	}
}

// isReplica reports whether the server is a read-only replica. HELLO, which no
// hardening takes away, answers where the user has no right to INFO; of a server
// that answers neither, nothing is known, and it counts as a primary.
func isReplica(ctx context.Context, rdb redis.UniversalClient) (bool, error) {
	info, err := rdb.Info(ctx, "replication").Result()
	if err == nil && strings.Contains(info, "role:") {
		return strings.Contains(info, "role:slave") && !strings.Contains(info, "slave_read_only:0"), nil
	}
	if err != nil && !refused(err) {
		return false, err
	}
	hello, err := rdb.Do(ctx, "hello").Result()
	if err != nil && !refused(err) {
		return false, err
	}
	return field(hello, "role") == "replica", nil
}

// serverOf is the run_id of the process that a connection leads to, "" where the
// server does not say.
func serverOf(ctx context.Context, conn *redis.Conn) (string, error) {
	info, err := conn.Info(ctx, "server").Result()
	if err != nil && !refused(err) {
		return "", err
	}
	_, rest, _ := strings.Cut(info, "run_id:")
	id, _, _ := strings.Cut(rest, "\r\n")
	return id, nil
}

// refused reports whether an error is an answer of the server's.
func refused(err error) bool {
	_, ok := errors.AsType[redis.Error](err)
	return ok
}

// field is a field of HELLO's answer, which is a map or, in RESP2, a list of names
// and values.
func field(answer any, name string) string {
	switch v := answer.(type) {
	case map[any]any:
		return fmt.Sprint(v[name])
	case []any:
		for i := 0; i+1 < len(v); i += 2 {
			if v[i] == name {
				return fmt.Sprint(v[i+1])
			}
		}
	}
	return ""
}

// Check is nil while Redis can be worked with: it answers, and is no read-only
// replica. The error names no host and repeats nothing that Redis says but its
// code. The client's ContextTimeoutEnabled should be set, or a Redis that is
// frozen is waited for longer than ctx says. Of a cluster the role is not asked:
// its client finds the primaries by itself.
func Check(ctx context.Context, rdb redis.UniversalClient) error {
	err := rdb.Ping(ctx).Err()
	if err == nil {
		err = checkRole(ctx, rdb)
	}
	refusal, ok := errors.AsType[redis.Error](err)
	switch {
	case err == nil || errors.Is(err, errReplica):
		return err
	case ok: // its first word is a code such as LOADING
		word, _, _ := strings.Cut(refusal.Error(), " ")
		return fmt.Errorf("Redis refuses to serve: %s", word) //nolint:staticcheck // a name, and the text of a page
	default:
		return errors.New("Redis does not answer") //nolint:staticcheck // a name, and the text of a page
	}
}

var errReplica = errors.New("Redis is a read-only replica: writes go to another server") //nolint:staticcheck // a name, and the text of a page

func checkRole(ctx context.Context, rdb redis.UniversalClient) error {
	if HasSeveralNodes(rdb) {
		return nil
	}
	replica, err := isReplica(ctx, rdb)
	if err == nil && replica {
		return errReplica
	}
	return err
}

// HasSeveralNodes reports whether a client's keys are on several nodes, by their hash tags, so
// that keys of two tags may not stand in one command.
func HasSeveralNodes(rdb redis.UniversalClient) bool {
	switch rdb.(type) {
	case *redis.ClusterClient, *redis.Ring:
		return true
	default:
		return false
	}
}
