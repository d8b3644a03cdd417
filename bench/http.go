package main

import (
	"context"
	"fmt"
	"time"

	"github.com/octoq/octoq/internal/bench"
)

// What row 11 is to reach, and with how many connections.
const (
	bulkAgainst = 0.6
	connections = 32
	putHalf     = 2 // milliseconds
	putMost     = 15
)

// overHTTP is row 11.
func (b *bencher) overHTTP(ctx context.Context) (sections []bench.Section, err error) {
	var f httpFigures
	f.init()
	err = b.withRedis(ctx, false, func(p *bench.Place) error {
		return b.withWeb(ctx, p.URL, func(url string) error {
			for run := range b.runs {
				if err := b.overHTTPOnce(ctx, p, url, run, &f); err != nil {
					return err
				}
			}
			sections = []bench.Section{{
				Key: "11", Title: "Campaigns over HTTP",
				Setup: fmt.Sprintf("%d campaigns in each run of each side: as one bulk request of JSON Lines, encoded beforehand, to octoq web, with the result of each read, and by EnqueueAll "+
					"from an iterator; the sides take turns. Then %d PUTs over %d connections, %d a second, and as many without a pause. "+
					"Each campaign is in the queue exactly once. Client, octoq web and Redis share the machine.", b.count, b.puts, connections, b.putRate),
				Figures: f.all(),
			}}
			return b.note(ctx, p, " No append-only file.", sections)
		})
	})
	return sections, err
}

// overHTTPOnce is one run of it.
func (b *bencher) overHTTPOnce(ctx context.Context, p *bench.Place, url string, run int, f *httpFigures) error {
	body, err := jsonLines(b.count)
	if err != nil {
		return err
	}
	sides := []func() error{
		func() error {
			return b.side(ctx, p, &f.bulk, func() error { return bulk(ctx, url, body, b.count) })
		},
		func() error {
			return b.side(ctx, p, &f.direct, func() error { return fill(ctx, p.URL, 0, b.count, time.Time{}) })
		},
	}
	for i := range sides {
		if err := sides[(i+run)%len(sides)](); err != nil {
			return err
		}
	}
	f.against.Values = bench.Ratios(f.bulk.Values, f.direct.Values)
	for _, m := range []struct {
		rate       int
		half, most *bench.Figure
	}{{b.putRate, &f.half, &f.most}, {0, &f.busyHalf, &f.busyMost}} {
		began := time.Now()
		spans, err := putAll(ctx, url, b.puts, m.rate)
		if err != nil {
			return err
		}
		if m.rate == 0 {
			f.rate.Values = append(f.rate.Values, float64(b.puts)/time.Since(began).Seconds())
		}
		if err := pendingOnce(ctx, p.Client, b.puts); err != nil {
			return err
		}
		m.half.Values = append(m.half.Values, bench.Quantile(spans, 0.5))
		m.most.Values = append(m.most.Values, bench.Quantile(spans, 0.99))
	}
	b.progress("run %d: bulk %s lines/s, EnqueueAll %s; PUT p50 %s, p99 %s ms", run+1, bench.Number(f.bulk.Values[run]),
		bench.Number(f.direct.Values[run]), bench.Number(f.half.Values[run]), bench.Number(f.most.Values[run]))
	return nil
}

// side measures one side on an empty queue.
func (b *bencher) side(ctx context.Context, p *bench.Place, rate *bench.Figure, do func() error) error {
	began := time.Now()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", rate.Name, err)
	}
	rate.Values = append(rate.Values, float64(b.count)/time.Since(began).Seconds())
	return pendingOnce(ctx, p.Client, b.count)
}

// httpFigures are those of row 11.
type httpFigures struct{ against, bulk, direct, half, most, busyHalf, busyMost, rate bench.Figure }

func (f *httpFigures) init() {
	f.against = bench.Figure{Name: "bulk against EnqueueAll", Reach: bench.Reach{AtLeast: bulkAgainst}}
	f.bulk = bench.Figure{Name: "bulk", Unit: "lines/s"}
	f.direct = bench.Figure{Name: "EnqueueAll", Unit: "campaigns/s"}
	f.half = bench.Figure{Name: "PUT, paced: p50", Unit: "ms", Reach: bench.Reach{AtMost: putHalf}}
	f.most = bench.Figure{Name: "PUT, paced: p99", Unit: "ms", Reach: bench.Reach{AtMost: putMost}}
	f.busyHalf = bench.Figure{Name: "PUT without a pause: p50", Unit: "ms"}
	f.busyMost = bench.Figure{Name: "PUT without a pause: p99", Unit: "ms"}
	f.rate = bench.Figure{Name: "PUT without a pause", Unit: "requests/s"}
}

func (f *httpFigures) all() []bench.Figure {
	return []bench.Figure{f.against, f.bulk, f.direct, f.half, f.most, f.busyHalf, f.busyMost, f.rate}
}
