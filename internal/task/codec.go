package task

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
)

// stepPayload is the whole payload of a task that carries nothing, and stepText
// what it is as text.
type stepPayload struct {
	Version int `json:"v"`
}

const stepText = `{"v":1}`

// Append appends to a buffer what asynq is given for a task, and returns its id and
// that payload. It fails when the task is not complete, when the campaign it carries
// is another one's, or when it is larger than MaxPayload.
func Append(b []byte, t *Task) (taskID string, payload []byte, err error) {
	if err = t.check(); err == nil {
		payload, err = t.payload(b)
	}
	if size := len(payload) - len(b); err == nil && size > MaxPayload {
		err = fmt.Errorf("payload has %d bytes, at most %d are allowed", size, MaxPayload)
	}
	if err != nil {
		return "", nil, fmt.Errorf("encode task of campaign %s/%s: %w", t.Account, t.ID, err)
	}
	return ID(t.ID, t.Step), payload, nil
}

// Decode reads a task as a queue gives it, and refuses one whose queue, type,
// id and payload disagree. A payload of another version is campaign.ErrVersion:
// nothing in it is guessed at. The account, id and step are filled in as far
// as queue and id could be read, also when the payload could not.
func Decode(queue, typename, taskID string, payload []byte) (Task, error) {
	t, err := address(queue, typename, taskID)
	if err == nil {
		err = t.read(payload)
	}
	if err != nil {
		return t, fmt.Errorf("read task %.100q in queue %.100q: %w", taskID, queue, err)
	}
	return t, nil
}

// address reads the task but for its payload.
func address(queue, typename, taskID string) (Task, error) {
	account, stage, ok := key.SplitQueue(queue)
	if !ok || !campaign.ValidAccount(account) {
		return Task{}, errors.New("the queue is none of octoq's")
	}
	id, step, err := ParseID(stage, taskID)
	if err != nil {
		return Task{Account: account, Step: record.Step{Stage: stage}}, err
	}
	t := Task{Account: account, ID: id, Step: step}
	if typename != TypeName(stage) {
		return t, fmt.Errorf("its type is %.100q, that of the queue is %q", typename, TypeName(stage))
	}
	return t, nil
}

func (t *Task) read(payload []byte) error {
	if len(payload) > MaxPayload {
		return fmt.Errorf("payload has %d bytes, at most %d are read", len(payload), MaxPayload)
	}
	switch {
	case t.Step == FirstStep():
		return t.readFirst(payload)
	case t.Step.Stage == campaign.StageDead:
		return t.readLetter(payload)
	case string(payload) == stepText:
		return nil
	default:
		var p stepPayload
		return readVersioned(payload, &p)
	}
}

// payload appends the payload.
func (t *Task) payload(b []byte) ([]byte, error) {
	if t.First != nil {
		return appendFirst(b, t.First)
	}
	if t.Letter == nil {
		return append(b, stepText...), nil
	}
	payload, err := t.Letter.payload()
	return append(b, payload...), err
}

// check says what keeps a task from being written.
func (t *Task) check() error {
	switch {
	case !campaign.ValidAccount(t.Account):
		return errors.New("the account's name is not valid")
	case !campaign.ValidID(t.ID):
		return errors.New("the id is not valid")
	case !slices.Contains(record.Stages(), t.Step.Stage):
		return fmt.Errorf("there is no stage %q", t.Step.Stage)
	case (t.First != nil) != (t.Step == FirstStep()):
		return errors.New("the first create carries the campaign, and nothing else does")
	case (t.Letter != nil) != (t.Step.Stage == campaign.StageDead):
		return errors.New("dead letters carry a letter, and nothing else does")
	case t.First != nil:
		return errors.Join(t.owns(&t.First.Campaign), t.First.check())
	case t.Letter != nil:
		return errors.Join(t.owns(&t.Letter.Campaign), checkText(&t.Letter.Campaign), checkStep(t.Step))
	default:
		return checkStep(t.Step)
	}
}

// version is the version of a letter's payload, which carries a campaign.
func version(c campaign.Campaign) int {
	if record.Dated(c) {
		return dated
	}
	return common
}

// version is the version of the payload.
func (f *First) version() int {
	switch {
	case f.EnqueuedBy == "" && len(f.Authors) == 0:
		return version(f.Campaign)
	case f.Campaign.Type == "" || f.Campaign.Purpose == "": // which stay as they are
		return named
	default:
		return Version
	}
}

// owns refuses a campaign that is not the task's.
func (t *Task) owns(c *campaign.Campaign) error {
	if c.ID != t.ID || c.Account != t.Account {
		return fmt.Errorf("the campaign in it is %.100s/%.100s, not %s/%s: id and account cannot be changed",
			c.Account, c.ID, t.Account, t.ID)
	}
	return nil
}

// ErrNewer is the ErrVersion of a payload that a newer octoq has written, and can
// read. A payload without a version, or of one that is no longer read, is an
// ErrVersion alone: no octoq will read it.
var ErrNewer = fmt.Errorf("written by a newer octoq: %w", campaign.ErrVersion)

// readVersioned reads one JSON object of a version that is known and refuses
// fields it does not know: the API would carry a misspelt one out as if it had
// not been there.
func readVersioned(payload []byte, into any) error {
	var head struct {
		Short *int `json:"v"`
		Long  *int `json:"version"`
	}
	if err := json.Unmarshal(payload, &head); err != nil {
		return fmt.Errorf("payload is not readable JSON: %w", err)
	}
	version := head.Short
	if version == nil {
		version = head.Long
	}
	if version == nil {
		return fmt.Errorf("payload names no version: %w", campaign.ErrVersion)
	}
	if *version < Oldest || *version > Version {
		err := campaign.ErrVersion
		if *version > Version {
			err = ErrNewer
		}
		return fmt.Errorf("payload has version %d, this octoq reads %d to %d: %w", *version, Oldest, Version, err)
	}
	return readStrict(payload, into)
}

func readStrict(payload []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("payload: something follows the JSON object")
	}
	return nil
}

// write writes JSON as people would: < and & as themselves.
func write(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
