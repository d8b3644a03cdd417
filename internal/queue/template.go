package queue

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/hibiken/asynq"
	"google.golang.org/protobuf/encoding/protowire"
)

// The scripts of asynq 0.26 that put a task into a queue, by their hashes.
// luaPut and luaPutLater write what these write; were they others, asynq's own
// would be run.
const (
	shaEnqueue  = "98d28b42650870a743450ffda9791e9e19c6991b"
	shaSchedule = "8ce6b38a99b73194585c251eb3c2a89559f37a87"
)

// template is what the messages of all tasks of one type in one queue have in
// common. asynq builds each message from the ground up, which takes half of
// the time that enqueueing takes; here only the id and the payload are put in.
type template struct{ head, tail []byte }

// message appends the message of a task; the payload is not empty.
func (t *template) message(b []byte, id string, payload []byte) []byte {
	b = append(b, t.head...)
	b = protowire.AppendTag(b, fieldPayload, protowire.BytesType)
	b = protowire.AppendBytes(b, payload)
	b = protowire.AppendTag(b, fieldID, protowire.BytesType)
	b = protowire.AppendString(b, id)
	return append(b, t.tail...)
}

// size is a bound for the length of a message.
func (t *template) size(id string, payload []byte) int {
	const overhead = 16 // two tags and lengths
	return len(t.head) + len(t.tail) + len(id) + len(payload) + overhead
}

// newTemplate asks asynq for two samples and makes a template of what they
// have in common. It fails unless everything that asynq does with them is what
// octoq does: the same keys, arguments and scripts, and the same bytes.
func newTemplate(ctx context.Context, s *scripts, queue, typename string) (*template, error) {
	short, long := []byte("{}"), bytes.Repeat([]byte("long enough for two bytes of length"), 9)
	sample, err := collect(ctx, s, asynq.NewTask(typename, short), taskOptions(queue, "a", time.Time{})...)
	if err != nil {
		return nil, err
	}
	msg, ok := sample.args[0].([]byte)
	if !ok {
		return nil, errMessage
	}
	var t template
	t.head = protowire.AppendTag(nil, fieldType, protowire.BytesType)
	t.head = protowire.AppendString(t.head, typename)
	t.tail, ok = bytes.CutPrefix(msg, t.message(nil, "a", short))
	if !ok {
		return nil, errMessage
	}
	at := time.Now().Add(time.Hour)
	for _, due := range []time.Time{{}, ceilSecond(at)} {
		c, err := collect(ctx, s, asynq.NewTask(typename, long), taskOptions(queue, "another-id", due)...)
		if err == nil {
			err = t.explains(c, namesOf(queue), "another-id", long, due)
		}
		if err != nil {
			return nil, err
		}
	}
	return &t, nil
}

// explains reports whether octoq would have written what a call of asynq writes.
func (t *template) explains(c call, n names, id string, payload []byte, due time.Time) error {
	keys, args, sha := []string{n.task(id), n.pending()}, []any{t.message(nil, id, payload), id}, shaEnqueue
	if !due.IsZero() {
		keys[1], sha = n.scheduled(), shaSchedule
		args = []any{args[0], due.Unix(), id}
	}
	if got := c.script.Hash(); got != sha {
		return fmt.Errorf("asynq enqueues by a script that octoq does not know: %s", got)
	}
	got := c.args
	if due.IsZero() && len(got) == len(args)+1 {
		got = got[:len(args)] // the last one is the time
	}
	if fmt.Sprint(c.keys, got) != fmt.Sprint(keys, args) {
		return fmt.Errorf("asynq enqueues with other arguments than octoq knows: %w", errMessage)
	}
	return nil
}

// taskOptions are asynq's for a task of octoq; a zero time is now.
func taskOptions(queue, id string, at time.Time) []asynq.Option {
	return []asynq.Option{
		asynq.Queue(queue), asynq.TaskID(id), asynq.MaxRetry(maxRetry), asynq.Timeout(timeout), asynq.ProcessAt(at),
	}
}
