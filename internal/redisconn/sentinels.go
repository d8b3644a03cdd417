package redisconn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// askWithin bounds one question to a sentinel: one that is gone may not hold up a
// fail-over.
const (
	askWithin = time.Second
	askDial   = askWithin * 3 / 4 // leaves time to say why
)

// errNoSentinel says that no sentinel knows where to connect to.
var errNoSentinel = errors.New("no sentinel names the master")

// sentinels know which server is the master.
type sentinels struct {
	name    string
	clients []*redis.SentinelClient
}

func newSentinels(a *Address) *sentinels {
	s := &sentinels{name: a.master}
	for _, addr := range a.hosts {
		s.clients = append(s.clients, redis.NewSentinelClient(sentinelOptions(a, addr)))
	}
	return s
}

func sentinelOptions(a *Address, addr string) *redis.Options {
	opts := &redis.Options{
		Addr: addr, Username: a.sentinelUser, Password: a.sentinelPassword, Protocol: 2, TLSConfig: a.Options.TLSConfig,
		DialTimeout: askDial, ReadTimeout: askWithin, WriteTimeout: askWithin, PoolTimeout: askWithin,
		DialerRetries: 1, MaxRetries: -1, PoolSize: 4, ContextTimeoutEnabled: true, DisableIdentity: true,
	}
	dial := redis.NewDialer(opts)
	sentinel := peer{tls: opts.TLSConfig != nil, caFile: a.caFile, certFile: a.certFile, what: "the sentinel"}
	opts.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return conn, sentinel.explain(err, addr)
	}
	return opts
}

func (s *sentinels) close() error {
	var faults []error
	for _, c := range s.clients {
		faults = append(faults, c.Close())
	}
	return errors.Join(faults...)
}

// sight is what one sentinel says of the master.
type sight struct {
	master map[string]string
	err    error
}

// epoch counts the fail-overs that the sentinel knows of.
func (v sight) epoch() int64 {
	n, _ := strconv.ParseInt(v.master["config-epoch"], 10, 64)
	return n
}

func (v sight) addr() string { return net.JoinHostPort(v.master["ip"], v.master["port"]) }

// masterAddr is where the master is, as that sentinel says which knows of the latest
// fail-over: one that is cut off together with an old master says what was true.
func (s *sentinels) masterAddr(ctx context.Context) (string, error) {
	newest, err := s.newest(ctx)
	if err != nil {
		return "", err
	}
	return newest.addr(), nil
}

// newest asks all sentinels, and waits for most of them.
func (s *sentinels) newest(ctx context.Context) (sight, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	sights := make(chan sight, len(s.clients))
	for _, c := range s.clients {
		go func() {
			master, err := c.Master(ctx, s.name).Result()
			sights <- sight{master, err}
		}()
	}
	var best sight
	var faults []error
	good := 0
	for range s.clients {
		v := <-sights
		if v.err != nil {
			faults = append(faults, v.err)
			continue
		}
		if good++; good == 1 || v.epoch() > best.epoch() {
			best = v
		}
		if good > len(s.clients)/2 {
			return best, nil
		}
	}
	if good == 0 {
		return sight{}, s.unknown(faults)
	}
	return best, nil
}

// Watched is what the sentinels say of the master.
type Watched struct {
	Name, Addr, Flags string
	Replicas, Quorum  int
	Sentinels         int // that know each other
	Named, Answered   int // of the address
}

// Sentinels asks the sentinels, all of them. The client has to be one of theirs.
func (c *Client) Sentinels(ctx context.Context) (Watched, error) {
	s := c.sentinels
	newest, err := s.newest(ctx)
	if err != nil {
		return Watched{}, err
	}
	number := func(field string) int { n, _ := strconv.Atoi(newest.master[field]); return n }
	w := Watched{
		Name: s.name, Addr: newest.addr(), Flags: newest.master["flags"], Replicas: number("num-slaves"), Quorum: number("quorum"),
		Sentinels: number("num-other-sentinels") + 1, Named: len(s.clients),
	}
	for _, one := range s.clients {
		if one.Ping(ctx).Err() == nil {
			w.Answered++
		}
	}
	return w, nil
}

// unknown says why no sentinel names the master: the first reason that is more than
// silence.
func (s *sentinels) unknown(faults []error) error {
	for _, err := range faults {
		if _, answered := errors.AsType[redis.Error](err); answered && strings.Contains(err.Error(), "No such master") {
			return fmt.Errorf("%w: they watch none that is called %s", errNoSentinel, s.name)
		}
	}
	for _, err := range faults {
		if _, answered := errors.AsType[redis.Error](err); answered || errors.Is(err, errTLS) {
			return fmt.Errorf("%w: %w", errNoSentinel, err)
		}
	}
	return fmt.Errorf("%w: %w", errNoSentinel, faults[0])
}
