package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/task"
)

// rawBatch is how many scripts go into one raw pipeline.
const rawBatch = 1024

// What octoq's tasks say besides their payload; a test of encodeRaw compares
// them with what asynq writes.
const (
	rawRetry   = math.MaxInt32
	rawTimeout = 10 * time.Minute
)

// rawPipelines feeds Redis asynq's own enqueue script with octoq's payload,
// encoded in the loop, in pipelines of 1,024 over one connection: nothing is
// validated, no id is looked up, no worker is woken. It is the ceiling.
func rawPipelines(ctx context.Context, rdb redis.UniversalClient, account string, n int) error {
	script, err := asynqScript(ctx, account)
	if err != nil {
		return err
	}
	name := key.Queue(account, campaign.StageCreate)
	if err := errors.Join(script.Load(ctx, rdb).Err(), rdb.SAdd(ctx, asynqQueues, name).Err()); err != nil {
		return fmt.Errorf("raw pipelines: %w", err)
	}
	origin, err := queue.RunID(ctx, rdb, account)
	if err != nil {
		return err
	}
	f := feeder{script: script.Hash(), queue: name, pipe: rdb.Pipeline()}
	for c := range Campaigns(account, 0, n, time.Time{}) {
		if err := f.add(ctx, rawTask(c, origin)); err != nil {
			return err
		}
	}
	return f.flush(ctx)
}

func rawTask(c campaign.Campaign, origin string) task.Task {
	return task.Task{Account: c.Account, ID: c.ID, Step: task.FirstStep(), First: &task.First{
		Campaign: c, EnqueuedAt: time.Now(), Origin: origin, Nonce: "bench_nonce_",
	}}
}

// feeder fills pipelines and sends them.
type feeder struct {
	script string // hash
	queue  string
	pipe   redis.Pipeliner
}

func (f *feeder) add(ctx context.Context, t task.Task) error {
	message, id, err := encodeRaw(f.queue, t)
	if err != nil {
		return err
	}
	keys := []string{"asynq:{" + f.queue + "}:t:" + id, "asynq:{" + f.queue + "}:pending"}
	f.pipe.EvalSha(ctx, f.script, keys, message, id, time.Now().UnixNano())
	if f.pipe.Len() < rawBatch {
		return nil
	}
	return f.flush(ctx)
}

func (f *feeder) flush(ctx context.Context) error {
	cmds, err := f.pipe.Exec(ctx)
	if err != nil {
		return fmt.Errorf("raw pipelines: %w", err)
	}
	for _, cmd := range cmds {
		if c, ok := cmd.(*redis.Cmd); !ok || c.Val() != int64(1) {
			return fmt.Errorf("raw pipelines: %v", cmd)
		}
	}
	return nil
}

// encodeRaw is a task as asynq stores it, written without asynq.
func encodeRaw(queueName string, t task.Task) (message []byte, id string, err error) {
	id, payload, err := task.Append(nil, &t)
	if err != nil {
		return nil, "", err
	}
	typename := task.TypeName(t.Step.Stage)
	b := make([]byte, 0, len(payload)+len(queueName)+len(id)+len(typename)+32)
	for i, field := range [][]byte{[]byte(typename), payload, []byte(id), []byte(queueName)} {
		b = protowire.AppendTag(b, protowire.Number(i+1), protowire.BytesType)
		b = protowire.AppendBytes(b, field)
	}
	b = protowire.AppendTag(b, 5, protowire.VarintType)
	b = protowire.AppendVarint(b, rawRetry)
	b = protowire.AppendTag(b, 8, protowire.VarintType)
	return protowire.AppendVarint(b, uint64(rawTimeout.Seconds())), id, nil
}

// asynqScript is asynq's enqueue script, after making sure that encodeRaw
// writes what asynq would.
func asynqScript(ctx context.Context, account string) (*redis.Script, error) {
	t := rawTask(Campaign(account, 0), "0123456789abcdef")
	queueName := key.Queue(account, campaign.StageCreate)
	message, id, err := encodeRaw(queueName, t)
	if err != nil {
		return nil, err
	}
	_, payload, err := task.Append(nil, &t)
	if err != nil {
		return nil, err
	}
	r := &recorder{}
	_, err = asynq.NewClientFromRedisClient(r).EnqueueContext(ctx, asynq.NewTask(task.TypeName(t.Step.Stage), payload),
		asynq.Queue(queueName), asynq.TaskID(id), asynq.MaxRetry(rawRetry), asynq.Timeout(rawTimeout))
	if err != nil {
		return nil, fmt.Errorf("watch what asynq does: %w", err)
	}
	if len(r.args) == 0 || !bytes.Equal(r.args[0].([]byte), message) {
		return nil, errors.New("asynq writes tasks in another form than this benchmark: bring encodeRaw up to it")
	}
	return redis.NewScript(r.source), nil
}

// recorder is a client that runs nothing and keeps what it was asked to run.
type recorder struct {
	redis.UniversalClient // nil: asynq needs no other command to enqueue
	source                string
	args                  []any
}

// SAdd makes a queue known.
func (r *recorder) SAdd(ctx context.Context, _ string, _ ...any) *redis.IntCmd {
	return redis.NewIntCmd(ctx)
}

// EvalSha asks for the script's source.
func (r *recorder) EvalSha(ctx context.Context, _ string, _ []string, _ ...any) *redis.Cmd {
	cmd := redis.NewCmd(ctx)
	cmd.SetErr(noScript{})
	return cmd
}

// Eval keeps the source.
func (r *recorder) Eval(ctx context.Context, source string, _ []string, args ...any) *redis.Cmd {
	r.source, r.args = source, args
	cmd := redis.NewCmd(ctx)
	cmd.SetVal(int64(1))
	return cmd
}

// noScript is the error on which go-redis gives a script's source.
type noScript struct{}

func (noScript) Error() string { return "NOSCRIPT the source is wanted" }

// RedisError makes it one of Redis's own errors to go-redis.
func (noScript) RedisError() {}
