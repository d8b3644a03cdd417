package worker

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/redisconn"
)

// Ways to go on when a ticket was lost: LostRecreate creates the campaign
// anew, LostPark makes it a dead letter.
const (
	LostRecreate = "recreate"
	LostPark     = "park"
)

// Config says what a worker works on. Zero fields take the documented defaults.
type Config struct {
	// RedisURL or Redis, exactly one of them. A client that is handed in stays
	// its owner's to close, after Run has returned.
	//
	// RedisURL is a redis:// or unix:// URL of one server,
	// redis-sentinel://host:26379,host:26379/MASTER or
	// redis-cluster://host:6379,host:6379; rediss instead of redis stands for TLS.
	RedisURL string
	Redis    redis.UniversalClient
	// RedisCAFile is a file with the certificates, in PEM, of who may sign Redis's; by
	// default the machine's own hold. RedisCertFile and RedisKeyFile are this side's
	// certificate and key, both or neither. RedisSentinelPasswordFile holds the
	// password of the sentinels. All of them are read once, by New, and go with
	// RedisURL alone.
	RedisCAFile, RedisCertFile, RedisKeyFile string
	RedisSentinelPasswordFile                string
	// Accounts by name; at least one, unless AccountsRoom is set. Worker.Reload changes
	// them while the worker runs.
	Accounts map[string]Account
	// AccountsRoom is for how many accounts connections to Redis may be opened, 32
	// for each at most: by default for as many as there are. With it there may be no account at
	// first, and the worker waits for Worker.Reload to bring some.
	AccountsRoom int
	// Logger takes the log; the zero Logger writes nothing.
	Logger zerolog.Logger
	// Name is written into timelines; by default host and process number.
	Name string
	// Retention is how long finished campaigns are remembered; 90 days by
	// default, 24 h at least: an id that is forgotten can be enqueued again.
	Retention time.Duration
	// EventsKeep is how long events are kept for those who follow them; 7 days by
	// default, 2 h at least.
	EventsKeep time.Duration
	// PackAfter is how long after its end a campaign's record, with its timeline, is put into
	// fewer bytes of Redis; an hour by default. An octoq that knows no records of version 5 cannot
	// read them then: while there is one, give more than Retention, and nothing is packed.
	PackAfter time.Duration
	// SweepEvery is the pause between two sweeps, 5 s by default; SweepIdle is
	// how long a record has to be unchanged to be looked at, 45 s by default.
	SweepEvery, SweepIdle time.Duration
	// StopTimeout bounds the wait for calls in flight when Run is asked to
	// stop: by default the longest API timeout plus 5 s. Where the worker opens its
	// own connection (RedisURL), Run returns within 5 s more, even if Redis does not
	// answer.
	StopTimeout time.Duration
	// Registerer takes the metrics; nil means none.
	Registerer prometheus.Registerer
	// TracerProvider makes a span of each call of the API, in a trace of its own that is
	// linked to the one in which the campaign was enqueued; nil means none.
	TracerProvider trace.TracerProvider
}

// Account is one Octopush login with its limits.
type Account struct {
	// APIURL is the base URL; empty means Octopush's own. AllowPlainHTTP lets
	// http be used beyond loopback: the key then travels readable.
	APIURL         string
	AllowPlainHTTP bool
	Login          string
	Key            Secret
	// Timeout bounds one call: 15 s by default, at most 60 s.
	Timeout time.Duration
	// Rate is in calls a second over all workers, 5 by default; Burst is how
	// many may come at once, 5 by default; MaxInFlight how many may be under way
	// at once, 1 by default. With Unlimited a Rate or a MaxInFlight of 0 is no
	// limit instead. What is set holds by itself, whatever the other one is.
	Rate        float64
	Unlimited   bool
	Burst       int
	MaxInFlight int
	// Concurrency is how many calls of each stage this worker makes at once, 10
	// by default, 10,000 at most; twice as many campaigns are in hand meanwhile. For
	// alerts alone it may make one more. The account's limits hold as well.
	Concurrency int
	// Confirm is campaign.ConfirmAuto (default) or campaign.ConfirmManual.
	Confirm string
	// ApproveAbove and ApproveAboveContacts have campaigns above them wait for a person; 0 is
	// no such rule. ApproveBy is anyone (default), or other: a user who signed in or a
	// token, and none of a campaign's authors.
	ApproveAbove         campaign.Money
	ApproveAboveContacts int
	ApproveBy            string
	// Budgets bound what the campaigns may cost.
	Budgets []Budget
	// LostTicket is LostRecreate (default) or LostPark.
	LostTicket string
	// Late is campaign.LateDead (default) or campaign.LateSend: what becomes of
	// a campaign whose send_at has passed when its turn comes, unless it says so
	// itself.
	Late string
	// Window is when wholesale campaigns may go out, see campaign.ParseWindow;
	// empty means at any hour. A campaign's own window narrows it.
	Window string
	// Deadline bounds each stage from its first call on; 24 h by default. The
	// API forgets a request_id after 24 h (doc).
	Deadline time.Duration
	// PollFirst (1 s) and PollMax (30 s) shape the looks at a new ticket. Here
	// and below, the longest wait may not be below the first.
	PollFirst, PollMax time.Duration
	// Backoff (1 s) and BackoffMax (5 min) shape the waits after a failure.
	Backoff, BackoffMax time.Duration
	// Probe (5 s) and ProbeMax (5 min) shape the tries of an account on hold.
	Probe, ProbeMax time.Duration
}

const (
	maxTimeout     = 60 * time.Second
	minRetention   = 24 * time.Hour
	minEventsKeep  = 2 * time.Hour
	maxConcurrency = 10_000
)

func (c Config) redisFiles() redisconn.Files {
	return redisconn.Files{CA: c.RedisCAFile, Cert: c.RedisCertFile, Key: c.RedisKeyFile, SentinelPassword: c.RedisSentinelPasswordFile}
}

// withDefaults is a checked copy; the error names every fault.
func (c Config) withDefaults() (Config, error) {
	var faults []error
	if (c.RedisURL == "") == (c.Redis == nil) {
		faults = append(faults, errors.New("exactly one of RedisURL and Redis is needed"))
	}
	if c.Redis != nil && c.redisFiles() != (redisconn.Files{}) {
		faults = append(faults, errors.New("the files of Redis go with RedisURL: a client of yours has certificates and passwords of its own"))
	}
	if len(c.Accounts) == 0 && c.AccountsRoom == 0 {
		faults = append(faults, errors.New("at least one account is needed"))
	}
	if c.Name == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "worker"
		}
		c.Name = host + ":" + strconv.Itoa(os.Getpid())
	}
	faults = append(faults,
		duration("Retention", &c.Retention, 90*24*time.Hour),
		duration("EventsKeep", &c.EventsKeep, 7*24*time.Hour),
		duration("PackAfter", &c.PackAfter, time.Hour),
		duration("SweepEvery", &c.SweepEvery, 5*time.Second),
		duration("SweepIdle", &c.SweepIdle, 45*time.Second))
	if c.Retention >= 0 && c.Retention < minRetention {
		faults = append(faults, fault("Retention", "is %s: at least %s, because a campaign whose id is forgotten can be sent again", c.Retention, minRetention))
	}
	if c.EventsKeep >= 0 && c.EventsKeep < minEventsKeep {
		faults = append(faults, fault("EventsKeep", "is %s: at least %s, because readers go back by an hour when Redis was replaced", c.EventsKeep, minEventsKeep))
	}
	if c.AccountsRoom < 0 {
		faults = append(faults, fault("AccountsRoom", "is %d: it must be above 0", c.AccountsRoom))
	}
	var longest time.Duration
	accounts := make(map[string]Account, len(c.Accounts))
	for _, name := range slices.Sorted(maps.Keys(c.Accounts)) {
		a, found := c.Accounts[name].withDefaults()
		faults = append(faults, ofAccount(name, append(found, accountName(name)))...)
		accounts[name] = a
		longest = max(longest, a.Timeout)
	}
	c.Accounts = accounts
	faults = append(faults, duration("StopTimeout", &c.StopTimeout, longest+5*time.Second))
	return c, errors.Join(faults...)
}

// withDefaults is a copy with its faults, among which there are nils.
func (a Account) withDefaults() (Account, []error) {
	faults := []error{
		duration("Timeout", &a.Timeout, 15*time.Second),
		duration("Deadline", &a.Deadline, 24*time.Hour),
		duration("PollFirst", &a.PollFirst, time.Second),
		duration("PollMax", &a.PollMax, 30*time.Second),
		duration("Backoff", &a.Backoff, time.Second),
		duration("BackoffMax", &a.BackoffMax, 5*time.Minute),
		duration("Probe", &a.Probe, 5*time.Second),
		duration("ProbeMax", &a.ProbeMax, 5*time.Minute),
		count("Burst", &a.Burst, 5),
		count("MaxInFlight", &a.MaxInFlight, a.unlessUnlimited(1)),
		count("Concurrency", &a.Concurrency, 10),
		choice("Confirm", &a.Confirm, campaign.ConfirmAuto, campaign.ConfirmManual),
		choice("Late", &a.Late, campaign.LateDead, campaign.LateSend),
		checkWindow(a.Window),
		choice("LostTicket", &a.LostTicket, LostRecreate, LostPark),
		checkURL(a.APIURL, a.AllowPlainHTTP),
	}
	faults = append(faults, a.checkPolicy()...)
	if a.Timeout > maxTimeout {
		faults = append(faults, fault("Timeout", "is %s: at most %s", a.Timeout, maxTimeout))
	}
	if a.Concurrency > maxConcurrency {
		faults = append(faults, fault("Concurrency", "is %d: at most %d", a.Concurrency, maxConcurrency))
	}
	faults = append(faults, inOrder("PollFirst", a.PollFirst, "PollMax", a.PollMax),
		inOrder("Backoff", a.Backoff, "BackoffMax", a.BackoffMax), inOrder("Probe", a.Probe, "ProbeMax", a.ProbeMax))
	switch {
	case a.Rate < 0:
		faults = append(faults, fault("Rate", "is %v: it must be above 0, or Unlimited set", a.Rate))
	case a.Rate == 0:
		a.Rate = float64(a.unlessUnlimited(5))
	}
	return a, faults
}

// unlessUnlimited is the default of a limit, or 0, which is none.
func (a Account) unlessUnlimited(byDefault int) int {
	if a.Unlimited {
		return 0
	}
	return byDefault
}

func accountName(name string) error {
	if !campaign.ValidAccount(name) {
		return errors.New("not a valid account name: 1 to 32 of a-z 0-9 _ -, beginning with a letter or digit")
	}
	return nil
}
