package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
)

// asynqQueues is asynq's set of the names of all queues.
const asynqQueues = "asynq:queues"

// Place is a Redis with room for measurements: accounts of its own.
type Place struct {
	// URL is the Redis, as a redis://, rediss:// or unix:// URL.
	URL string
	// Client is for looking and cleaning; what is measured has clients of its own.
	Client *redis.Client

	prefix string
	mu     sync.Mutex
	made   []string // accounts
}

// NewPlace connects to a Redis; Close has to be called.
func NewPlace(ctx context.Context, url string) (*Place, error) {
	c, err := connect(url)
	if err != nil {
		return nil, err
	}
	if err := c.Ping(ctx).Err(); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("reach Redis: %w", err)
	}
	const letters = 8 // short, because every key that is measured holds it
	return &Place{URL: url, Client: c, prefix: "bench-" + random.Token()[:letters]}, nil
}

func connect(url string) (*redis.Client, error) {
	opts, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("the URL of Redis cannot be read: want redis://, rediss:// or unix://")
	}
	return redis.NewClient(opts), nil
}

// account is the name of an account that was never used.
func (p *Place) account() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := fmt.Sprintf("%s-%d", p.prefix, len(p.made))
	p.made = append(p.made, name)
	return name
}

// Close removes everything that was written under the place's accounts, also
// after a measurement that failed, and disconnects. It walks over all keys of
// the Redis to find them, with SCAN.
func (p *Place) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	err := p.clean(ctx)
	if err != nil {
		err = fmt.Errorf("remove what was measured with; its keys hold %q: %w", p.prefix, err)
	}
	return errors.Join(err, p.Client.Close())
}

func (p *Place) clean(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for cursor := uint64(0); ; {
		keys, next, err := p.Client.Scan(ctx, cursor, "*"+p.prefix+"*", 5000).Result()
		if err == nil && len(keys) > 0 {
			err = p.Client.Unlink(ctx, keys...).Err()
		}
		if err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	for _, account := range p.made {
		var queues []any
		for _, s := range record.Stages() {
			queues = append(queues, key.Queue(account, s))
		}
		if err := p.Client.SRem(ctx, asynqQueues, queues...).Err(); err != nil {
			return err
		}
		if err := p.Client.SRem(ctx, key.Accounts, account).Err(); err != nil {
			return err
		}
	}
	p.made = nil
	return nil
}

// Commands is the number of commands that Redis has processed, those inside
// scripts and those of everybody else included, as INFO counts them.
func (p *Place) Commands(ctx context.Context) (int64, error) {
	return Stat(ctx, p.Client, "stats", "total_commands_processed")
}

// Rate is how many of them there are in a second on average, while it is watched.
func (p *Place) Rate(ctx context.Context, watch time.Duration) (float64, error) {
	before, err := p.Commands(ctx)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	wait(ctx, watch)
	after, err := p.Commands(ctx)
	return float64(after-before) / time.Since(began).Seconds(), err
}

// Stat is a number out of INFO.
func Stat(ctx context.Context, c redis.Cmdable, section, field string) (int64, error) {
	info, err := c.Info(ctx, section).Result()
	if err != nil {
		return 0, fmt.Errorf("ask Redis for its %s: %w", section, err)
	}
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			var n int64
			if _, err := fmt.Sscan(value, &n); err != nil {
				return 0, fmt.Errorf("read %s of Redis: %w", field, err)
			}
			return n, nil
		}
	}
	return 0, fmt.Errorf("redis reports no %s", field)
}
