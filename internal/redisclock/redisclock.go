// Package redisclock asks for the time of the Redis that has a key. On a cluster each
// node has a clock of its own, and times in an account's keys are those of the node
// that has them.
package redisclock

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Ask asks for the time of the Redis that has a key. In a pipeline the answer is there
// after its Exec.
func Ask(ctx context.Context, c redis.Cmdable, key string) func() (time.Time, error) {
	cmd := c.Eval(ctx, "return redis.call('TIME')", []string{key})
	return func() (time.Time, error) {
		parts, err := cmd.StringSlice()
		if err == nil && len(parts) != 2 {
			err = fmt.Errorf("unexpected answer %q", parts)
		}
		if err != nil {
			return time.Time{}, fmt.Errorf("ask Redis for its time: %w", err)
		}
		seconds, err := strconv.ParseInt(parts[0], 10, 64)
		if err != nil {
			return time.Time{}, fmt.Errorf("read the time of Redis: %w", err)
		}
		micros, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return time.Time{}, fmt.Errorf("read the time of Redis: %w", err)
		}
		return time.Unix(seconds, micros*int64(time.Microsecond)), nil
	}
}
