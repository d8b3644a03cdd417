package asynqwire

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// The scripts of asynq 0.26 that put a task into a queue, by their hashes.
// luaPut and luaPutLater write what these write. If asynq has others, there is no
// template, and the producer goes through asynq's own client.
const (
	shaEnqueue  = "98d28b42650870a743450ffda9791e9e19c6991b"
	shaSchedule = "8ce6b38a99b73194585c251eb3c2a89559f37a87"
)

// Template is what the messages of all tasks of one type in one queue have in
// common. asynq builds each message from the ground up, which takes half of
// the time that enqueueing takes; here only the id and the payload are put in.
type Template struct{ head, tail []byte }

// Message is the message of a task; the payload is not empty.
func (t *Template) Message(id string, payload []byte) []byte {
	return t.appendMessage(make([]byte, 0, t.size(id, payload)), id, payload)
}

func (t *Template) appendMessage(b []byte, id string, payload []byte) []byte {
	b = append(b, t.head...)
	b = protowire.AppendTag(b, fieldPayload, protowire.BytesType)
	b = protowire.AppendBytes(b, payload)
	b = protowire.AppendTag(b, fieldID, protowire.BytesType)
	b = protowire.AppendString(b, id)
	return append(b, t.tail...)
}

// size is a bound for the length of a message.
func (t *Template) size(id string, payload []byte) int {
	const overhead = 16 // two tags and lengths
	return len(t.head) + len(t.tail) + len(id) + len(payload) + overhead
}

// NewTemplate asks asynq for samples and makes a template of what they
// have in common. It fails unless everything that asynq does with them is what
// octoq does: the same keys, arguments and scripts, and the same bytes.
func NewTemplate(ctx context.Context, s *Scripts, queue, typename string) (*Template, error) {
	short, long := []byte("{}"), bytes.Repeat([]byte("long enough for two bytes of length"), 9)
	sample, err := CallOf(ctx, s, TaskSpec{Queue: queue, Type: typename, ID: "a", Payload: short})
	if err != nil {
		return nil, err
	}
	msg, ok := sample.Args[0].([]byte)
	if !ok {
		return nil, errMessage
	}
	var t Template
	t.head = protowire.AppendTag(nil, fieldType, protowire.BytesType)
	t.head = protowire.AppendString(t.head, typename)
	t.tail, ok = bytes.CutPrefix(msg, t.appendMessage(nil, "a", short))
	if !ok {
		return nil, errMessage
	}
	for _, due := range []time.Time{{}, time.Now().Add(time.Hour).Truncate(time.Second)} {
		spec := TaskSpec{Queue: queue, Type: typename, ID: "another-id", Payload: long, At: due}
		c, err := CallOf(ctx, s, spec)
		if err == nil {
			err = t.compare(c, spec)
		}
		if err != nil {
			return nil, err
		}
	}
	return &t, nil
}

// compare fails unless octoq would have written what asynq's call writes.
func (t *Template) compare(c ScriptCall, spec TaskSpec) error {
	k := KeysOf(spec.Queue)
	keys, args, sha := []string{k.Task(spec.ID), k.Pending()}, []any{t.appendMessage(nil, spec.ID, spec.Payload), spec.ID}, shaEnqueue
	if !spec.At.IsZero() {
		keys[1], sha = k.Scheduled(), shaSchedule
		args = []any{args[0], spec.At.Unix(), spec.ID}
	}
	if got := c.Script.Hash(); got != sha {
		return fmt.Errorf("asynq enqueues by a script that octoq does not know: %s", got)
	}
	got := c.Args
	if spec.At.IsZero() && len(got) == len(args)+1 {
		got = got[:len(args)] // the last one is the time
	}
	if fmt.Sprint(c.Keys, got) != fmt.Sprint(keys, args) {
		return fmt.Errorf("asynq enqueues with other arguments than octoq knows: %w", errMessage)
	}
	return nil
}
