package bench

import (
	"context"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// CPU is processor time in seconds: where rates depend on what else runs on the
// machine, it hardly does.
type CPU struct{ Own, Redis float64 }

// UsedCPU is what this process and Redis have used; NaN where it is not known.
func UsedCPU(ctx context.Context, c redis.Cmdable) CPU {
	theirs, err := RedisCPU(ctx, c)
	if err != nil {
		theirs = math.NaN()
	}
	return CPU{Own: ownCPU(), Redis: theirs}
}

// Since is the processor time for each of n campaigns, in microseconds.
func (c CPU) Since(before CPU, n int) CPU {
	const micro = 1e6
	return CPU{Own: (c.Own - before.Own) * micro / float64(n), Redis: (c.Redis - before.Redis) * micro / float64(n)}
}

// ownCPU reads what Linux reports of this process, in hundredths of a second.
func ownCPU() float64 {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return math.NaN()
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name may hold spaces
	fields := strings.Fields(rest)
	const user, system, ticks = 11, 12, 100
	if len(fields) <= system {
		return math.NaN()
	}
	u, err1 := strconv.ParseFloat(fields[user], 64)
	s, err2 := strconv.ParseFloat(fields[system], 64)
	if err1 != nil || err2 != nil {
		return math.NaN()
	}
	return (u + s) / ticks
}

// RedisCPU is the processor time that Redis has used, in seconds.
func RedisCPU(ctx context.Context, c redis.Cmdable) (seconds float64, err error) {
	info, err := c.InfoMap(ctx, "cpu").Result()
	if err != nil {
		return 0, fmt.Errorf("ask Redis for its processor time: %w", err)
	}
	for _, field := range []string{"used_cpu_sys", "used_cpu_user"} {
		part, err := strconv.ParseFloat(info["CPU"][field], 64)
		if err != nil {
			return 0, fmt.Errorf("read %s of Redis: %w", field, err)
		}
		seconds += part
	}
	return seconds, nil
}
