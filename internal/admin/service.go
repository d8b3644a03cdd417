package admin

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/budgetstore"
	"github.com/octoq/octoq/internal/ledger"
	"github.com/octoq/octoq/internal/peers"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/schedulestore"
)

// Service is an operator's access to one Redis. It is safe for concurrent use.
type Service struct {
	rdb       redis.UniversalClient
	who       string
	ledger    *ledger.Store
	letters   *queue.Letters
	producer  *queue.Producer
	inspector *queue.Inspector
	schedules *schedulestore.Store
	peers     *peers.Store
	policies  *budgetstore.Store
	noted     func(context.Context, Note)
}

// Note is what an operator has done that concerns no campaign: for the audit log.
type Note struct {
	Action  string // such as hold.set
	Account string
	Subject string // such as schedule:monday; "" where the account is it
	Detail  string
}

// New makes a Service; who is the actor in timelines, and retention is how long what
// it ends is remembered, 90 days for 0. The client stays the caller's.
func New(rdb redis.UniversalClient, who string, retention time.Duration) (*Service, error) {
	store, err := ledger.New(rdb, ledger.Options{Retention: retention})
	if err != nil {
		return nil, err
	}
	return &Service{
		rdb: rdb, who: who, ledger: store, letters: queue.NewLetters(rdb), producer: queue.NewProducer(rdb), inspector: queue.NewInspector(rdb), schedules: schedulestore.New(rdb),
		peers: peers.New(rdb), policies: budgetstore.New(rdb),
		noted: func(context.Context, Note) {},
	}, nil
}

// Noting is the service, and calls note with each thing that it has done and that concerns
// no campaign.
func (d *Service) Noting(note func(context.Context, Note)) *Service {
	other := *d
	other.noted = note
	return &other
}
