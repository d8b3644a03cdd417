package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/bench"
)

// produceCommand makes this program a producer of scheduled campaigns: URL,
// count and time follow.
const produceCommand = "produce"

// produced is what a producer reports of itself; memory in bytes.
type produced struct {
	Start, Tenth, End, Peak int64
	Rate                    float64
}

const mebi = 1 << 20

// over and grown are in MiB.
func (p produced) over() float64  { return float64(p.Peak-p.Start) / mebi }
func (p produced) grown() float64 { return float64(p.End-p.Tenth) / mebi }

func produce(ctx context.Context, args []string, out io.Writer) error {
	const wanted = 3
	if len(args) != wanted {
		return fmt.Errorf("%s: a URL, a count and a time are wanted", produceCommand)
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, args[2])
	if err != nil {
		return err
	}
	made, err := produceAll(ctx, args[0], n, at)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(made)
}

func produceAll(ctx context.Context, url string, n int, at time.Time) (made produced, err error) {
	client, err := enqueue.New(enqueue.Config{RedisURL: url})
	if err != nil {
		return made, err
	}
	defer func() { _ = client.Close() }()
	if err := client.Ping(ctx); err != nil {
		return made, err
	}
	if made.Start, _, err = resident(); err != nil {
		return made, err
	}
	began, done := time.Now(), 0
	for _, err := range client.EnqueueAll(ctx, bench.Campaigns(account, 0, n, at)) {
		if err != nil {
			return made, err
		}
		if done++; done == max(1, n/10) {
			if made.Tenth, _, err = resident(); err != nil {
				return made, err
			}
		}
	}
	if done != n {
		return made, fmt.Errorf("%d of %d campaigns were enqueued: %w", done, n, ctx.Err())
	}
	made.Rate = float64(n) / time.Since(began).Seconds()
	made.End, made.Peak, err = resident()
	return made, err
}

// resident is how much of this process is in memory, and the most that ever was.
func resident() (now, peak int64, err error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0, fmt.Errorf("read the memory of this process, which needs Linux: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			now = kib << 10
		case "VmHWM":
			peak = kib << 10
		}
	}
	if now == 0 || peak == 0 {
		return 0, 0, fmt.Errorf("the system does not report the memory of this process")
	}
	return now, peak, nil
}
