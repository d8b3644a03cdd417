package queue

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/asynqwire"
)

// Producer puts tasks into queues and looks for first creates in them. It is safe
// for concurrent use.
type Producer struct {
	client  redis.UniversalClient
	scripts asynqwire.Scripts
	puts    asynqwire.PutScripts

	templates sync.Map // of *asynqwire.Template by queue; nil where asynq's own client is asked
}

// NewProducer makes a producer. The caller closes the client.
func NewProducer(client redis.UniversalClient) *Producer {
	return &Producer{client: client, puts: asynqwire.NewPutScripts()}
}

// template is the template of a queue's messages; nil if there is none. The
// first time the queue is added to those that asynq and asynqmon know of.
func (p *Producer) template(ctx context.Context, queue, typename string) (*asynqwire.Template, error) {
	if known, ok := p.templates.Load(queue); ok {
		t, _ := known.(*asynqwire.Template)
		return t, nil
	}
	if err := p.client.SAdd(ctx, asynqwire.QueueSet, queue).Err(); err != nil {
		return nil, err
	}
	t, err := asynqwire.NewTemplate(ctx, &p.scripts, queue, typename)
	if err != nil {
		t = nil // asynq has changed: its own client knows how
	}
	p.templates.Store(queue, t)
	return t, nil
}
