package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/redisconn"
)

// Exit codes; README and every command's help print them.
const (
	exitOK       = 0
	exitFailed   = 1 // failed, or refused by the campaign's state
	exitUsage    = 2 // bad usage or invalid input
	exitNotFound = 3
	exitKnown    = 4 // known already
	exitRedis    = 5 // Redis out of reach
	exitAPI      = 6 // refused by the API
	exitPerson   = 7 // waited for, and a person is needed
	exitDenied   = 8 // not allowed: the token lacks the role, or another has to approve
)

const exitHelp = `Exit codes: 0 done, 1 failed or refused by the campaign's state, 2 bad usage or
invalid input, 3 not found, 4 known already, 5 Redis out of reach, 6 refused by the
API, 7 waited for, and a person is needed, 8 not allowed.`

// usageError is bad usage: a wrong flag, a bad setting.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// codeError carries an exit code of its own; text may be empty when
// everything has been said already.
type codeError struct {
	code int
	text string
}

func (e *codeError) Error() string { return e.text }

// exitCode is the one place where an error becomes an exit code.
func exitCode(err error) int {
	var coded *codeError
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &usage), errors.Is(err, campaign.ErrInvalid):
		return exitUsage
	case errors.Is(err, campaign.ErrFourEyes):
		return exitDenied
	case errors.Is(err, campaign.ErrNotFound):
		return exitNotFound
	case errors.Is(err, campaign.ErrDuplicate):
		return exitKnown
	case redisAway(err):
		return exitRedis
	default:
		return exitFailed
	}
}

// redisAway reports whether Redis could not be reached, or answered that it
// cannot serve.
func redisAway(err error) bool {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return false // a file's trouble, whose number would pass for a net.Error
	}
	var broken net.Error // refused, reset, or too slow
	return errors.As(err, &broken) || errors.Is(err, enqueue.ErrUnanswered) || redis.IsAuthError(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, redis.ErrClosed) ||
		errors.Is(err, redis.ErrPoolTimeout) || redis.IsLoadingError(err) || redis.HasErrorPrefix(err, "BUSY ") ||
		redis.HasErrorPrefix(err, "CLUSTERDOWN") || redisconn.OfTLS(err) || redisconn.NamesNoMaster(err)
}
