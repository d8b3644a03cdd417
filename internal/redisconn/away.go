package redisconn

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Away reports whether an error says that Redis as a whole cannot be worked with
// just now: it does not answer, or refuses everybody. The error is that of a
// command or of a script, whose text may have the server's within it.
func Away(err error) bool {
	if refusal, ok := errors.AsType[redis.Error](err); ok {
		return refusesAll(refusal.Error())
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return slices.ContainsFunc([]error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, context.DeadlineExceeded,
		redis.ErrClosed, redis.ErrPoolTimeout, redis.ErrPoolExhausted, errAbandoned,
		errNoSentinel, errTLS,
	}, func(known error) bool { return errors.Is(err, known) })
}

// OfReplica reports whether the server has turned out to be a read-only replica while an
// answer of it was waited for.
func OfReplica(err error) bool { return errors.Is(err, errReplica) }

// NamesNoMaster reports whether an error says that no sentinel names the master.
func NamesNoMaster(err error) bool { return errors.Is(err, errNoSentinel) }

// OfTLS reports whether an error has to do with certificates, or with a port that speaks
// TLS or does not. Its text says what is wrong.
func OfTLS(err error) bool { return errors.Is(err, errTLS) }

// refusesAll reports whether a server's error is one that every client gets.
func refusesAll(text string) bool {
	return slices.ContainsFunc([]string{
		"OOM ", "MISCONF ", "NOREPLICAS ", // it takes no writes
		"READONLY ", "MASTERDOWN ", "UNBLOCKED ", // it is a replica, or becomes one
		"LOADING ", "BUSY ", "max number of clients",
		"NOAUTH ", "WRONGPASS ",
		"CLUSTERDOWN ", "TRYAGAIN ", "MOVED ", "non local key", // slots change hands
	}, func(word string) bool { return strings.Contains(text, word) }) || strings.HasPrefix(text, "ASK ")
}
