package enqueue_test

import (
	"fmt"
	"iter"
	"syscall"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/redistest"
)

// BenchmarkEnqueueAll enqueues campaigns of the ordinary kind into a real Redis.
func BenchmarkEnqueueAll(b *testing.B) {
	rdb := redistest.Start(b).Client()
	client, err := enqueue.New(enqueue.Config{Client: rdb})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	before := processorTime(b)
	for _, err := range client.EnqueueAll(b.Context(), ordinary(b.N)) {
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "campaigns/s")
}

func ordinary(n int) iter.Seq[campaign.Campaign] {
	return func(yield func(campaign.Campaign) bool) {
		optimize := false
		for i := range n {
			c := order(fmt.Sprintf("bench-%09d", i))
			c.Text = "Hello {first_name}, from Monday to Saturday everything in the shop is 20 % off, " +
				"online as well with the code SPRING. See you soon! STOP au 30101"
			c.Sender, c.AutoOptimizeText = "TheShop", &optimize
			c.Labels = map[string]string{"season": "spring", "team": "marketing"}
			if !yield(c) {
				return
			}
		}
	}
}

// processorTime is what this process has used; Redis has a process of its own.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
