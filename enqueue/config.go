package enqueue

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/actor"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/redisconn"
)

// Config says which Redis to use: RedisURL or Client, exactly one of them.
type Config struct {
	// RedisURL is a redis:// or unix:// URL of one server,
	// redis-sentinel://host:26379,host:26379/MASTER or
	// redis-cluster://host:6379,host:6379; rediss instead of redis stands for TLS.
	// Special characters of its password have to be percent-encoded.
	RedisURL string
	// RedisCAFile is a file with the certificates, in PEM, of the authorities that may sign Redis's; by
	// default the machine's own hold. RedisCertFile and RedisKeyFile are this side's
	// certificate and key, both or neither. RedisSentinelPasswordFile holds the
	// password of the sentinels. All of them are read once, by New, and go with
	// RedisURL alone.
	RedisCAFile, RedisCertFile, RedisKeyFile string
	RedisSentinelPasswordFile                string
	// Client is a client of yours; it stays yours to close.
	Client redis.UniversalClient
	// Who is the actor's name: Enqueue writes it into Record.EnqueuedBy, Approve and Cancel into
	// timelines. At most 128 bytes that can be printed; by default the user of this
	// process on its machine, such as "system:root@host".
	Who string
	// Retention is how long campaigns are remembered that Cancel ends before a
	// worker has touched them; 90 days by default, 24 h at least. Give the
	// workers' (OCTOQ_RETENTION): an id that is forgotten can be enqueued again.
	Retention time.Duration
	// Windows are the sending windows of accounts, written as OCTOQ_WINDOW is.
	// Workers go by them; here they only lead to a warning of a send_at
	// that lies outside of one, and may be left out.
	Windows map[string]string
	// Warn is given, once each and on the goroutine that enqueues, what the user of
	// this Redis may not do although campaigns can be enqueued: run INFO, or publish.
	// By default that goes to slog.Default at level Warn.
	Warn func(text string)
}

func (c Config) warn() func(string) {
	if c.Warn != nil {
		return c.Warn
	}
	return func(text string) { slog.Default().Warn("octoq: " + text) }
}

// minRetention is the workers' as well: a campaign whose id is forgotten can be
// sent again.
const minRetention = 24 * time.Hour

func (c Config) retention() (time.Duration, error) {
	if c.Retention != 0 && c.Retention < minRetention {
		return 0, fmt.Errorf("enqueue: Retention is %s: at least %s, because a campaign whose id is forgotten can be sent again", c.Retention, minRetention)
	}
	return c.Retention, nil
}

// connect returns the client and what closes it.
func (c Config) connect() (redis.UniversalClient, func() error, error) {
	if (c.RedisURL == "") == (c.Client == nil) {
		return nil, nil, errors.New("enqueue: exactly one of RedisURL and Client is needed")
	}
	files := redisconn.Files{CA: c.RedisCAFile, Cert: c.RedisCertFile, Key: c.RedisKeyFile, SentinelPassword: c.RedisSentinelPasswordFile}
	if c.Client != nil {
		if files != (redisconn.Files{}) {
			return nil, nil, errors.New("enqueue: the files of Redis go with RedisURL: a Client has certificates and passwords of its own")
		}
		return c.Client, func() error { return nil }, nil
	}
	address, err := redisconn.Parse(c.RedisURL)
	if err != nil {
		return nil, nil, fmt.Errorf("enqueue: RedisURL %w", err)
	}
	if err := address.Load(files, time.Now()); err != nil {
		return nil, nil, fmt.Errorf("enqueue: %w", err)
	}
	rdb := redisconn.New(address)
	return rdb.UniversalClient, rdb.Close, nil
}

func (c Config) who() (string, error) {
	if c.Who == "" {
		return localuser.Name(), nil
	}
	if err := actor.Check(c.Who); err != nil {
		return "", fmt.Errorf("enqueue: Who %w", err)
	}
	return c.Who, nil
}
