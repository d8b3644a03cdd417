package enqueue_test

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/redistest"
)

// BenchmarkList measures pages of 100 out of many campaigns that wait:
// OCTOQ_BENCH_WAITING of them, 100,000 by default.
func BenchmarkList(b *testing.B) {
	rdb := redistest.Start(b).Client()
	client, err := enqueue.New(enqueue.Config{Client: rdb})
	if err != nil {
		b.Fatal(err)
	}
	n := waitingInBench(b)
	many := func(yield func(campaign.Campaign) bool) {
		for i := range n {
			if !yield(order(fmt.Sprintf("%08d-0000-7000-8000-000000000000", i))) {
				return
			}
		}
	}
	for _, err := range client.EnqueueAll(b.Context(), many) {
		if err != nil {
			b.Fatal(err)
		}
	}
	list := func(b *testing.B, f enqueue.Filter) string {
		b.Helper()
		page, err := client.List(b.Context(), f)
		if err != nil || len(page.Records) == 0 {
			b.Fatalf("list: got %d records, %v", len(page.Records), err)
		}
		return page.Next
	}
	b.Run("first page", func(b *testing.B) {
		before := processorTime(b)
		if err := rdb.ConfigResetStat(b.Context()).Err(); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			list(b, enqueue.Filter{Limit: 100})
		}
		b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "own-cpu-ms/op")
		b.ReportMetric(inScripts(b, rdb)/float64(b.N), "redis-ms/op")
	})
	b.Run("next page", func(b *testing.B) {
		next := list(b, enqueue.Filter{Limit: 100})
		for b.Loop() {
			list(b, enqueue.Filter{Limit: 100, Cursor: next})
		}
	})
	b.Run("all pages of 500", func(b *testing.B) {
		for b.Loop() {
			for f := (enqueue.Filter{Limit: 500}); ; {
				if f.Cursor = list(b, f); f.Cursor == "" {
					break
				}
			}
		}
	})
}

func waitingInBench(b *testing.B) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("OCTOQ_BENCH_WAITING"), "100000"))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// inScripts is how many milliseconds Redis spent in scripts.
func inScripts(b *testing.B, rdb *redis.Client) float64 {
	b.Helper()
	stats, err := rdb.Info(b.Context(), "commandstats").Result()
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(stats, "cmdstat_evalsha:")
	_, rest, _ = strings.Cut(rest, "usec=")
	number, _, _ := strings.Cut(rest, ",")
	usec, err := strconv.ParseFloat(number, 64)
	if err != nil {
		b.Fatal(err)
	}
	return usec / 1000
}
