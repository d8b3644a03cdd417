package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/bench"
)

// The tasks of the plain workers, each in a queue of its own name.
const (
	plainCreate  = "create"
	plainStatus  = "status"
	plainConfirm = "confirm"
	plainAll     = "all"
)

const (
	plainCheck   = 5 * time.Millisecond
	plainForward = time.Second
	plainTimeout = 15 * time.Second
)

// plain is a worker as one writes it with asynq alone: it keeps no record, so a
// crash between a call and the next task sends a campaign twice or loses it.
type plain struct {
	client *asynq.Client
	http   *http.Client
	api    string
	keep   time.Duration // for how long asynq keeps tasks that are done
}

// ticket is what the second and the third task carry.
type ticket struct {
	Number string `json:"ticket"`
}

// threeTasks are kept by asynq for a while after they are done, if that is not zero.
func threeTasks(keep time.Duration) flow {
	return flow{
		name:    "three plain tasks",
		enqueue: enqueuePlain(plainCreate, keep),
		work: withPlain(func(p *plain) map[string]handling {
			p.keep = keep
			return map[string]handling{
				plainCreate: {slots, p.create}, plainStatus: {slots, p.status}, plainConfirm: {slots, p.confirm},
			}
		}),
	}
}

func oneTask() flow {
	return flow{
		name:    "one plain task",
		enqueue: enqueuePlain(plainAll, 0),
		work: withPlain(func(p *plain) map[string]handling {
			return map[string]handling{plainAll: {3 * slots, p.all}}
		}),
	}
}

func enqueuePlain(queue string, keep time.Duration) func(context.Context, *bench.Place, int) error {
	return func(ctx context.Context, p *bench.Place, n int) error {
		return enqueuePlainly(ctx, p.URL, queue, n, time.Time{}, keep)
	}
}

// enqueuePlainly enqueues from many goroutines: it is not what is measured.
func enqueuePlainly(ctx context.Context, url, queue string, n int, at time.Time, keep time.Duration) error {
	opts, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	const producers = 32
	opts.PoolSize = producers
	rdb := redis.NewClient(opts)
	defer func() { _ = rdb.Close() }()
	client := asynq.NewClientFromRedisClient(rdb)
	numbers, failed := make(chan int), make(chan error, producers)
	var group sync.WaitGroup
	for range producers {
		group.Go(func() {
			var err error
			for i := range numbers {
				if err == nil { // else the rest is only taken
					err = enqueueOne(ctx, client, queue, i, at, keep)
				}
			}
			failed <- err
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	group.Wait()
	close(failed)
	var errs []error
	for err := range failed {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func enqueueOne(ctx context.Context, client *asynq.Client, queue string, i int, at time.Time, keep time.Duration) error {
	c := bench.Campaign(account, i)
	c.NotBefore = at
	payload, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = client.EnqueueContext(ctx, asynq.NewTask(queue, payload), asynq.Queue(queue), asynq.TaskID(c.ID), asynq.ProcessAt(at), asynq.Retention(keep))
	return err
}

// handling is the work on one queue.
type handling struct {
	concurrency int
	handle      asynq.HandlerFunc
}

// withPlain runs a server for each queue: one server dequeues in one goroutine,
// whatever its concurrency.
func withPlain(queues func(*plain) map[string]handling) func(context.Context, *bench.Place, string, func() error) error {
	return func(_ context.Context, place *bench.Place, api string, do func() error) error {
		opts, err := redis.ParseURL(place.URL)
		if err != nil {
			return err
		}
		opts.PoolSize = 48 // as octoq's worker has
		rdb := redis.NewClient(opts)
		defer func() { _ = rdb.Close() }()
		transport := &http.Transport{MaxIdleConnsPerHost: 64}
		defer transport.CloseIdleConnections()
		p := &plain{
			client: asynq.NewClientFromRedisClient(rdb), api: api,
			http: &http.Client{Transport: transport, Timeout: plainTimeout},
		}
		var started []*asynq.Server
		defer func() {
			for _, s := range started {
				s.Shutdown()
			}
		}()
		for name, h := range queues(p) {
			s := asynq.NewServerFromRedisClient(rdb, asynq.Config{
				Concurrency: h.concurrency, Queues: map[string]int{name: 1}, LogLevel: asynq.ErrorLevel,
				TaskCheckInterval: plainCheck, DelayedTaskCheckInterval: plainForward,
			})
			if err := s.Start(h.handle); err != nil {
				return err
			}
			started = append(started, s)
		}
		return do()
	}
}

func (p *plain) create(ctx context.Context, t *asynq.Task) error {
	number, err := p.callCreate(ctx, t.Payload())
	if err != nil {
		return err
	}
	return p.next(plainStatus, number, asynq.ProcessIn(pollFirst))
}

func (p *plain) status(ctx context.Context, t *asynq.Task) error {
	number, err := readTicket(t)
	if err != nil {
		return err
	}
	if err := p.callStatus(ctx, number); err != nil {
		return err
	}
	return p.next(plainConfirm, number)
}

func (p *plain) confirm(ctx context.Context, t *asynq.Task) error {
	number, err := readTicket(t)
	if err != nil {
		return err
	}
	return p.callConfirm(ctx, number)
}

// all makes the three calls in one task.
func (p *plain) all(ctx context.Context, t *asynq.Task) error {
	number, err := p.callCreate(ctx, t.Payload())
	if err == nil {
		err = p.callStatus(ctx, number)
	}
	if err == nil {
		err = p.callConfirm(ctx, number)
	}
	return err
}

func (p *plain) next(queue, number string, options ...asynq.Option) error {
	payload, err := json.Marshal(ticket{number})
	if err != nil {
		return err
	}
	_, err = p.client.Enqueue(asynq.NewTask(queue, payload), append(options, asynq.Queue(queue), asynq.Retention(p.keep))...)
	return err
}

func readTicket(t *asynq.Task) (string, error) {
	var carried ticket
	err := json.Unmarshal(t.Payload(), &carried)
	return carried.Number, err
}

func (p *plain) callCreate(ctx context.Context, payload []byte) (string, error) {
	var c campaign.Campaign
	if err := json.Unmarshal(payload, &c); err != nil {
		return "", err
	}
	var answer struct {
		Number string `json:"ticket_number"`
	}
	err := p.call(ctx, http.MethodPost, "/sms-campaign-on-list/create", map[string]any{
		"list_name": c.ListName, "text": c.Text, "type": c.Type, "purpose": c.Purpose, "sender": c.Sender,
	}, &answer)
	return answer.Number, err
}

func (p *plain) callStatus(ctx context.Context, number string) error {
	var answer struct {
		Status string `json:"status"`
	}
	err := p.call(ctx, http.MethodGet, "/sms-campaign-on-list/status?ticket_number="+url.QueryEscape(number), nil, &answer)
	if err == nil && answer.Status != "ready_to_be_sent" {
		err = fmt.Errorf("ticket %s is %s", number, answer.Status)
	}
	return err
}

func (p *plain) callConfirm(ctx context.Context, number string) error {
	var answer struct {
		Date string `json:"sending_date"`
	}
	return p.call(ctx, http.MethodPost, "/sms-campaign-on-list/send", map[string]any{"ticket_number": number}, &answer)
}

func (p *plain) call(ctx context.Context, method, path string, body, answer any) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, p.api+path, sent)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("api-login", "bench@example.com")
	r.Header.Set("api-key", "key")
	got, err := p.http.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = got.Body.Close() }()
	if got.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s", method, path, got.Status)
	}
	return json.NewDecoder(got.Body).Decode(answer)
}
