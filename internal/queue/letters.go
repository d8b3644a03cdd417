package queue

import (
	"context"
	"errors"
	"fmt"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/asynqwire"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/task"
)

// ErrChanged is returned by Edit when the letter is no longer what was read.
var ErrChanged = errors.New("the letter was changed meanwhile: read it again")

// ErrBusy is returned for a letter that has been run and is being worked on.
var ErrBusy = errors.New("the letter has been run and is being worked on")

// Buried is a dead letter in its queue.
type Buried struct {
	Task task.Task
	// Err says why the letter could not be read: mostly a person has edited it. Task
	// then holds its account, id and step.
	Err error
	// TaskID and Payload are the letter as it stands in the queue.
	TaskID  string
	Payload []byte
	// Running: it has been run, and a worker has it or will soon.
	Running bool

	msg string // as Redis holds it, to write against
}

// Letters are the dead letters: tasks scheduled for the year 9999, so asynq
// neither runs nor trims them, and people see, run and edit them.
type Letters struct {
	client    redis.UniversalClient
	producer  *Producer
	inspector *asynq.Inspector
}

// NewLetters makes Letters. The caller closes the client.
func NewLetters(client redis.UniversalClient) *Letters {
	return &Letters{
		client: client, producer: NewProducer(client), inspector: asynq.NewInspectorFromRedisClient(client),
	}
}

func deadKeys(account string) asynqwire.Keys {
	return asynqwire.KeysOf(key.Queue(account, campaign.StageDead))
}

// Bury writes a dead letter. One that is there already stays as it is.
func (l *Letters) Bury(ctx context.Context, t task.Task) error {
	if t.Letter == nil {
		return fmt.Errorf("bury campaign %s: it has no letter", campaignName(t))
	}
	return l.producer.Put(ctx, t, never())
}

// Get reads a campaign's newest letter, that of its last run. A letter that is
// being run is found by At alone. It is campaign.ErrNotFound when there is none.
func (l *Letters) Get(ctx context.Context, account, id string) (Buried, error) {
	newest := record.Step{}
	for taskID, err := range l.of(ctx, account, id) {
		if err != nil {
			return Buried{}, letterError("read", account, id, err)
		}
		if _, s, err := task.ParseID(campaign.StageDead, taskID); err == nil && after(s, newest) {
			newest = s
		}
	}
	if newest == (record.Step{}) {
		return Buried{}, letterError("read", account, id, campaign.ErrNotFound)
	}
	return l.At(ctx, account, id, newest)
}

// of yields the task ids of a campaign's letters. All letters are due at the
// same time, so Redis keeps them in the order of their ids, and "~" and its
// neighbour enclose those of one campaign.
func (l *Letters) of(ctx context.Context, account, id string) func(func(string, error) bool) {
	return func(yield func(string, error) bool) {
		ids, err := l.client.ZRangeByLex(ctx, deadKeys(account).Scheduled(),
			&redis.ZRangeBy{Min: "[" + id + "~", Max: "(" + id + "\x7f"}).Result()
		if err != nil {
			yield("", err)
			return
		}
		for _, taskID := range ids {
			if !yield(taskID, nil) {
				return
			}
		}
	}
}

func after(a, b record.Step) bool {
	if a.Run != b.Run {
		return a.Run > b.Run
	}
	if a.Step != b.Step {
		return a.Step > b.Step
	}
	return a.Epoch >= b.Epoch
}

// At reads the letter of one step, also while it is being run. It is
// campaign.ErrNotFound when there is none.
func (l *Letters) At(ctx context.Context, account, id string, s record.Step) (Buried, error) {
	taskID := letterID(id, s)
	b, err := readBuried(account, taskID, l.client.HMGet(ctx, deadKeys(account).Task(taskID), "msg", "state"))
	if err != nil {
		return Buried{}, letterError("read", account, id, err)
	}
	return b, nil
}

// List reads up to limit letters in the order of their ids, those behind the
// cursor. It returns the next cursor, "" when there are no more. Letters that
// have been run are not among them: Run lists those.
func (l *Letters) List(ctx context.Context, account, cursor string, limit int) (letters []Buried, next string, err error) {
	k, low := deadKeys(account), "-"
	if cursor != "" {
		low = "(" + cursor
	}
	ids, err := l.client.ZRangeByLex(ctx, k.Scheduled(), &redis.ZRangeBy{Min: low, Max: "+", Count: int64(limit)}).Result()
	if err != nil || len(ids) == 0 {
		return nil, "", listError(account, err)
	}
	if letters, err = l.read(ctx, account, ids); err != nil {
		return nil, "", err
	}
	if len(ids) == limit {
		next = ids[len(ids)-1]
	}
	return letters, next, nil
}

// read reads letters by their tasks' ids; one that is gone is left out.
func (l *Letters) read(ctx context.Context, account string, ids []string) ([]Buried, error) {
	fields := make([]*redis.SliceCmd, len(ids))
	_, err := l.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, id := range ids {
			fields[i] = pipe.HMGet(ctx, deadKeys(account).Task(id), "msg", "state")
		}
		return nil
	})
	if err != nil {
		return nil, listError(account, err)
	}
	var letters []Buried
	for i, id := range ids {
		if b, err := readBuried(account, id, fields[i]); err == nil {
			letters = append(letters, b)
		}
	}
	return letters, nil
}

func listError(account string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("list the dead letters of account %s: %w", account, err)
}

func readBuried(account, taskID string, fields *redis.SliceCmd) (Buried, error) {
	msg, state, err := storedTask(fields)
	if err != nil {
		return Buried{}, err
	}
	b := Buried{TaskID: taskID, Running: state != "scheduled", msg: msg}
	var m asynqwire.Message
	b.Task, m, b.Err = decodeStored(deadKeys(account).Queue, msg)
	b.Payload = m.Payload
	return b, nil
}

// luaEdit replaces a task's message if it is still the one that was read, and
// the task has not been run.
const luaEdit = `
local state, msg = unpack(redis.call('HMGET', KEYS[1], 'state', 'msg'))
if not msg then return 0 end
if state ~= 'scheduled' then return -1 end
if msg ~= ARGV[1] then return -2 end
redis.call('HSET', KEYS[1], 'msg', ARGV[2])
return 1
`

// Edit writes a letter in place of the one that was read. Whose it is cannot
// be changed. It is ErrChanged when another edit came first, ErrBusy when the
// letter has been run, campaign.ErrNotFound when it is gone.
func (l *Letters) Edit(ctx context.Context, read Buried, letter task.Letter) error {
	t := read.Task
	t.Letter = &letter
	err := l.edit(ctx, read, t)
	if err != nil {
		return letterError("edit", t.Account, t.ID, err)
	}
	return nil
}

func (l *Letters) edit(ctx context.Context, read Buried, t task.Task) error {
	taskID, payload, err := task.Append(nil, &t)
	if err != nil {
		return err
	}
	msg, err := asynqwire.ReplacePayload([]byte(read.msg), payload)
	if err != nil {
		return err
	}
	n, err := redis.NewScript(luaEdit).Run(ctx, l.client, []string{deadKeys(t.Account).Task(taskID)}, read.msg, msg).Int()
	switch {
	case err != nil:
		return err
	case n == 0:
		return campaign.ErrNotFound
	case n == -1:
		return ErrBusy
	case n == -2:
		return ErrChanged
	default:
		return nil
	}
}

// Run makes a letter due now, for a worker to replay it. It is ErrBusy when
// that was done already, campaign.ErrNotFound when there is none.
func (l *Letters) Run(ctx context.Context, account, id string, s record.Step) error {
	b, err := l.At(ctx, account, id, s)
	if err != nil {
		return err
	}
	if b.Running {
		return letterError("run", account, id, ErrBusy)
	}
	k := deadKeys(account)
	if err := l.inspector.RunTask(k.Queue, b.TaskID); err != nil {
		if now, lookErr := l.At(ctx, account, id, s); lookErr == nil && now.Running { // another run was faster
			err = ErrBusy
		}
		return letterError("run", account, id, asNotFound(err))
	}
	// If it fails, the worker looks within a second anyway.
	_ = publish(ctx, l.client, k.Queue)
	return nil
}

// Delete removes a letter; one that is gone is no error. It is ErrBusy while a
// worker has it.
func (l *Letters) Delete(ctx context.Context, account, id string, s record.Step) error {
	b, err := l.At(ctx, account, id, s)
	if errors.Is(err, campaign.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	err = asNotFound(l.inspector.DeleteTask(deadKeys(account).Queue, b.TaskID))
	switch {
	case err == nil || errors.Is(err, campaign.ErrNotFound):
		return nil
	case b.Running:
		err = ErrBusy
	}
	return letterError("delete", account, id, err)
}

// asNotFound turns asynq's errors for what is not there into octoq's.
func asNotFound(err error) error {
	if errors.Is(err, asynq.ErrTaskNotFound) || errors.Is(err, asynq.ErrQueueNotFound) {
		return campaign.ErrNotFound
	}
	return err
}

func letterID(id string, s record.Step) string {
	s.Stage = campaign.StageDead
	return task.ID(id, s)
}

func letterError(verb, account, id string, err error) error {
	return fmt.Errorf("%s the dead letter of campaign %s/%s: %w", verb, account, id, err)
}
