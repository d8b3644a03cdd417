package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/bench"
	"github.com/octoq/octoq/internal/key"
)

// later is when scheduled campaigns are due: long after the benchmark has ended.
func later() time.Time { return time.Now().Add(30 * 24 * time.Hour).Truncate(time.Second) }

// scheduled is row 6. Each side of each run has a Redis of its own, since a
// million keys leave traces in it.
func (b *bencher) scheduled(ctx context.Context) (sections []bench.Section, err error) {
	over := bench.Figure{Name: "producer: peak over its start", Unit: "MiB", Reach: bench.Reach{AtMost: 64}}
	grown := bench.Figure{Name: "producer: at the end over what it was after a tenth", Unit: "MiB"}
	rate := bench.Figure{Name: "producer", Unit: "campaigns/s"}
	against := bench.Figure{Name: "Redis bytes against plain asynq", Reach: bench.Reach{AtMost: 1.15}}
	ours := bench.Figure{Name: "octoq", Unit: "B for each campaign"}
	plain := bench.Figure{Name: "plain asynq", Unit: "B for each task"}
	at := later()
	for run := range b.runs {
		var made produced
		var here, there float64
		err = b.withRedis(ctx, false, func(p *bench.Place) error {
			here, err = bytesOf(ctx, p, key.Queue(account, campaign.StageCreate), b.million, func() error {
				made, err = b.produceApart(ctx, p.URL, at)
				return err
			})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("octoq: %w", err)
		}
		err = b.withRedis(ctx, false, func(p *bench.Place) error {
			there, err = bytesOf(ctx, p, plainCreate, b.million, func() error {
				return enqueuePlainly(ctx, p.URL, plainCreate, b.million, at, 0)
			})
			if err != nil {
				return fmt.Errorf("plain asynq: %w", err)
			}
			for f, v := range map[*bench.Figure]float64{
				&over: made.over(), &grown: made.grown(), &rate: made.Rate, &against: here / there, &ours: here, &plain: there,
			} {
				f.Values = append(f.Values, v)
			}
			sections = []bench.Section{{
				Key: "6", Title: "Scheduled campaigns",
				Setup: fmt.Sprintf("%s scheduled campaigns, taken by EnqueueAll in a process of its own from an iterator, and as many plain asynq "+
					"tasks with the same JSON, id and time. Memory of the producer is what is resident, its peak as the system reports it. "+
					"Bytes are used_memory after, less before. Each campaign is in the queue exactly once.", bench.Number(float64(b.million))),
				Figures: []bench.Figure{over, grown, rate, against, ours, plain},
			}}
			return b.note(ctx, p, " No append-only file.", sections)
		})
		if err != nil {
			return nil, err
		}
		b.progress("run %d: octoq: %s B each, plain asynq: %s B; producer %s MiB over its start",
			run+1, bench.Number(here), bench.Number(there), bench.Number(made.over()))
	}
	return sections, nil
}

// bytesOf is what each of n tasks that do schedules in a queue costs Redis, if
// each of them is there once.
func bytesOf(ctx context.Context, p *bench.Place, queue string, n int, do func() error) (float64, error) {
	before, err := bench.Stat(ctx, p.Client, "memory", "used_memory")
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := bench.Stat(ctx, p.Client, "memory", "used_memory")
	if err != nil {
		return 0, err
	}
	return float64(after-before) / float64(n), onceEach(ctx, p.Client, queue, n)
}

// onceEach fails unless exactly the first n campaigns are scheduled in a queue,
// each with its task. A sorted set holds nothing twice.
func onceEach(ctx context.Context, c *redis.Client, queue string, n int) error {
	const page = 5000
	seen, prefix := make([]bool, n), "asynq:{"+queue+"}:"
	for from := 0; ; from += page {
		ids, err := c.ZRange(ctx, prefix+"scheduled", int64(from), int64(from+page-1)).Result()
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		tasks := make([]string, len(ids))
		for at, id := range ids {
			i, ok := bench.Index(id)
			if !ok || i >= n || seen[i] {
				return fmt.Errorf("queue %s holds %q, which was not enqueued, or twice", queue, id)
			}
			seen[i], tasks[at] = true, prefix+"t:"+id
		}
		there, err := c.Exists(ctx, tasks...).Result()
		if err != nil || there != int64(len(tasks)) {
			return fmt.Errorf("%d of %d tasks of queue %s are there: %w", there, len(tasks), queue, err)
		}
	}
	for i, there := range seen {
		if !there {
			return fmt.Errorf("campaign %s is not in queue %s", bench.ID(i), queue)
		}
	}
	return nil
}

// produceApart runs the producer as a process of its own.
func (b *bencher) produceApart(ctx context.Context, url string, at time.Time) (made produced, err error) {
	program, err := os.Executable()
	if err != nil {
		return made, err
	}
	c := exec.CommandContext(ctx, program, produceCommand, url, fmt.Sprint(b.million), at.Format(time.RFC3339)) //nolint:gosec // it is this program
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return made, fmt.Errorf("the producer failed: %w", err)
	}
	err = json.Unmarshal(out, &made)
	return made, err
}
