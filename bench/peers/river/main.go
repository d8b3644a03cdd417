// Command river is the job of the comparison on River: insert n jobs one by one,
// insert them in bulk, and insert some while the worker idles. It prints one
// JSON object and fails unless every job was worked exactly once.
//
//	river URL N SAMPLES JOB
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// job is what is inserted: a campaign's JSON under a number.
type job struct {
	Number   int             `json:"number"`
	Campaign json.RawMessage `json:"campaign"`
}

// Kind names the job.
func (job) Kind() string { return "campaign" }

// taken is a job that reached the worker.
type taken struct {
	number int
	at     time.Time
}

type worker struct {
	river.WorkerDefaults[job]
	jobs chan<- taken
}

// Work notes the job.
func (w *worker) Work(_ context.Context, j *river.Job[job]) error {
	w.jobs <- taken{j.Args.Number, time.Now()}
	return nil
}

// figures are what is printed; times in milliseconds.
type figures struct {
	One      float64   `json:"one"`
	Bulk     float64   `json:"bulk"`
	Called   []float64 `json:"called"`
	Returned []float64 `json:"returned"`
}

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "river:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	const wanted = 4
	if len(args) != wanted {
		return errors.New("a URL, a count, a number of samples and a job are wanted")
	}
	n, err1 := strconv.Atoi(args[1])
	samples, err2 := strconv.Atoi(args[2])
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, args[0])
	if err != nil {
		return err
	}
	defer pool.Close()
	b := &bench{pool: pool, campaign: json.RawMessage(args[3])}
	if err := b.migrate(ctx); err != nil {
		return err
	}
	var f figures
	if f.One, err = b.rate(ctx, n, b.oneByOne); err != nil {
		return err
	}
	if f.Bulk, err = b.rate(ctx, n, b.inBulk); err != nil {
		return err
	}
	if f.Called, f.Returned, err = b.idle(ctx, samples); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(f)
}

type bench struct {
	pool     *pgxpool.Pool
	campaign json.RawMessage
}

func (b *bench) migrate(ctx context.Context) error {
	m, err := rivermigrate.New(riverpgxv5.New(b.pool), nil)
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// client works on jobs if there is a channel for them.
func (b *bench) client(jobs chan<- taken, concurrency int) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{jobs: jobs})
	cfg := &river.Config{Workers: workers, Logger: slog.New(slog.DiscardHandler)}
	if jobs != nil {
		cfg.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: concurrency}}
	}
	return river.NewClient(riverpgxv5.New(b.pool), cfg)
}

// rate is how many jobs a second are inserted, if each is worked exactly once.
func (b *bench) rate(ctx context.Context, n int, insert func(context.Context, *river.Client[pgx.Tx], int) error) (float64, error) {
	c, err := b.client(nil, 0)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := insert(ctx, c, n); err != nil {
		return 0, err
	}
	took := time.Since(began)
	return float64(n) / took.Seconds(), b.drain(ctx, n)
}

func (b *bench) oneByOne(ctx context.Context, c *river.Client[pgx.Tx], n int) error {
	for i := range n {
		if _, err := c.Insert(ctx, job{i, b.campaign}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) inBulk(ctx context.Context, c *river.Client[pgx.Tx], n int) error {
	const batch = 1000
	for from := 0; from < n; from += batch {
		var params []river.InsertManyParams
		for i := from; i < min(from+batch, n); i++ {
			params = append(params, river.InsertManyParams{Args: job{i, b.campaign}})
		}
		if _, err := c.InsertManyFast(ctx, params); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) drain(ctx context.Context, n int) error {
	jobs := make(chan taken, n+1)
	const concurrency, stall = 100, 30 * time.Second
	return b.working(ctx, jobs, concurrency, func() error {
		seen := make([]int, n)
		for range n {
			select {
			case j := <-jobs:
				if seen[j.number]++; seen[j.number] > 1 {
					return fmt.Errorf("job %d was worked twice", j.number)
				}
			case <-time.After(stall):
				return fmt.Errorf("no job was worked for %v", stall)
			}
		}
		return nil
	})
}

// working runs a worker while do is at it.
func (b *bench) working(ctx context.Context, jobs chan<- taken, concurrency int, do func() error) error {
	c, err := b.client(jobs, concurrency)
	if err != nil {
		return err
	}
	if err := c.Start(ctx); err != nil {
		return err
	}
	return errors.Join(do(), c.Stop(ctx))
}

// idle is the time from the call and from the return of an insert to the worker.
func (b *bench) idle(ctx context.Context, samples int) (called, returned []float64, err error) {
	jobs := make(chan taken, 1)
	const concurrency, warmUp, stall = 10, 10, 30 * time.Second
	const between = 20 * time.Millisecond
	err = b.working(ctx, jobs, concurrency, func() error {
		c, err := b.client(nil, 0)
		if err != nil {
			return err
		}
		for i := range samples + warmUp {
			call := time.Now()
			if _, err := c.Insert(ctx, job{i, b.campaign}, nil); err != nil {
				return err
			}
			back := time.Now()
			select {
			case j := <-jobs:
				if i >= warmUp {
					called = append(called, millis(j.at.Sub(call)))
					returned = append(returned, millis(max(0, j.at.Sub(back))))
				}
			case <-time.After(stall):
				return fmt.Errorf("job %d was not worked for %v", i, stall)
			}
			<-time.After(between)
		}
		return nil
	})
	return called, returned, err
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
