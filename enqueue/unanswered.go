package enqueue

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/queue"
)

// ErrUnanswered is what an UnansweredError is.
var ErrUnanswered = errors.New("no answer from Redis")

// UnansweredError is returned when a campaign was on its way to Redis and no
// answer came: it may be there, and be sent, or not. Enqueueing it again under
// the same id finds out, and does not send it twice.
//
// It never is a context's error, though one may have cut the wait short: that
// alone would look as if nothing had been sent.
type UnansweredError struct {
	Account, ID string
	// Err is what the network said, or a context.
	Err error
}

func (e *UnansweredError) Error() string {
	return fmt.Sprintf("campaign %s/%s: %v (%v): it may be in Redis; enqueue the same id again to find out", e.Account, e.ID, ErrUnanswered, e.Err)
}

// Is makes errors.Is(err, ErrUnanswered) true.
func (e *UnansweredError) Is(target error) bool { return target == ErrUnanswered }

// Unwrap is what the network said, and nothing of a context.
func (e *UnansweredError) Unwrap() error {
	if ended(e.Err) {
		return nil
	}
	return e.Err
}

func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// unanswered adds to an error what it means for the campaign: one of sending
// leaves open whether it is in Redis, unless Redis itself answered with it.
func unanswered(p pending, err error) error {
	sending, ok := errors.AsType[*queue.SendError](err)
	if _, answered := errors.AsType[redis.Error](err); !ok || answered {
		return err
	}
	return &UnansweredError{Account: p.campaign.Account, ID: p.campaign.ID, Err: sending.Err}
}
