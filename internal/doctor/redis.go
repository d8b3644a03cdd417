package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/redisconn"
)

const (
	// slow is the answer time of Redis from which on it slows campaigns down:
	// each takes some dozens of commands.
	slow = 20 * time.Millisecond
	// pings is how many are sent; the quickest counts, the first one has to
	// connect.
	pings = 4
)

// Reach checks that Redis answers. It ends with ctx at the latest if the
// client's ContextTimeoutEnabled is set.
func Reach(ctx context.Context, rdb redis.UniversalClient) Finding {
	var best time.Duration
	for i := range pings {
		began := time.Now()
		if err := rdb.Ping(ctx).Err(); err != nil {
			return unreachable(err)
		}
		if took := time.Since(began); i == 0 || took < best {
			best = took
		}
	}
	what := fmt.Sprintf("answers in %.1f ms", float64(best)/float64(time.Millisecond))
	if best > slow {
		return warning(CheckReach, what, "Move octoq nearer to Redis: each campaign takes some dozens of commands.")
	}
	return ok(CheckReach, what)
}

// unreachable sorts why Redis cannot be used at all.
func unreachable(err error) Finding {
	text := err.Error()
	var refusal redis.Error
	switch {
	case redisconn.OfTLS(err):
		return fault(CheckReach, "the TLS connection to Redis failed: "+text,
			"Correct OCTOQ_REDIS_URL, the files of OCTOQ_REDIS_CA_FILE, OCTOQ_REDIS_CERT_FILE and OCTOQ_REDIS_KEY_FILE, or the certificate of Redis.")
	case redisconn.NamesNoMaster(err):
		return fault(CheckReach, text, "Start the sentinels, or correct their addresses, the master's name and their password: OCTOQ_REDIS_URL, OCTOQ_REDIS_SENTINEL_PASSWORD_FILE.")
	case strings.HasPrefix(text, "CLUSTERDOWN"):
		return fault(CheckReach, "the cluster does not work: "+text, fixCluster)
	case strings.HasPrefix(text, "NOAUTH"), strings.HasPrefix(text, "WRONGPASS"):
		return fault(CheckReach, "Redis wants another user or password: "+text,
			"Put them into OCTOQ_REDIS_URL, or into the file that OCTOQ_REDIS_URL_FILE names, as in redis://user:password@host:6379/0.")
	case redis.IsLoadingError(err):
		return fault(CheckReach, "Redis is still reading its data", "Wait: it answers when it is done.")
	case strings.HasPrefix(text, "MISCONF"):
		return fault(CheckReach, "Redis refuses writes because it cannot save its data", "Look at its log: most often its disk is full.")
	case strings.HasPrefix(text, "BUSY "):
		return fault(CheckReach, "Redis runs a script that does not end", "Wait, or end it by SCRIPT KILL. octoq's own scripts end within milliseconds.")
	case strings.Contains(text, "DB index is out of range"):
		return fault(CheckReach, "Redis has no database of that number", "Correct the number behind the host in OCTOQ_REDIS_URL: 0 to 15, unless Redis's own setting databases says otherwise.")
	case strings.Contains(text, "max number of clients"):
		return fault(CheckReach, "Redis has as many clients as it takes", "Close some, or raise its maxclients.")
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fault(CheckReach, "Redis closed the connection: "+text,
			"Raise its maxclients if it has as many clients as it takes; write rediss:// into OCTOQ_REDIS_URL if it wants TLS.")
	case errors.As(err, &refusal):
		return fault(CheckReach, "Redis refuses to serve: "+text, "Look up what its answer says.")
	default:
		return fault(CheckReach, "Redis does not answer: "+text, "Start it, or correct OCTOQ_REDIS_URL.")
	}
}

// Redis checks all about a Redis: that it answers, that it lets octoq do what
// octoq does, and that it keeps what it is given. For that it writes a key of its
// own and removes it. now is this machine's clock. If Redis does not answer, that is the
// only finding.
func Redis(ctx context.Context, rdb redis.UniversalClient, now func() time.Time) []Finding {
	reach := Reach(ctx, rdb)
	if reach.Level == Fault {
		return []Finding{reach}
	}
	if c, many := rdb.(*redis.ClusterClient); many {
		return slices.Concat([]Finding{reach}, trial(ctx, rdb), ofCluster(ctx, c, now))
	}
	findings := append([]Finding{reach, clock(ctx, rdb, now)}, trial(ctx, rdb)...)
	f, err := look(ctx, rdb)
	if err != nil {
		return append(findings, warning(CheckPersistence, "octoq cannot see how this Redis is set up: "+err.Error(),
			"Allow the user of octoq the command INFO, or make sure yourself: noeviction, append-only file."))
	}
	return append(findings, version(f), role(f), cluster(f), eviction(f), memory(f), persistence(f))
}

const (
	skewed      = 5 * time.Second
	badlySkewed = time.Minute
)

// clock compares Redis's clock with this machine's, in the middle of the call.
func clock(ctx context.Context, rdb redis.UniversalClient, now func() time.Time) Finding {
	began := now()
	theirs, err := rdb.Time(ctx).Result()
	ended := now()
	if err != nil {
		return warning(CheckClock, "the clock of Redis cannot be read: "+err.Error(), "Allow the user of octoq the command TIME: the limits need it.")
	}
	ours := began.Add(ended.Sub(began) / 2)
	return skew(theirs.Sub(ours).Round(time.Millisecond))
}

func skew(ahead time.Duration) Finding {
	const do = "Set both clocks by NTP: due times, back-off and deadlines are compared between them."
	off := max(ahead, -ahead)
	what := fmt.Sprintf("the clocks of Redis and of this machine are %s apart", off)
	switch {
	case off > badlySkewed:
		return fault(CheckClock, what, do)
	case off > skewed:
		return warning(CheckClock, what, do)
	default:
		return ok(CheckClock, what)
	}
}
