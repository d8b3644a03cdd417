package action

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/random"
)

// Config is what actions work with; Redis, Client and Operator are required.
type Config struct {
	Redis redis.UniversalClient
	// Client approves, rejects and cancels, and finds campaigns.
	Client *enqueue.Client
	// Operator replays and purges, in the name of the actor.
	Operator func(who string) (*admin.Service, error)
	// Ended receives each action that has ended here: it was stopped, or is done.
	Ended func(context.Context, Status)
}

// Actions plans and carries out acts on many campaigns. It is safe for concurrent use.
type Actions struct {
	rdb      redis.UniversalClient
	client   *enqueue.Client
	operator func(who string) (*admin.Service, error)
	ended    func(context.Context, Status)
	store    *store
	holder   string // of leases
	kicked   chan struct{}

	most     int           // campaigns of a plan
	leaseFor time.Duration // after which another process goes on if this one is gone
}

// New makes Actions. It asks Redis for nothing yet, and closes nothing.
func New(cfg Config) (*Actions, error) {
	if cfg.Redis == nil || cfg.Client == nil || cfg.Operator == nil {
		return nil, errors.New("action: Redis, Client and Operator are needed")
	}
	return &Actions{
		rdb: cfg.Redis, client: cfg.Client, operator: cfg.Operator, ended: cfg.Ended, store: newStore(cfg.Redis),
		holder: random.Token(), kicked: make(chan struct{}, 1),
		most: MaxCampaigns, leaseFor: leaseFor,
	}, nil
}
