package queue

import (
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/task"
)

// errUnreadable is a task that is there and cannot be read.
var errUnreadable = errors.New("the task cannot be read")

type unreadableError struct{ err error }

func (e *unreadableError) Error() string        { return e.err.Error() }
func (e *unreadableError) Unwrap() error        { return e.err }
func (e *unreadableError) Is(target error) bool { return target == errUnreadable }

// storedTask reads a task's message and state.
func storedTask(fields *redis.SliceCmd) (msg, state string, err error) {
	v, err := fields.Result()
	if err != nil {
		return "", "", err
	}
	msg, _ = v[0].(string)
	state, _ = v[1].(string)
	if msg == "" {
		return "", "", campaign.ErrNotFound
	}
	return msg, state, nil
}

// decodeStored reads a task as it stands in Redis.
func decodeStored(queue, msg string) (task.Task, asynqwire.Message, error) {
	m, err := asynqwire.ReadMessage([]byte(msg))
	if err != nil {
		return task.Task{}, m, fmt.Errorf("queue %s: %w", queue, err)
	}
	t, err := task.Decode(queue, m.Type, m.ID, m.Payload)
	return t, m, err
}
