package engine

import (
	"context"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/lifecycle"
	"github.com/octoq/octoq/internal/queue"
	"github.com/octoq/octoq/internal/random"
	"github.com/octoq/octoq/internal/record"
	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/stage"
)

const (
	// handlersPerCall is how many campaigns of a stage are in hand for each call
	// that may be under way: while one waits for the API, others read and write
	// their records.
	handlersPerCall = 2
	// placesForAlerts is how many calls of a stage may be under way for alerts besides
	// those that may be for any campaign.
	placesForAlerts = 1
	// claimMargin is how much longer than its call a claim lasts.
	claimMargin = 15 * time.Second
)

// stages take an account's tasks: a server for each stage, and the handler that all
// servers call.
type stages struct {
	handler *handler
	servers []*queue.Server
}

func newStages(d deps, gate *accountGate, calls *api, c *chores) (*stages, error) {
	store, tasks := c.store, c.taskQueue
	completer := &completer{ledger: store, queues: tasks, servers: map[campaign.Stage]*queue.Server{}}
	s := &stages{handler: &handler{
		account: d.account.Name, ledger: d.ledger, metrics: d.metrics, log: d.log, first: newFirstTask(d.rdb, d.ledger, d.account.Name), apart: redisconn.HasSeveralNodes(d.rdb),
		runner: &stage.Runner{
			Ledger: store, API: calls.within(newSemaphore(d.account.Concurrency, placesForAlerts)), Gate: gate, Queue: tasks, Completer: completer,
			Policy: policy(d), Token: random.Token, Now: time.Now, GivenUp: d.givenUp,
		},
	}}
	for _, st := range record.Stages() {
		server, err := queue.NewServer(queue.ServerConfig{
			Redis: d.rdb, Waker: d.waker, Account: d.account.Name, Stage: st, Registered: true, Concurrency: d.account.Concurrency * handlersPerCall,
			ForAlerts: handlersForAlerts(st), Handler: s.handler.handle, Log: d.log.Logger, Outage: d.outage, StopTimeout: d.process.StopTimeout,
		})
		if err != nil {
			return nil, err
		}
		s.servers = append(s.servers, server)
		completer.servers[st] = server
	}
	return s, nil
}

// handlersForAlerts is how many handlers of a stage are for alerts alone. A dead letter
// waits for a person, an alert's too.
func handlersForAlerts(s campaign.Stage) int {
	if s == campaign.StageDead {
		return 0
	}
	return placesForAlerts * handlersPerCall
}

func policy(d deps) lifecycle.Policy {
	a := d.account
	return lifecycle.Policy{
		Who: d.process.Name, Retention: d.process.Retention, Manual: a.Manual, ParkLost: a.ParkLost, SendLate: a.SendLate,
		Window: windows(a.Window), Deadline: a.Deadline, Claim: a.API.Timeout + claimMargin,
		BackoffBase: a.Backoff, BackoffCap: a.BackoffMax, PollFirst: a.PollFirst, PollCap: a.PollMax,
		Jitter: func(d time.Duration) time.Duration { return mathrand.N(d + 1) },
	}
}

// start lets the servers take tasks, in the order of the stages, and calls behindFirst once
// the first of them does.
func (s *stages) start(ctx context.Context, behindFirst func()) error {
	for i, server := range s.servers {
		if err := server.Start(ctx); err != nil {
			return err
		}
		if i == 0 {
			behindFirst()
		}
	}
	return nil
}

// stop ends all servers at once: one that waits for a call keeps no other.
func (s *stages) stop() {
	var group sync.WaitGroup
	for _, server := range s.servers {
		group.Go(server.Stop)
	}
	group.Wait()
}
