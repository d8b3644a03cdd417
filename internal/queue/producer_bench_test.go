package queue_test

import (
	"fmt"
	"testing"

	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/redistest"
)

// BenchmarkEnqueueMany puts first creates into a real Redis, 512 at a time.
func BenchmarkEnqueueMany(b *testing.B) {
	c := redistest.Start(b).Client()
	p := queue.NewProducer(c)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		items := make([]queue.Item, 512)
		for i := range items {
			n++
			items[i].Task = first(fmt.Sprintf("bench-%09d", n))
		}
		for _, err := range p.Enqueue(b.Context(), items) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "tasks/s")
}

// BenchmarkPrepare encodes them only.
func BenchmarkPrepare(b *testing.B) {
	p := queue.NewProducer(redistest.Start(b).Client())
	items := make([]queue.Item, 512)
	for i := range items {
		items[i].Task = first(fmt.Sprintf("bench-%09d", i))
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		p.Prepare(b.Context(), items)
		n += len(items)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "tasks/s")
}
