package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/task"
)

// Config says how much is measured.
type Config struct {
	// Runs of each measurement.
	Runs int
	// Count is how many campaigns each side of a run enqueues.
	Count int
	// Progress receives each measurement as it is made; it may be nil.
	Progress func(format string, args ...any)
	// Profile is called before each measurement, stop after it; it may be nil.
	Profile func(side string) (stop func())
}

func (c Config) profile(side string) (stop func()) {
	if c.Profile == nil {
		return func() {}
	}
	return c.Profile(side)
}

func (c Config) progress(format string, args ...any) {
	if c.Progress != nil {
		c.Progress(format, args...)
	}
}

// side is one of those that are compared.
type side struct {
	name string
	run  func(ctx context.Context, p *Place, account string, n int) error
	read readTask
}

// Enqueueing measures how fast campaigns get into Redis: by EnqueueAll, by a
// loop of plain asynq, and by raw pipelines. The sides take turns, each run in
// the reverse order of the one before.
func Enqueueing(ctx context.Context, p *Place, cfg Config) (againstLoop, againstRaw Section, err error) {
	sides := []side{
		{"EnqueueAll", enqueueAll, readOctoq},
		{"loop of asynq.Client.Enqueue", withClient(plainLoop), readPlain},
		{"raw pipelines", withClient(rawPipelines), readOctoq},
	}
	taken := make([][]sample, len(sides))
	for run := range cfg.Runs {
		for i := range sides {
			if run%2 == 1 {
				i = len(sides) - 1 - i
			}
			got, err := sides[i].measure(ctx, p, cfg)
			if err != nil {
				return Section{}, Section{}, fmt.Errorf("%s: %w", sides[i].name, err)
			}
			taken[i] = append(taken[i], got)
			cfg.progress("run %d: %s: %s campaigns/s, %s µs here and %s µs in Redis each", run+1, sides[i].name,
				Number(got.rate), Number(got.Own), Number(got.Redis))
		}
	}
	setup := fmt.Sprintf("%s campaigns in each run.", Number(float64(cfg.Count)))
	return Section{
			Key: "1", Title: "EnqueueAll against a loop of plain asynq", Setup: setup + " The loop is written as asynq's " +
				"documentation shows, with the JSON of the same campaign and its id as the task's; EnqueueAll also validates and looks for duplicates.",
			Figures: compared(sides, taken, 1, 6),
		}, Section{
			Key: "2", Title: "EnqueueAll against raw pipelines", Setup: setup + " The raw side encodes the same payload in one loop " +
				"and runs asynq's own script on it, a task at a time, in pipelines of 1,024 over one connection; it validates and looks up nothing. " +
				"Redis is busy at 100 % where nothing but itself could be quicker.",
			Figures: compared(sides, taken, 2, 0.7),
		}, nil
}

// sample is what one run of one side took.
type sample struct {
	rate float64 // campaigns a second
	CPU          // microseconds for each campaign
}

// compared puts the first side against another one.
func compared(sides []side, taken [][]sample, other int, reach float64) []Figure {
	values := func(i int, of func(sample) float64) (vs []float64) {
		for _, s := range taken[i] {
			vs = append(vs, of(s))
		}
		return vs
	}
	rate := func(s sample) float64 { return s.rate }
	own := func(s sample) float64 { return s.Own }
	inRedis := func(s sample) float64 { return s.Redis }
	// Independent of what it is compared with: at 100 % Redis itself is the limit.
	busy := func(s sample) float64 { return s.rate * s.Redis / 1e4 }
	figures := []Figure{{
		Name: sides[0].name + " against " + sides[other].name, Values: Ratios(values(0, rate), values(other, rate)), Reach: Reach{AtLeast: reach},
	}}
	for _, i := range []int{0, other} {
		figures = append(figures,
			Figure{Name: sides[i].name, Unit: "/s", Values: values(i, rate)},
			Figure{Name: sides[i].name + ": processor time", Unit: "µs for each", Values: values(i, own)},
			Figure{Name: sides[i].name + ": of Redis", Unit: "µs for each", Values: values(i, inRedis)},
			Figure{Name: sides[i].name + ": Redis busy", Unit: "%", Values: values(i, busy)})
	}
	return figures
}

// measure takes campaigns into Redis and fails unless each comes out exactly once.
func (s side) measure(ctx context.Context, p *Place, cfg Config) (got sample, err error) {
	account, n := p.account(), cfg.Count
	runtime.GC() // what another side left behind is not this one's
	stop := cfg.profile(s.name)
	before, began := UsedCPU(ctx, p.Client), time.Now()
	err = s.run(ctx, p, account, n)
	took := time.Since(began)
	got = sample{rate: float64(n) / took.Seconds(), CPU: UsedCPU(ctx, p.Client).Since(before, n)}
	stop()
	if err == nil {
		err = drain(ctx, p.Client, key.Queue(account, campaign.StageCreate), n, s.read)
	}
	return got, err
}

// withClient gives a side a client of its own, connected before the start of
// what is measured would be felt: one round trip.
func withClient(run func(ctx context.Context, rdb redis.UniversalClient, account string, n int) error) func(context.Context, *Place, string, int) error {
	return func(ctx context.Context, p *Place, account string, n int) error {
		rdb, err := connect(p.URL)
		if err != nil {
			return err
		}
		defer func() { _ = rdb.Close() }()
		return run(ctx, rdb, account, n)
	}
}

func enqueueAll(ctx context.Context, p *Place, account string, n int) error {
	client, err := enqueue.New(enqueue.Config{RedisURL: p.URL})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	for _, err := range client.EnqueueAll(ctx, Campaigns(account, 0, n, time.Time{})) {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// readOctoq is the check of a delivered task of octoq.
func readOctoq(queue, typename, id string, payload []byte) error {
	_, err := task.Decode(queue, typename, id, payload)
	return err
}
